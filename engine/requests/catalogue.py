"""Everything the monitor asks of or sends to the exchange: tasks in, observations out, no database in sight."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from binance_client import BinanceTestnetClient
from domain.exchange import (
    ExchangeOrder,
    ExchangePosition,
    SymbolSettings,
)
from domain.terms import Fill, OrderIntent, Purpose, Side, TradeTerms
from engine.reconciliation.adoption import AdoptionFacts, AdoptionFailed, ReadAdoption
from engine.requests.reports import (
    STAMP_AHEAD_AT_MOST,
    AccountRead,
    BalanceRead,
    Cancelled,
    EntryFacts,
    EntryNotPrepared,
    IncomeRead,
    OrderAnswer,
    OrderMissing,
    OrderSeen,
    PlaceExplained,
    SentOrder,
    StrangerFill,
    SymbolRead,
)
from exchange.errors import NotExecuted, OrderNotFound, OutcomeUnknown, Refused, StopTriggering, TradingError

# An id is sent within a second of its commit or never: a process that was paused in between must not wake up and trade.
SEND_WITHIN_SECONDS = 1.0
RECV_WINDOW = timedelta(seconds=5)
ABSENT_AFTER = RECV_WINDOW + timedelta(seconds=5)
MARKET_PURPOSES = (Purpose.ENTRY, Purpose.CLOSE)


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """No usable answer: nothing is known beyond what was known before."""

    task: "Task"
    text: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class SendOrder:
    """Send a committed intent once, with its committed stamp."""

    order_id: int
    intent: OrderIntent
    stamp: datetime
    committed_at: float  # monotonic seconds, taken before the commit

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Send, and read the fills of whatever executed at once."""
        if time.monotonic() - self.committed_at > SEND_WITHIN_SECONDS:
            return OrderAnswer(self.order_id, code=0, text="held back: too late to send", executed_nothing=True)
        try:
            if self.intent.purpose not in MARKET_PURPOSES:
                return OrderAnswer(
                    self.order_id, conditional=client.place_conditional_order(self.intent, self.stamp), text="accepted"
                )
            order = client.place_market_order(self.intent, self.stamp)
        except OutcomeUnknown as unknown:
            return OrderAnswer(self.order_id, text=str(unknown))
        except NotExecuted as refusal:
            return OrderAnswer(
                self.order_id,
                code=refusal.code,
                text=refusal.text,
                retry_after=refusal.retry_after,
                executed_nothing=True,
            )
        except Refused as refusal:
            return OrderAnswer(self.order_id, code=refusal.code, text=refusal.text)
        except TradingError as error:
            return OrderAnswer(self.order_id, text=str(error))
        fills, positions = _after_execution(client, order, closing=self.intent.purpose is Purpose.CLOSE)
        return OrderAnswer(self.order_id, order=order, fills=fills, positions=positions, text="accepted")


@dataclass(frozen=True, slots=True)
class AskOrder:
    """Find out what became of one order."""

    sent: SentOrder
    may_be_absent_after: datetime | None  # exchange time from which its absence can be proven

    @property
    def order_id(self) -> int:
        """The row asked about."""
        return self.sent.order_id

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Ask by client id; with the child order, fills and position of whatever executed."""
        server_time: datetime | None = None
        try:
            # Read first: only an answer read after this moment can prove that the order never arrived.
            if self.may_be_absent_after is not None:
                server_time = client.fetch_server_time()
            return self._seen(client) or self._missing(client, server_time)
        except OrderNotFound:
            try:
                return self._missing(client, server_time)
            except TradingError as error:
                return TaskFailed(self, str(error))
        except TradingError as error:
            return TaskFailed(self, str(error))

    def _seen(self, client: BinanceTestnetClient) -> OrderSeen | None:
        """Return the order, None when what has its id is somebody else's."""
        sent = self.sent
        if sent.purpose in MARKET_PURPOSES:
            order = client.fetch_order(sent.symbol, client_order_id=sent.client_order_id)
            if not sent.may_be(order):
                return None
            fills, positions = _after_execution(client, order, closing=sent.purpose is Purpose.CLOSE)
            return OrderSeen(sent.order_id, order, None, fills, positions)
        conditional = client.fetch_conditional_order(sent.client_order_id)
        if not sent.may_be(conditional):
            return None
        if conditional.child_order_id is None:
            return OrderSeen(sent.order_id, None, conditional, (), None)
        try:
            child = client.fetch_order(sent.symbol, exchange_order_id=conditional.child_order_id)
        except OrderNotFound:
            # The child is announced before it can be read; ask again rather than believe it is not there.
            return OrderSeen(sent.order_id, None, conditional, (), None)
        fills, positions = _after_execution(client, child, closing=True)
        return OrderSeen(sent.order_id, child, conditional, fills, positions)

    def _missing(self, client: BinanceTestnetClient, server_time: datetime | None) -> OrderMissing:
        sent = self.sent
        if server_time is None or self.may_be_absent_after is None or server_time <= self.may_be_absent_after:
            positions = tuple(client.fetch_positions(sent.symbol)) if sent.purpose is Purpose.ENTRY else None
            return OrderMissing(sent.order_id, proof_read=False, positions=positions)
        since = self.may_be_absent_after - ABSENT_AFTER - STAMP_AHEAD_AT_MOST
        found = (sent.purpose is Purpose.ENTRY and self._may_have_traded(client, since)) or self._listed(client, since)
        positions = tuple(client.fetch_positions(sent.symbol))
        return OrderMissing(sent.order_id, proof_read=not found, positions=positions)

    def _listed(self, client: BinanceTestnetClient, since: datetime) -> bool:
        sent = self.sent
        read = client.fetch_orders_since if sent.purpose in MARKET_PURPOSES else client.fetch_conditional_orders_since
        return any(o.client_order_id == sent.client_order_id and sent.may_be(o) for o in read(sent.symbol, since))

    def _may_have_traded(self, client: BinanceTestnetClient, since: datetime) -> bool:
        """Whether a trade on the entry's place can be its own: one whose order is ours or cannot be read either.

        What opened and was closed again shows in no position any more, so that one says nothing about it.
        """
        sent = self.sent
        opened = {
            fill.exchange_order_id
            for fill in client.fetch_trades(sent.symbol, since=since)
            if fill.position_side is sent.side and fill.opening
        }
        for exchange_order_id in opened:
            try:
                order = client.fetch_order(sent.symbol, exchange_order_id=exchange_order_id)
            except OrderNotFound:
                return True
            if order.client_order_id == sent.client_order_id and sent.may_be(order):
                return True
        return False


def _after_execution(
    client: BinanceTestnetClient, order: ExchangeOrder, *, closing: bool
) -> tuple[tuple[Fill, ...], tuple[ExchangePosition, ...] | None]:
    """Return the order's fills and, for a closing order, the position read after them; nothing when unreadable."""
    if order.executed_quantity <= 0:
        return (), None
    try:
        fills = tuple(client.fetch_trades(order.symbol, exchange_order_id=order.exchange_order_id))
        return fills, tuple(client.fetch_positions(order.symbol)) if closing else None
    except TradingError:
        return (), None


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel a resting conditional order of ours."""

    order_id: int
    client_order_id: str
    committed_at: float  # monotonic seconds, taken before the commit

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Cancel; "no such order" and "is triggering" mean: ask what became of it."""
        if time.monotonic() - self.committed_at > SEND_WITHIN_SECONDS:
            return TaskFailed(self, "held back: too late to send")
        try:
            client.cancel_conditional_order(self.client_order_id)
        except OrderNotFound:
            return OrderMissing(self.order_id, proof_read=False)
        except StopTriggering as error:
            return TaskFailed(self, str(error))
        except TradingError as error:
            return TaskFailed(self, str(error))
        return Cancelled(self.order_id)


@dataclass(frozen=True, slots=True)
class ReadAccount:
    """The full check: its cost does not depend on how many positions there are."""

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Read all positions and all resting conditional orders."""
        try:
            resting = tuple(client.fetch_open_conditional_orders())
            return AccountRead(tuple(client.fetch_positions()), resting)
        except TradingError as error:
            return TaskFailed(self, str(error), getattr(error, "code", None))


@dataclass(frozen=True, slots=True)
class ReadSymbol:
    """Positions and resting conditional orders of one symbol."""

    symbol: str
    with_resting: bool

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Read the symbol."""
        try:
            resting = tuple(client.fetch_open_conditional_orders(self.symbol)) if self.with_resting else None
            return SymbolRead(self.symbol, tuple(client.fetch_positions(self.symbol)), resting)
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class ExplainPlace:
    """Find the trades that changed a run's place without any of the orders we know of."""

    position_id: int
    symbol: str
    side: Side
    since: datetime
    known_order_ids: frozenset[int]
    known_trade_ids: frozenset[int]

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Read trades since the run began, name the orders behind the unknown ones, then read the position."""
        try:
            trades = [
                fill
                for fill in client.fetch_trades(self.symbol, since=self.since)
                if fill.position_side is self.side
                and fill.trade_id not in self.known_trade_ids
                and fill.exchange_order_id not in self.known_order_ids
            ]
            names: dict[int, str | None] = {}
            for fill in trades:
                if fill.exchange_order_id not in names:
                    names[fill.exchange_order_id] = self._client_id(client, fill.exchange_order_id)
            strangers = tuple(StrangerFill(fill, names[fill.exchange_order_id]) for fill in trades)
            return PlaceExplained(self.position_id, tuple(client.fetch_positions(self.symbol)), strangers)
        except TradingError as error:
            return TaskFailed(self, str(error))

    def _client_id(self, client: BinanceTestnetClient, exchange_order_id: int) -> str | None:
        try:
            return client.fetch_order(self.symbol, exchange_order_id=exchange_order_id).client_order_id
        except OrderNotFound:
            return None


@dataclass(frozen=True, slots=True)
class ReadIncome:
    """The income history of a span of exchange time."""

    since: datetime
    until: datetime

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Read it, with the funding rates that tell the two sides of a symbol apart."""
        try:
            entries = tuple(client.fetch_income(self.since, self.until))
            funded = {(e.symbol, e.occurred_at) for e in entries if e.income_type == "FUNDING_FEE"}
            rates = {key: rate for key in funded if (rate := client.fetch_funding_rate(*key)) is not None}
            return IncomeRead(self.since, self.until, entries, rates)
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class ReadBalance:
    """The account's money."""

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Read it."""
        try:
            return BalanceRead(client.fetch_balance(), client.exchange_now())
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class PrepareEntry:
    """Set margin type and leverage, then read everything an entry is checked against."""

    key: str
    terms: TradeTerms

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Prepare; leverage is only touched while nothing of the symbol is open, both sides share it."""
        symbol = self.terms.symbol
        try:
            settings = client.fetch_symbol_settings(symbol)
            if not client.fetch_positions(symbol):
                if not settings.cross_margin:
                    client.set_cross_margin(symbol)
                if settings.leverage != self.terms.leverage:
                    client.set_leverage(symbol, self.terms.leverage)
                settings = SymbolSettings(symbol, self.terms.leverage, cross_margin=True)
            facts = EntryFacts(
                key=self.key,
                terms=self.terms,
                settings=settings,
                balance=client.fetch_balance(),
                brackets=client.fetch_leverage_brackets(symbol),
                rates=client.fetch_commission_rates(symbol),
                book=client.fetch_book_ticker(symbol),
                mark_price=client.fetch_mark_price(symbol),
                positions=tuple(client.fetch_positions(symbol)),
                read_at=time.monotonic(),
            )
        except Refused as refusal:
            return EntryNotPrepared(self.key, f"Binance refused: {refusal.text}", lasting=True)
        except TradingError as error:
            return EntryNotPrepared(self.key, f"the exchange did not answer: {error}", lasting=False)
        return facts


Task = (
    SendOrder
    | AskOrder
    | CancelOrder
    | ReadAccount
    | ReadSymbol
    | ExplainPlace
    | ReadIncome
    | ReadBalance
    | PrepareEntry
    | ReadAdoption
)

Observation = (
    OrderAnswer
    | OrderSeen
    | OrderMissing
    | Cancelled
    | TaskFailed
    | AccountRead
    | SymbolRead
    | PlaceExplained
    | IncomeRead
    | BalanceRead
    | EntryFacts
    | EntryNotPrepared
    | AdoptionFacts
    | AdoptionFailed
)
