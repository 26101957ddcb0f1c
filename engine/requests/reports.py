"""What came back from the exchange, as the monitor takes it in: values only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from binance_client import BinanceTestnetClient
from domain.exchange import (
    Balance,
    BookTicker,
    CommissionRates,
    ConditionalOrder,
    ExchangeOrder,
    ExchangePosition,
    IncomeEntry,
    SymbolSettings,
    UnreadRow,
)
from domain.terms import Fill, LeverageBracket, Purpose, Side, SymbolRules, TradeTerms
from engine.requests.adoption import AdoptionFacts, AdoptionFailed
from exchange.errors import FailureKind
from exchange.private_forms import PrivateForm

# Source: Binance USDⓈ-M Futures documentation, "General Info", timing security: a timestamp may be a second ahead.
TIMESTAMP_AHEAD_AT_MOST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SentOrder:
    """One of our orders as it was sent or may have been; sent_at is exchange time. quantity None = closePosition."""

    order_id: int
    client_order_id: str
    purpose: Purpose
    symbol: str
    side: Side
    quantity: Decimal | None
    sent_at: datetime

    def may_be(self, found: ExchangeOrder | ConditionalOrder) -> bool:
        """Whether what the exchange shows under our id can be this order; an older one under it is somebody else's."""
        if isinstance(found, ConditionalOrder):
            known_from, quantity = found.created_at, None if found.close_position else found.quantity
        else:
            known_from, quantity = found.updated_at, found.quantity
        same = (found.symbol, found.position_side, quantity) == (self.symbol, self.side, self.quantity)
        return same and known_from >= self.sent_at - TIMESTAMP_AHEAD_AT_MOST


@dataclass(frozen=True, slots=True)
class OrderAck:
    """What came back for an order that was sent.

    Exactly one of order, conditional, code (a clear rejection) is set; with none of them the outcome is unknown.
    executed_nothing marks a rejection that says "not executed, try again".
    """

    order_id: int
    order: ExchangeOrder | None = None
    conditional: ConditionalOrder | None = None
    fills: tuple[Fill, ...] = ()
    positions: tuple[ExchangePosition, ...] | None = None
    code: int | None = None
    text: str = ""
    retry_after: timedelta | None = None
    executed_nothing: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether it says what became of the order."""
        return self.order is not None or self.conditional is not None or self.code is not None


@dataclass(frozen=True, slots=True)
class StagedSent:
    """A staged order was sent while nothing could be committed; what came back follows by itself."""

    order_id: int
    trigger_price: Decimal | None
    quantity: Decimal | None
    request_timestamp: datetime


@dataclass(frozen=True, slots=True)
class OrderStatusReport:
    """An order as the exchange holds it; for a conditional one that fired, order is its child."""

    order_id: int
    order: ExchangeOrder | None
    conditional: ConditionalOrder | None
    fills: tuple[Fill, ...]
    positions: tuple[ExchangePosition, ...] | None


@dataclass(frozen=True, slots=True)
class OrderNotFoundReport:
    """The exchange says it has no such order.

    proof_read: history and trades lack it too, read after the timestamp ran out. positions were read after both, and
    must be explained by known fills before the order counts as absent; for an entry they are read even without a proof,
    for what they show must be protected at once. None = not read.
    """

    order_id: int
    proof_read: bool
    positions: tuple[ExchangePosition, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The exchange confirmed a cancel."""

    order_id: int


@dataclass(frozen=True, slots=True)
class AccountRead:
    """One full check: every position and every resting conditional order.

    unread are the positions that are there but could not be read.
    """

    positions: tuple[ExchangePosition, ...]
    resting: tuple[ConditionalOrder, ...]
    unread: tuple[UnreadRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SymbolRead:
    """Positions and, if asked for, resting conditional orders of one symbol."""

    symbol: str
    positions: tuple[ExchangePosition, ...]
    resting: tuple[ConditionalOrder, ...] | None


@dataclass(frozen=True, slots=True)
class ExternalFill:
    """A fill of an order that may not be ours, with the client id the exchange shows for that order."""

    fill: Fill
    client_order_id: str | None


@dataclass(frozen=True, slots=True)
class PositionReconciled:
    """All trades on a trade's symbol since it began, and the position read after them."""

    position_id: int
    positions: tuple[ExchangePosition, ...]
    external_fills: tuple[ExternalFill, ...]


@dataclass(frozen=True, slots=True)
class IncomeRead:
    """The income history from since until until, complete but for the rows that could not be read."""

    since: datetime
    until: datetime
    entries: tuple[IncomeEntry, ...]
    funding_rates: dict[tuple[str, datetime], Decimal] = field(default_factory=dict)
    unread: tuple[UnreadRow, ...] = ()


@dataclass(frozen=True, slots=True)
class BalanceRead:
    """The account's money at read_at."""

    balance: Balance
    read_at: datetime


@dataclass(frozen=True, slots=True)
class BracketsRead:
    """A symbol's leverage table."""

    symbol: str
    brackets: tuple[LeverageBracket, ...]


@dataclass(frozen=True, slots=True)
class FeesValued:
    """What fees in another asset were worth when paid, USDT, by fill row; those without a price are missing."""

    values: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class RulesRead:
    """The rules of every pair that the venue lists, by symbol."""

    listed: dict[str, SymbolRules]


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """Everything an entry is checked against, read just before it; read_at is monotonic seconds."""

    key: str
    terms: TradeTerms
    positions: tuple[ExchangePosition, ...]
    settings: SymbolSettings
    book: BookTicker
    mark_price: Decimal
    balance: Balance
    brackets: tuple[LeverageBracket, ...]
    rates: CommissionRates
    read_at: float


@dataclass(frozen=True, slots=True)
class EntryNotPrepared:
    """The facts of an entry could not be read or its leverage not be set."""

    key: str
    text: str
    lasting: bool


@dataclass(frozen=True, slots=True)
class VenueProbed:
    """What a probe found: answers by question, and the forms of the private stream in which news was heard.

    clean: none of its orders is left. problem: why something was not measured, in plain words.
    """

    probe_id: int
    findings: dict[str, str]
    heard: tuple[PrivateForm, ...]
    clean: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ProbeCleaned:
    """Whether nothing is left of a probe that was cut short."""

    probe_id: int
    clean: bool


@dataclass(frozen=True, slots=True)
class HistoryVerified:
    """Whether the exchange still shows a row of income that was booked."""

    task: "Request"
    found: bool


class Request(Protocol):
    """Something asked of the exchange or sent to it."""

    def run(self, client: BinanceTestnetClient) -> "Observation":
        """Ask or send, and return what came back; it never raises what the exchange may answer."""


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """No usable answer: nothing is known beyond what was known before."""

    task: Request
    text: str
    code: int | None = None
    kind: FailureKind = FailureKind.SILENT


Observation = (
    OrderAck
    | StagedSent
    | OrderStatusReport
    | OrderNotFoundReport
    | Cancelled
    | TaskFailed
    | AccountRead
    | SymbolRead
    | PositionReconciled
    | IncomeRead
    | BalanceRead
    | BracketsRead
    | RulesRead
    | FeesValued
    | EntryFacts
    | EntryNotPrepared
    | AdoptionFacts
    | AdoptionFailed
    | VenueProbed
    | ProbeCleaned
    | HistoryVerified
)


def order_of(report: Observation) -> int | None:
    """Return the order row that a report is about, an order that was not answered included; None for other reports."""
    about = report.task if isinstance(report, TaskFailed) else report
    return getattr(about, "order_id", None)


def changed_an_order(report: Observation) -> bool:
    """Return whether a report says that an order of ours was placed or cancelled just now: an event tells it too."""
    placed = isinstance(report, OrderAck) and (report.order is not None or report.conditional is not None)
    return placed or isinstance(report, Cancelled)


@dataclass(frozen=True, slots=True)
class Received:
    """An observation and the batch of requests it came from."""

    observation: Observation
    batch: int
