"""The account: positions, fills, income, balance, modes and settings."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from domain.exchange import (
    AccountModes,
    Balance,
    CommissionRates,
    ExchangePosition,
    IncomeEntry,
    SymbolSettings,
    UnreadRow,
)
from domain.terms import Fill, LeverageBracket
from exchange.calls import ROWS_PER_PAGE, ExchangeConnection
from exchange.clock import from_milliseconds, to_milliseconds
from exchange.error_codes import ALREADY_CROSS_CODE, ALREADY_HEDGE_CODE, ALREADY_SINGLE_ASSET_CODE
from exchange.errors import Rejected, RequestFailed, TradingError, UnexpectedAnswer
from exchange.rows import Rows, read_rows
from exchange.wire import (
    SETTLEMENT_ASSET,
    Json,
    integer,
    parse_account_modes,
    parse_balance,
    parse_fill,
    parse_income,
    parse_position,
    parse_symbol_settings,
    text,
)
from exchange.wire_market import parse_candle, parse_commission_rates, parse_leverage_brackets

log = logging.getLogger(__name__)

PRICE_CANDLES = 60  # an hour: BNB trades every minute


class Account:
    """What the account holds, earned and is set to. Reads raise ExchangeUnreachable, Rejected or UnexpectedAnswer."""

    def __init__(self, connection: ExchangeConnection) -> None:
        self._connection = connection
        self._library = connection.library
        self._ask = connection.ask

    def fetch_positions(self, symbol: str | None = None) -> Rows[ExchangePosition]:
        """Fetch the positions that are not flat, of all symbols or one.

        Of all symbols, rows that cannot be read are set aside: what they are about may be held all the same.

        Raises:
            UnexpectedAnswer: a row that may be of the one symbol cannot be read.
        """
        which = {} if symbol is None else {"symbol": symbol}
        answer = self._ask(self._library.futures_position_information, **which)
        found = self._connection.read_rows("positions", answer, parse_position, symbol)
        about_it = [] if symbol is None else [row for row in found.unread if row.touches(symbol)]
        if about_it:
            raise UnexpectedAnswer(f"position of {symbol}: {about_it[0].reason}")
        return Rows((position for position in found if position.quantity > 0), found.unread)

    def fetch_coin_margined_symbols(self) -> tuple[str, ...]:
        """Fetch the names of the contracts of COIN-M futures in which something is held.

        Source: Binance COIN-M Futures documentation, "Position Information".
        """
        rows = self._ask(self._library.futures_coin_position_information)
        if not isinstance(rows, list):
            raise UnexpectedAnswer("positions of COIN-M futures: no list")
        held = (row for row in rows if isinstance(row, dict) and str(row.get("positionAmt") or "0").strip("-0.") != "")
        return tuple(str(row.get("symbol")) for row in held)

    def fetch_balance(self) -> Balance:
        """Fetch the account's USDT and the alias by which the exchange names the account."""
        return parse_balance(self._ask(self._library.futures_account_balance))

    def fetch_trades(
        self,
        symbol: str,
        *,
        exchange_order_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Rows[Fill]:
        """Fetch every trade of a symbol, or of one of its orders, oldest first, each once.

        Trades that cannot be read are set aside; whoever needs all of them has to look whether there are any.

        Without since the exchange looks back seven days; until is inclusive. The exchange keeps three months.

        Source: Binance USDⓈ-M Futures documentation, "Account Trade List".
        """
        by_order = {} if exchange_order_id is None else {"orderId": exchange_order_id}
        earliest = since or self._connection.exchange_now() - timedelta(days=7) + timedelta(minutes=2)
        found: dict[int, Fill] = {}
        unread: list[UnreadRow] = []
        for start, end in self._connection.windows(earliest, until):
            page = self._trade_page(symbol, startTime=start, endTime=end, **by_order)
            found.update((fill.trade_id, fill) for fill in page)
            unread += page.unread
            while page and page.sent == ROWS_PER_PAGE and to_milliseconds(page[-1].traded_at) <= end:
                page = self._trade_page(symbol, fromId=page[-1].trade_id + 1)
                found.update((fill.trade_id, fill) for fill in page if to_milliseconds(fill.traded_at) <= end)
                unread += page.unread
        self._connection.note_unread("trades", symbol, tuple(unread))
        fills = (fill for _, fill in sorted(found.items()) if exchange_order_id in (None, fill.exchange_order_id))
        return Rows((self._valued(fill) for fill in fills), unread)

    def _valued(self, fill: Fill) -> Fill:
        """Return a trade with what its fee in another asset was worth then; without a price that stays unknown."""
        if fill.commission_usdt is not None:
            return fill
        try:
            return replace(fill, fee_usdt=self.fetch_fee_value(fill.commission_asset, fill.commission, fill.traded_at))
        except TradingError as error:
            log.warning("fee not valued asset=%s reason=%s", fill.commission_asset, error.details)
            return fill

    def fetch_fee_value(self, asset: str, amount: Decimal, at: datetime) -> Decimal:
        """Return what an amount of an asset was worth at a moment, USDT, by the last trade of that minute or before.

        Raises:
            UnexpectedAnswer: there is no price of it.
        """
        minute = at.replace(second=0, microsecond=0)
        price = self._connection.cached(("price", asset, minute), lambda: self._price(f"{asset}{SETTLEMENT_ASSET}", at))
        return amount * price

    def _price(self, symbol: str, at: datetime) -> Decimal:
        # A minute without trades has no row: the last one before counts.
        answer = self._ask(
            self._library.futures_klines, symbol=symbol, interval="1m", limit=PRICE_CANDLES, endTime=to_milliseconds(at)
        )
        candles = self._connection.read_rows("candles", answer, parse_candle, symbol)
        if not candles or candles[-1].close <= 0:
            raise UnexpectedAnswer(f"no price of {symbol} at {at.isoformat()}")
        return candles[-1].close

    def _trade_page(self, symbol: str, **which: int) -> Rows[Fill]:
        answer = self._ask(self._library.futures_account_trades, symbol=symbol, limit=ROWS_PER_PAGE, **which)
        page = read_rows("trades", answer, parse_fill, symbol)
        page.sort(key=lambda fill: fill.trade_id)
        return page

    def fetch_income(self, since: datetime, until: datetime, symbol: str | None = None) -> Rows[IncomeEntry]:
        """Fetch every income row between two moments, both inclusive, oldest first, each once.

        Paged by time: the next page begins at the last row's moment, whose rows come again. Rows that cannot be read
        are set aside.

        Raises:
            UnexpectedAnswer: more rows than a page holds bear the same moment.

        Source: Binance USDⓈ-M Futures documentation, "Get Income History".
        """
        which = {} if symbol is None else {"symbol": symbol}
        found: dict[tuple[str, int], IncomeEntry] = {}
        unread: dict[UnreadRow, None] = {}
        for window_start, end in self._connection.windows(since, until):
            start, page_is_full = window_start, True
            while page_is_full:
                page = self._income_page(startTime=start, endTime=end, **which)
                found.update(((entry.income_type, entry.tran_id), entry) for entry in page)
                unread.update(dict.fromkeys(page.unread))
                page_is_full = page.sent >= ROWS_PER_PAGE
                start = self._next_income_page(page, start) if page_is_full else start
        self._connection.note_unread("income", symbol, tuple(unread))
        return Rows(sorted(found.values(), key=lambda entry: (entry.occurred_at, entry.tran_id)), unread)

    def _next_income_page(self, page: Rows[IncomeEntry], start: int) -> int:
        """Return where the page after a full one begins, milliseconds."""
        moments = [entry.occurred_at for entry in page] + [row.at for row in page.unread if row.at is not None]
        latest = to_milliseconds(max(moments)) if moments else start
        if latest <= start:
            raise UnexpectedAnswer(f"more than a page of income at {from_milliseconds(start).isoformat()}")
        return latest

    def _income_page(self, **which: int | str) -> Rows[IncomeEntry]:
        answer = self._ask(self._library.futures_income_history, limit=ROWS_PER_PAGE, **which)
        return read_rows("income", answer, parse_income)

    def fetch_account_modes(self) -> AccountModes:
        """Fetch the account-wide switches."""
        return parse_account_modes(self._ask(self._library.futures_account_config))

    def fetch_may_withdraw(self) -> bool | None:
        """Fetch whether the API key may withdraw money; None where the exchange does not tell, as test ones do not.

        Source: Binance Wallet documentation, "Get API Key Permission".
        """
        try:
            answer = self._library.key_restrictions()
        except RequestFailed:  # a path that is not served: no failure to be told of
            return None
        told = answer.get("enableWithdrawals") if isinstance(answer, dict) else None
        return told if isinstance(told, bool) else None

    def set_hedge_mode(self) -> None:
        """Switch the account to hedge mode; already being there is success.

        Raises:
            Rejected: -4067 with orders, -4068 with positions on the account.
        """
        self._set(ALREADY_HEDGE_CODE, self._library.futures_change_position_mode, dualSidePosition="true")

    def set_single_asset_mode(self) -> None:
        """Switch multi-assets margin off; already being off is success."""
        self._set(ALREADY_SINGLE_ASSET_CODE, self._library.futures_change_multi_assets_mode, multiAssetsMargin=False)

    def set_cross_margin(self, symbol: str) -> None:
        """Switch a symbol to cross margin; already being there is success."""
        self._set(ALREADY_CROSS_CODE, self._library.futures_change_margin_type, symbol=symbol, marginType="CROSSED")

    def set_leverage(self, symbol: str, leverage: int) -> int:
        """Set a symbol's leverage for both sides and return the leverage that now holds."""
        answer = self._ask(self._library.futures_change_leverage, symbol=symbol, leverage=leverage)
        if text(answer, "symbol") != symbol:
            raise UnexpectedAnswer("the answer names another symbol")
        return integer(answer, "leverage")

    def _set(self, already: int, call: Json, **parameters: str | bool) -> None:
        try:
            self._ask(call, **parameters)
        except Rejected as rejected:
            if rejected.code != already:
                raise

    def fetch_symbol_settings(self, symbol: str) -> SymbolSettings:
        """Fetch leverage and margin type of a symbol."""
        return parse_symbol_settings(self._ask(self._library.futures_symbol_config, symbol=symbol), symbol)

    def fetch_leverage_brackets(self, symbol: str) -> tuple[LeverageBracket, ...]:
        """Fetch a symbol's leverage table, smallest notional first; cached for an hour."""
        return self._connection.cached(
            ("brackets", symbol),
            lambda: parse_leverage_brackets(self._ask(self._library.futures_leverage_bracket, symbol=symbol), symbol),
        )

    def fetch_commission_rates(self, symbol: str) -> CommissionRates:
        """Fetch the account's fees for a symbol; cached for an hour."""
        return self._connection.cached(
            ("commission", symbol),
            lambda: parse_commission_rates(self._ask(self._library.futures_commission_rate, symbol=symbol)),
        )

    def open_listen_key(self) -> str:
        """Return the key of the account's event stream; an active one is returned again and lives on."""
        return text(self._ask(self._library.futures_open_listen_key), "listenKey")

    def keep_listen_key(self, listen_key: str) -> None:
        """Extend a listen key by an hour.

        Raises:
            ListenKeyGone: open a new one.
        """
        self._ask(self._library.futures_stream_keepalive, listenKey=listen_key)
