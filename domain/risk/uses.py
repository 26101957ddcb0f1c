"""How much of each limit is used now, which are reached, and what ends their hold."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.pricing.exact import to_decimal
from domain.risk.figures import OF_THE_DAY, OF_THE_WEEK, RiskFigures, cool_down_ends, open_risk, total_margin
from domain.risk.hours import next_opening, within_hours
from domain.risk.limits import HOLDING, LimitKind, RiskLimits
from domain.risk.periods import Calendar


class Lift(StrEnum):
    """What ends a limit's hold."""

    AT_TIME = "AT_TIME"
    BY_HAND = "BY_HAND"
    WITH_ROOM = "WITH_ROOM"  # as soon as less is used, or a smaller trade is asked for


@dataclass(frozen=True, slots=True)
class ReachedLimit:
    """A limit that was reached and holds: a row, until its period ends or the person lifts it.

    plan_id is set for PLAN_LOSSES only. limit and used are as they were when it was reached.
    """

    kind: LimitKind
    plan_id: int | None
    reached_at: datetime
    used: Decimal
    limit: Decimal


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """Everything a verdict needs; holding are the limits reached earlier and not lifted by hand since."""

    limits: RiskLimits
    figures: RiskFigures
    calendar: Calendar
    now: datetime
    holding: tuple[ReachedLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of one limit is used, in its own unit (RiskLimits), for its bar.

    used may be below zero, where more was won than lost; for trading hours used and limit are None. lifts_at is set
    while it is reached and lifts at a known time.
    """

    kind: LimitKind
    plan_id: int | None
    used: Decimal | None
    limit: Decimal | None
    reached: bool
    lift: Lift
    lifts_at: datetime | None


def limit_uses(facts: RiskFacts) -> tuple[LimitUse, ...]:
    """Return every limit that is set and can be measured without a trade, in the order of LimitKind.

    Losses in a row of a plan are told for every plan that the figures or the rows that hold name.
    """
    found: list[LimitUse | None] = []
    for kind in LimitKind:
        if kind is LimitKind.TRADING_HOURS:
            found.append(_hours_use(facts))
        elif kind is LimitKind.COOL_DOWN:
            found.append(_cool_down_use(facts))
        elif kind is LimitKind.PLAN_LOSSES:
            held = {row.plan_id for row in facts.holding if row.kind is kind and row.plan_id is not None}
            found += [_use(kind, facts, plan) for plan in sorted(held | set(facts.figures.plan_losses))]
        elif kind not in (LimitKind.SPREAD, LimitKind.LIQUIDATION_DISTANCE):
            found.append(_use(kind, facts, None))
    return tuple(use for use in found if use is not None)


def still_holds(row: ReachedLimit, facts: RiskFacts) -> bool:
    """Return whether a limit reached earlier holds now.

    It ends with its day or week, when the limit is taken away, and when it is raised above what is used.
    """
    limit = facts.limits.amount(row.kind)
    if limit is None:
        return False
    ends_at = _period_end(row.kind, facts.calendar, row.reached_at)
    if ends_at is not None and facts.now >= ends_at:
        return False
    return not (limit > row.limit and _used(row.kind, facts, row.plan_id) < limit)


def _use(kind: LimitKind, facts: RiskFacts, plan_id: int | None) -> LimitUse | None:
    limit = facts.limits.amount(kind)
    if limit is None:
        return None
    used, row = _used(kind, facts, plan_id), row_holding(kind, plan_id, facts)
    lift = Lift.BY_HAND if kind in HOLDING else Lift.WITH_ROOM
    if kind in OF_THE_DAY or kind in OF_THE_WEEK:
        lift = Lift.AT_TIME
    if row is None and used < limit:
        return LimitUse(kind, plan_id, used, limit, False, lift, None)
    lifts_at = _period_end(kind, facts.calendar, facts.now if row is None else row.reached_at)
    return LimitUse(kind, plan_id, used, limit, True, lift, lifts_at)


def row_holding(kind: LimitKind, plan_id: int | None, facts: RiskFacts) -> ReachedLimit | None:
    """Return the row by which a limit reached earlier holds now; None when none does."""
    rows = (row for row in facts.holding if (row.kind, row.plan_id) == (kind, plan_id))
    return next((row for row in rows if still_holds(row, facts)), None)


def _hours_use(facts: RiskFacts) -> LimitUse | None:
    hours = facts.limits.trading_hours
    if hours is None:
        return None
    closed = not within_hours(hours, facts.calendar, facts.now)
    opens_at = next_opening(hours, facts.calendar, facts.now) if closed else None
    return LimitUse(LimitKind.TRADING_HOURS, None, None, None, closed, Lift.AT_TIME, opens_at)


def _cool_down_use(facts: RiskFacts) -> LimitUse | None:
    """Return the wait after the last loss: used is how much of it is still to come, limit how long it is, seconds."""
    cool_down, row = facts.limits.cool_down, facts.figures.losses
    if cool_down is None:
        return None
    ends_at = cool_down_ends(row, cool_down)
    waits = ends_at is not None and facts.now < ends_at
    left = (ends_at - facts.now).total_seconds() if ends_at is not None and waits else 0
    whole = cool_down.after(row.losses_at_last).total_seconds()
    return LimitUse(
        LimitKind.COOL_DOWN,
        None,
        Decimal(int(left)),
        Decimal(int(whole)),
        waits,
        Lift.AT_TIME,
        ends_at if waits else None,
    )


def _used(kind: LimitKind, facts: RiskFacts, plan_id: int | None) -> Decimal:
    """Return how much of a limit is used, in its own unit."""
    figures = facts.figures
    match kind:
        case LimitKind.DAY_LOSS | LimitKind.WEEK_LOSS:
            return net_counted(kind, facts).copy_negate()
        case LimitKind.DAY_GOAL:
            return net_counted(kind, facts)
        case LimitKind.CLOSE_ALL_GAIN:
            return to_decimal(Fraction(net_counted(kind, facts)) + Fraction(figures.open_result_usdt))
        case LimitKind.CLOSE_ALL_LOSS:
            return to_decimal(-Fraction(net_counted(kind, facts)) - Fraction(figures.open_result_usdt))
        case LimitKind.DRAWDOWN:
            return to_decimal(Fraction(figures.peak_usdt) - Fraction(figures.equity_usdt))
        case LimitKind.LOSSES:
            return Decimal(figures.losses.losses)
        case LimitKind.PLAN_LOSSES:
            return Decimal(0 if plan_id is None else figures.plan_losses.get(plan_id, 0))
        case LimitKind.OPEN_POSITIONS:
            return Decimal(len(figures.open_trades))
        case LimitKind.TOTAL_MARGIN:
            return total_margin(figures.open_trades)
        case LimitKind.OPEN_RISK:
            return open_risk(figures.open_trades)
        case _:
            raise ValueError(f"{kind} is not measured without a trade")


def net_counted(kind: LimitKind, facts: RiskFacts) -> Decimal:
    """Return the result counted for a limit of the day or week, USDT."""
    figures, zero = facts.figures, Decimal(0)
    net = Fraction(figures.net_usdt.get(kind, zero))
    if facts.limits.whole_account and kind in (LimitKind.DAY_LOSS, LimitKind.WEEK_LOSS):
        net += Fraction(figures.external_usdt.get(kind, zero))
    return to_decimal(net)


def _period_end(kind: LimitKind, calendar: Calendar, moment: datetime) -> datetime | None:
    """Return when the day or week of a limit ends; None for one that has no period."""
    if kind in OF_THE_DAY:
        return calendar.day(moment).ends_at
    if kind in OF_THE_WEEK:
        return calendar.week(moment).ends_at
    return None
