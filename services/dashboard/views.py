"""What pages are given to draw: immutable values, money exact, ages explicit."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.bot_status import Alert, BotState
from domain.exchange import ExchangePosition
from domain.exit_plan import ExitPlan
from domain.exits.moves import ExitLevel, ExitPrices
from domain.exits.targets import TargetPart
from domain.preview.edits import OpenTrade
from domain.risk.verdict import Bite
from domain.terms import CloseReason, Phase, PlanState, Side, SymbolRules, TradeTerms
from domain.venues import Venue


class Protection(StrEnum):
    """Whether a stop is known to are placed on the exchange."""

    PROTECTED = "PROTECTED"
    PLACING = "PLACING"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class MovingView:
    """What moves the exits of a filled trade; plan is NO_EXITS where nothing does.

    sl_usdt and tp_usdt are the terms it was opened on. targets are those left, the next one first, targets_taken the
    numbers of those of which something was closed. steps are the moves of the stop to come, sentences say them.
    """

    plan: ExitPlan
    prices: ExitPrices
    rules: SymbolRules
    sl_usdt: Decimal
    tp_usdt: Decimal
    targets: tuple[TargetPart, ...]
    targets_taken: frozenset[int]
    steps: tuple[ExitLevel, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PositionView:
    """One live position. result_* are estimates at the mark price after the fees of both ways; None while unknown.

    stop_usdt and target_usdt are what the trade nets (or grosses, as its basis says) at its stop and target.
    """

    id: int
    plan_id: int
    symbol: str
    base_asset: str
    side: Side
    leverage: int
    sequence: int
    phase: Phase
    phase_note: str | None
    quantity: Decimal
    tick_size: Decimal
    entry_price: Decimal | None
    mark_price: Decimal | None
    price_age_seconds: float | None
    margin_usdt: Decimal
    value_usdt: Decimal | None
    result_usdt: Decimal | None
    result_percent: Decimal | None  # of margin, 1.5 means 1.5 %
    result_r: Decimal | None  # in units of the allowed loss
    stop_price: Decimal | None
    target_price: Decimal | None
    stop_usdt: Decimal
    target_usdt: Decimal
    liquidation_price: Decimal | None
    liquidation_percent: Decimal | None  # distance from the mark, 4.6 means 4.6 %
    protection: Protection
    opened_at: datetime | None
    created_at: datetime
    plan_state: PlanState
    reopens: bool
    close_requested: bool
    open_trade: OpenTrade | None  # what moving stop and target is reckoned from; None before the first fill
    fees_usdt: Decimal  # paid so far
    funding_usdt: Decimal  # received so far, negative = paid
    reopen_count: int
    external_quantity: Decimal  # what somebody else added to it, base units; not in quantity
    own_part_only: bool  # stop and target leave that alone
    next_terms: TradeTerms  # what the plan's next trade opens on
    moving: MovingView | None = None  # None before the first fill and while the pair's rules are not known


@dataclass(frozen=True, slots=True)
class FillMark:
    """One fill of a live trade, or of an earlier trade of its plan, as the chart marks it."""

    traded_at: datetime
    opening: bool
    price: Decimal
    quantity: Decimal
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class WaitingReopen:
    """A closed trade whose plan opens again at not_before, unless skipped."""

    position_id: int
    plan_id: int
    symbol: str
    side: Side
    leverage: int
    reason: CloseReason
    net_usdt: Decimal | None
    not_before: datetime
    lapses_at: datetime
    held_because: str | None  # the limit that it waits for, in a sentence


@dataclass(frozen=True, slots=True)
class PausedPlan:
    """A plan that will not open by itself; last_position_id is the trade Reopen now continues from."""

    plan_id: int
    last_position_id: int | None
    symbol: str
    side: Side
    leverage: int
    reason: str


@dataclass(frozen=True, slots=True)
class InactiveAccountPosition:
    """A live position of an account that the bot is not signed in to."""

    id: int
    symbol: str
    side: Side
    leverage: int
    account: str  # "Practice account SgsR"


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """The four figures on top, USDT; None while unknown."""

    open_result: Decimal | None
    open_result_percent: Decimal | None  # of margin in use
    closed_today: Decimal
    trades_today: int
    won_today: int
    lost_today: int
    closed_today_trend: tuple[Decimal, ...]  # running sum, oldest first
    wallet: Decimal | None
    wallet_change_30d: Decimal | None
    wallet_trend: tuple[Decimal, ...]
    free_margin: Decimal | None
    margin_in_use: Decimal | None


@dataclass(frozen=True, slots=True)
class Status:
    """The quiet line in the header, and what is wrong, worst first."""

    state: BotState
    word: str  # "Trading", "Paused", …
    venue: Venue
    venue_label: str  # "Practice", "Binance testnet", "Binance demo"
    price_age_seconds: float | None
    check_age_seconds: float | None
    stream_word: str
    clock_offset_ms: int | None
    weight_used: int | None
    weight_limit: int | None
    opening_paused: bool
    holds_lease: bool
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the live parts of the pages show, made at most once a second per process for all viewers."""

    taken_at: datetime
    status: Status
    summary: AccountSummary
    positions: tuple[PositionView, ...]
    waiting: tuple[WaitingReopen, ...]
    paused: tuple[PausedPlan, ...]
    external_positions: tuple[ExchangePosition, ...]
    inactive: tuple[InactiveAccountPosition, ...]
    ignored: frozenset[tuple[str, Side]] = frozenset()  # external positions to ignore, as the person said
    bites: tuple[Bite, ...] = ()  # limits that let nothing open now, known for up to two seconds
