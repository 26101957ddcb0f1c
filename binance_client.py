"""BinanceTestnetClient: everything the bot asks of the exchange over HTTP, in the bot's own words."""

from exchange.account_calls import AccountCalls
from exchange.market_calls import MarketCalls
from exchange.order_calls import OrderCalls


class BinanceTestnetClient(OrderCalls, AccountCalls, MarketCalls):
    """One test account over python-binance; refuses any host but loopback and the known test hosts.

    May be shared by threads. Money is Decimal, time UTC; the exchange's own words end here. Nothing is ever sent
    twice, except a read whose pooled connection broke.

    Raises (constructor):
        ForbiddenHost: rest_url or stream_url is not a test host.
        KeysRefused: the keys cannot be API keys.
    """
