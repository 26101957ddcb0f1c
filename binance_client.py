"""BinanceTestnetClient: everything the bot asks of the exchange over HTTP, in the bot's own words."""

from exchange.account_calls import Account
from exchange.calls import ExchangeConnection
from exchange.market_calls import Market
from exchange.order_calls import Orders
from exchange.probe_calls import ProbeCalls


class BinanceTestnetClient:
    """One test account over python-binance; refuses any host but loopback and the known test hosts.

    May be shared by threads. Money is Decimal, time UTC; the exchange's own words end here. Nothing is ever sent
    twice, except a read whose pooled connection broke.
    """

    def __init__(self, api_key: str, api_secret: str, rest_url: str, stream_url: str) -> None:
        """Make the client; no request is sent.

        Raises:
            ForbiddenHost: rest_url or stream_url is not a test host.
            KeysRejected: the keys cannot be API keys.
        """
        connection = ExchangeConnection(api_key, api_secret, rest_url, stream_url)
        self.stream_url = stream_url
        self.close = connection.close
        self.exchange_now = connection.exchange_now
        self.measure_clock = connection.measure_clock
        self.fetch_server_time = connection.fetch_server_time
        self.usage = connection.usage
        self.unread_rows = connection.unread_rows

        orders = Orders(connection)
        self.place_market_order = orders.place_market_order
        self.place_conditional_order = orders.place_conditional_order
        self.expect_duplicate_id_code = orders.expect_duplicate_id_code
        self.cancel_conditional_order = orders.cancel_conditional_order
        self.fetch_order = orders.fetch_order
        self.fetch_conditional_order = orders.fetch_conditional_order
        self.fetch_open_conditional_orders = orders.fetch_open_conditional_orders
        self.fetch_orders_since = orders.fetch_orders_since
        self.fetch_conditional_orders_since = orders.fetch_conditional_orders_since

        account = Account(connection)
        self.fetch_positions = account.fetch_positions
        self.fetch_coin_margined_symbols = account.fetch_coin_margined_symbols
        self.fetch_balance = account.fetch_balance
        self.fetch_trades = account.fetch_trades
        self.fetch_income = account.fetch_income
        self.fetch_account_modes = account.fetch_account_modes
        self.fetch_may_withdraw = account.fetch_may_withdraw
        self.set_hedge_mode = account.set_hedge_mode
        self.set_single_asset_mode = account.set_single_asset_mode
        self.fetch_symbol_settings = account.fetch_symbol_settings
        self.set_cross_margin = account.set_cross_margin
        self.set_leverage = account.set_leverage
        self.fetch_leverage_brackets = account.fetch_leverage_brackets
        self.fetch_commission_rates = account.fetch_commission_rates
        self.fetch_fee_value = account.fetch_fee_value
        self.open_listen_key = account.open_listen_key
        self.keep_listen_key = account.keep_listen_key

        market = Market(connection)
        self.fetch_symbol_rules = market.fetch_symbol_rules
        self.fetch_book_ticker = market.fetch_book_ticker
        self.fetch_mark_price = market.fetch_mark_price
        self.fetch_funding_rate = market.fetch_funding_rate
        self.fetch_candles = market.fetch_candles

        self.probe = ProbeCalls(connection)
