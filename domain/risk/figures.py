"""What is used of the limits: the figures that the ledger gives, and how they are counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil

from domain.pricing.exact import to_decimal
from domain.risk.limits import CoolDown, LimitKind
from domain.risk.periods import Calendar
from domain.terms import Side

LEAST_SLIPPAGE = Decimal("0.05")  # of the risk, however well stops were filled so far
_SLIPPAGE_RANK = Fraction(9, 10)


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """A trade that ended, with its result after fees and funding; number settles the order within one moment."""

    closed_at: datetime
    number: int
    net_usdt: Decimal


@dataclass(frozen=True, slots=True)
class LossRow:
    """Losses in a row up to now, and the last loss with how many it made in a row, whatever was won since."""

    losses: int = 0
    last_loss_at: datetime | None = None
    losses_at_last: int = 0


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """A live trade, or an entry under way with the figures it was sent with.

    net_at_stop_usdt is the result of the whole trade at its resting stop after the fees of both ways, signed.
    """

    margin_usdt: Decimal
    net_at_stop_usdt: Decimal

    @property
    def risk_usdt(self) -> Decimal:
        """What the stop would cost, never below zero: a stop in profit frees no risk for others."""
        return max(Decimal(0), self.net_at_stop_usdt.copy_negate())


@dataclass(frozen=True, slots=True)
class TradeAsked:
    """The trade that is asked for: on the form as shown, in the engine as about to be sent.

    plan_id is None before its plan exists. net_at_stop_usdt is after the fees of both ways, signed. Prices in USDT
    per unit; liquidation_price is None where nothing liquidates it.
    """

    plan_id: int | None
    side: Side
    margin_usdt: Decimal
    net_at_stop_usdt: Decimal
    stop_price: Decimal
    liquidation_price: Decimal | None
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """What is used, USDT, by the ledger's own figures.

    net_usdt is, by limit, Σ net of the bot's trades closed since that limit counts (counting_from), and external_usdt
    what else moved the wallet since then; a limit that is missing has none. losses counts over all plans,
    plan_losses by plan id, each since the limit was last lifted. equity_usdt is wallet + open result, peak_usdt its
    highest since the baseline. open_result_usdt is what closing everything at the mark would net, fees of both ways
    counted. open_trades are all live trades and entries under way, without the one asked for. slippage_fraction is
    slippage_allowance of the account.
    """

    net_usdt: Mapping[LimitKind, Decimal] = field(default_factory=dict)
    external_usdt: Mapping[LimitKind, Decimal] = field(default_factory=dict)
    losses: LossRow = LossRow()
    plan_losses: Mapping[int, int] = field(default_factory=dict)
    equity_usdt: Decimal = Decimal(0)
    peak_usdt: Decimal = Decimal(0)
    open_result_usdt: Decimal = Decimal(0)
    open_trades: tuple[OpenTrade, ...] = ()
    slippage_fraction: Decimal = LEAST_SLIPPAGE


# Limits that count from the beginning of the day, and of the week.
OF_THE_DAY = (LimitKind.DAY_LOSS, LimitKind.DAY_GOAL, LimitKind.CLOSE_ALL_LOSS, LimitKind.CLOSE_ALL_GAIN)
OF_THE_WEEK = (LimitKind.WEEK_LOSS,)


def counting_from(kind: LimitKind, calendar: Calendar, now: datetime, lifted_at: datetime | None) -> datetime | None:
    """Return since when a limit counts: its day or week, or since it was last lifted by hand if that is later.

    Returns:
        The moment itself counts. None = from the beginning of the account.
    """
    if kind in OF_THE_DAY:
        begins_at = calendar.day(now).begins_at
    elif kind in OF_THE_WEEK:
        begins_at = calendar.week(now).begins_at
    else:
        return lifted_at
    return begins_at if lifted_at is None else max(begins_at, lifted_at)


def net_between(trades: Iterable[ClosedTrade], begins_at: datetime, ends_at: datetime) -> Decimal:
    """Return Σ net of the trades closed from begins_at on and before ends_at, USDT, exact."""
    inside = (Fraction(trade.net_usdt) for trade in trades if begins_at <= trade.closed_at < ends_at)
    return to_decimal(sum(inside, Fraction(0)))


def loss_row(trades: Iterable[ClosedTrade]) -> LossRow:
    """Return the losses in a row: a result below zero is one more, above zero ends the row, zero does neither.

    Args:
        trades: in any order; they are taken by closed_at, then by number.
    """
    row = LossRow()
    for trade in sorted(trades, key=lambda trade: (trade.closed_at, trade.number)):
        if trade.net_usdt < 0:
            row = LossRow(row.losses + 1, trade.closed_at, row.losses + 1)
        elif trade.net_usdt > 0:
            row = LossRow(0, row.last_loss_at, row.losses_at_last)
    return row


def slippage_allowance(shares: Sequence[Decimal]) -> Decimal:
    """Return how much more than its risk a stop is counted with, as a fraction of the risk.

    Args:
        shares: of each of the account's own closes by stop, what it lost beyond its risk divided by that risk;
            negative where it lost less.

    Returns:
        The 90th percentile (nearest rank: the smallest share that nine in ten do not exceed), at least 0.05.
    """
    if not shares:
        return LEAST_SLIPPAGE
    rank = ceil(_SLIPPAGE_RANK * len(shares))
    return max(LEAST_SLIPPAGE, sorted(shares)[rank - 1])


def trade_risk(net_at_stop_usdt: Decimal, slippage_fraction: Decimal) -> Decimal:
    """Return what a trade is counted with before it opens: −net at its stop, and slippage on top; USDT, exact, >= 0."""
    lost = max(Fraction(0), -Fraction(net_at_stop_usdt))
    return to_decimal(lost * (1 + Fraction(slippage_fraction)))


def open_risk(trades: Iterable[OpenTrade]) -> Decimal:
    """Return what all resting stops together would cost, USDT, exact, >= 0."""
    return to_decimal(sum((Fraction(trade.risk_usdt) for trade in trades), Fraction(0)))


def total_margin(trades: Iterable[OpenTrade]) -> Decimal:
    """Return the margin of all live trades, USDT, exact."""
    return to_decimal(sum((Fraction(trade.margin_usdt) for trade in trades), Fraction(0)))


def spread_percent(bid: Decimal, ask: Decimal) -> Decimal:
    """Return the spread as percent of the middle: 0.1 means 0.1 %. Prices must be > 0."""
    low, high = Fraction(bid), Fraction(ask)
    return to_decimal((high - low) * 200 / (high + low))


def liquidation_percent(side: Side, stop_price: Decimal, liquidation_price: Decimal) -> Decimal:
    """Return how far behind the stop liquidation lies, as percent of the stop price; negative where it comes first."""
    stop = Fraction(stop_price)
    return to_decimal(side.sign * (stop - Fraction(liquidation_price)) * 100 / stop)


def cool_down_ends(row: LossRow, cool_down: CoolDown) -> datetime | None:
    """Return when the wait after the last loss ends or ended; None without a loss."""
    return None if row.last_loss_at is None else row.last_loss_at + cool_down.after(row.losses_at_last)
