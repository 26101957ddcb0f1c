"""What History is given to draw: immutable values, money exact."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.terms import CloseReason, OrderState, Phase, Purpose, Severity, Side, TradeTerms


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which closed positions to show; None = all. Days are UTC instants, until exclusive."""

    symbol: str | None = None
    side: Side | None = None
    reason: CloseReason | None = None
    since: datetime | None = None
    until: datetime | None = None


class HistorySort(StrEnum):
    """What the table of closed trades can be sorted by."""

    CLOSED = "closed"
    PAIR = "pair"
    RESULT = "result"
    REASON = "why"
    GROSS = "gross"
    FEES = "fees"
    FUNDING = "funding"
    OPEN_FOR = "open"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class ClosedPosition:
    """One row of History; money None when the result is unknown (written off)."""

    id: int
    plan_id: int
    symbol: str
    side: Side
    leverage: int
    sequence: int
    reason: CloseReason
    quantity: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    gross_usdt: Decimal | None
    fees_usdt: Decimal | None
    funding_usdt: Decimal | None
    net_usdt: Decimal | None
    result_final: bool
    opened_at: datetime | None
    closed_at: datetime
    terms: TradeTerms


@dataclass(frozen=True, slots=True)
class HistoryTotals:
    """Figures over everything the filter matches, computed in SQL; None where there is nothing to divide."""

    trades: int  # with a known result: all other figures are of these
    net_usdt: Decimal
    gross_usdt: Decimal
    fees_usdt: Decimal
    funding_usdt: Decimal
    won: int
    lost: int
    win_rate_percent: Decimal | None
    profit_factor: Decimal | None  # won per 1 lost
    average_net: Decimal | None
    average_win: Decimal | None
    average_loss: Decimal | None
    longest_losing_streak: int
    max_drawdown: Decimal  # largest drawdown of the running sum, ≥ 0
    average_seconds_open: float | None
    longest_winning_streak: int = 0
    best_net: Decimal | None = None
    worst_net: Decimal | None = None
    unknown: int = 0  # closed, but nobody knows with what result
    not_final: int = 0  # counted, but the exchange's books are to be read once more

    @property
    def closed(self) -> int:
        """How many trades closed, with a known result or without."""
        return self.trades + self.unknown


@dataclass(frozen=True, slots=True)
class HistoryShare:
    """What one pair or one side made of what the filter matches."""

    name: str  # a symbol, or a side's word
    trades: int
    won: int
    lost: int
    net_usdt: Decimal
    fees_usdt: Decimal
    profit_factor: Decimal | None
    average_seconds_open: float | None

    @property
    def average_net(self) -> Decimal:
        """What one trade of it brought on average."""
        return self.net_usdt / self.trades

    @property
    def win_rate_percent(self) -> Decimal | None:
        """How many of those that won or lost were won, 50 means 50 %; None when none was either."""
        decided = self.won + self.lost
        return Decimal(self.won) * 100 / decided if decided else None


@dataclass(frozen=True, slots=True)
class HistoryBreakdown:
    """Who made what, the best result first."""

    pairs: tuple[HistoryShare, ...]
    sides: tuple[HistoryShare, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The running result at one moment, USDT, and the deepest it fell below its best moment up to there, ≥ 0."""

    at: datetime
    result: Decimal
    drawdown: Decimal


@dataclass(frozen=True, slots=True)
class DayResult:
    """What the trades of one day, in the viewer's zone, made after fees, USDT."""

    day: date
    net: Decimal
    trades: int


@dataclass(frozen=True, slots=True)
class EquityCurve:
    """How the result grew, oldest first, and what each day with a trade made."""

    points: tuple[CurvePoint, ...]
    days: tuple[DayResult, ...]


@dataclass(frozen=True, slots=True)
class StatementOrder:
    """One order of a trade in plain figures."""

    purpose: Purpose
    attempt: int
    state: OrderState
    quantity: Decimal | None
    trigger_price: Decimal | None
    executed_quantity: Decimal
    client_order_id: str
    answer_text: str | None
    created_at: datetime
    average_price: Decimal | None = None  # of its fills
    slippage_usdt: Decimal | None = None  # its fills against its trigger, negative = worse; in gross already


@dataclass(frozen=True, slots=True)
class StatementFill:
    """One fill of a trade."""

    traded_at: datetime
    opening: bool
    ours: bool
    price: Decimal
    quantity: Decimal
    commission: Decimal
    realized_pnl: Decimal
    trade_id: int
    client_order_id: str | None = None  # of our order, or as the exchange names another's
    commission_asset: str = "USDT"
    fee_usdt: Decimal | None = None  # the commission's value when it was paid; None = not known


@dataclass(frozen=True, slots=True)
class StatementIncome:
    """One share of an income row, e.g. funding."""

    occurred_at: datetime
    income_type: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class IncomeEntry:
    """One row of the exchange's income history; position_ids are the trades of ours that it belongs to."""

    occurred_at: datetime
    income_type: str
    symbol: str
    amount: Decimal
    asset: str
    position_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slippage:
    """What triggered orders brought against their trigger prices, USDT, worse is negative; exact."""

    name: str  # a symbol, or an hour of the day
    orders: int
    total_usdt: Decimal
    worst_usdt: Decimal
    average_percent: Decimal  # of the trigger price, worse is negative


@dataclass(frozen=True, slots=True)
class StopCost:
    """What stops were to cost at most, and what they did, USDT."""

    stops: int
    asked_usdt: Decimal  # summed: what the terms allowed to lose
    cost_usdt: Decimal  # summed: -net of the trades that a stop closed, fees and funding included
    over: int  # trades that cost more than asked
    worst_over_usdt: Decimal  # by how much the worst of them did, >= 0


@dataclass(frozen=True, slots=True)
class SlippageReport:
    """Triggers against fills over the newest closed trades of a filter."""

    trades: int
    pairs: tuple[Slippage, ...]  # worst total first
    hours: tuple[Slippage, ...]  # from 0 to 23 in the viewer's zone, those with orders
    stops: StopCost


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything of one trade; gross, fees and funding add up to net."""

    position: ClosedPosition
    orders: tuple[StatementOrder, ...]
    fills: tuple[StatementFill, ...]
    income: tuple[StatementIncome, ...]

    @property
    def slippage_usdt(self) -> Decimal | None:
        """What its stop and target fills brought more (less, negative) than their triggers; None without such fills."""
        known = [order.slippage_usdt for order in self.orders if order.slippage_usdt is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def adds_up(self) -> bool | None:
        """Whether fills and income sum to gross, fees and funding to the last digit; None = not recorded yet."""
        known = self.position
        if known.gross_usdt is None or known.fees_usdt is None or known.funding_usdt is None:
            return None
        return (
            sum((fill.realized_pnl for fill in self.fills), Decimal(0)) == known.gross_usdt
            and sum((fill.fee_usdt for fill in self.fills if fill.fee_usdt is not None), Decimal(0)) == known.fees_usdt
            and sum((share.amount for share in self.income), Decimal(0)) == known.funding_usdt
        )


@dataclass(frozen=True, slots=True)
class PositionName:
    """Enough of a position to choose it by."""

    id: int
    symbol: str
    side: Side
    sequence: int
    phase: Phase
    at: datetime  # closed, or else begun


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of Activity."""

    id: int
    at: datetime
    severity: Severity
    event: str
    text: str
    position_id: int | None
    position_name: str | None  # "BTCUSDT LONG"
    details: dict[str, object]
