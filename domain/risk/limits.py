"""The limits that a person can set for one account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum

LONGEST_COOL_DOWN = timedelta(days=7)
MOST_IN_A_ROW = 100
MOST_OPEN = 200


class LimitKind(StrEnum):
    """Which limit, as stored and as its place on the settings page is named."""

    DAY_LOSS = "DAY_LOSS"
    WEEK_LOSS = "WEEK_LOSS"
    DRAWDOWN = "DRAWDOWN"
    PLAN_LOSSES = "PLAN_LOSSES"  # losses in a row of one plan
    LOSSES = "LOSSES"  # losses in a row of all plans together
    COOL_DOWN = "COOL_DOWN"
    OPEN_POSITIONS = "OPEN_POSITIONS"
    TOTAL_MARGIN = "TOTAL_MARGIN"
    OPEN_RISK = "OPEN_RISK"
    TRADING_HOURS = "TRADING_HOURS"
    SPREAD = "SPREAD"
    LIQUIDATION_DISTANCE = "LIQUIDATION_DISTANCE"
    DAY_GOAL = "DAY_GOAL"
    CLOSE_ALL_LOSS = "CLOSE_ALL_LOSS"
    CLOSE_ALL_GAIN = "CLOSE_ALL_GAIN"


# Reached once, these hold until their period ends or the person lifts them, whatever open positions bring later.
HOLDING = (
    LimitKind.DAY_LOSS,
    LimitKind.WEEK_LOSS,
    LimitKind.DRAWDOWN,
    LimitKind.PLAN_LOSSES,
    LimitKind.LOSSES,
    LimitKind.DAY_GOAL,
    LimitKind.CLOSE_ALL_LOSS,
    LimitKind.CLOSE_ALL_GAIN,
)
# Reaching one of these may also close what is open, if the person wants that.
CAN_CLOSE_ALL = (
    LimitKind.DAY_LOSS,
    LimitKind.WEEK_LOSS,
    LimitKind.DRAWDOWN,
    LimitKind.LOSSES,
    LimitKind.DAY_GOAL,
)


@dataclass(frozen=True, slots=True)
class CoolDown:
    """A wait after each loss: first after one loss, twice as long after each further one in a row, at most longest."""

    first: timedelta
    longest: timedelta

    def after(self, losses_in_a_row: int) -> timedelta:
        """Return the wait after so many losses in a row: first × 2^(losses − 1), capped; none without a loss."""
        if losses_in_a_row < 1:
            return timedelta(0)
        doublings = losses_in_a_row - 1
        # Beyond the cap the power alone would overflow a timedelta.
        if doublings >= (self.longest // self.first).bit_length():
            return self.longest
        return min(self.first * (1 << doublings), self.longest)


@dataclass(frozen=True, slots=True)
class TradingHours:
    """When new trades may open, on the clock of the person's zone.

    days count from Monday = 0. An end not after the beginning lies on the next day, which need not be one of days;
    the same time twice is the whole day.
    """

    days: frozenset[int]
    begins: time = time(0)
    ends: time = time(0)


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Every limit of one account; None = not set.

    Amounts are positive USDT. spread_percent and liquidation_percent are percents: 0.1 means 0.1 %, of the middle
    between bid and ask, and of the stop price. whole_account lets day and week count what was not traded by the bot;
    count_open_risk holds day and week back for what all stops would cost. close_all_after names the limits that also
    close everything when they are reached.
    """

    day_loss_usdt: Decimal | None = None
    week_loss_usdt: Decimal | None = None
    whole_account: bool = False
    count_open_risk: bool = True
    drawdown_usdt: Decimal | None = None
    plan_losses_in_a_row: int | None = None
    losses_in_a_row: int | None = None
    cool_down: CoolDown | None = None
    open_positions: int | None = None
    total_margin_usdt: Decimal | None = None
    open_risk_usdt: Decimal | None = None
    trading_hours: TradingHours | None = None
    spread_percent: Decimal | None = None
    liquidation_percent: Decimal | None = None
    day_goal_usdt: Decimal | None = None
    close_all_loss_usdt: Decimal | None = None
    close_all_gain_usdt: Decimal | None = None
    close_all_after: frozenset[LimitKind] = frozenset()

    def amount(self, kind: LimitKind) -> Decimal | None:
        """Return the number a limit is set to: USDT, a count, percent, or seconds of the first cool-down.

        None when it is not set, and always for the trading hours, which are no number.
        """
        match kind:
            case LimitKind.PLAN_LOSSES:
                return _count(self.plan_losses_in_a_row)
            case LimitKind.LOSSES:
                return _count(self.losses_in_a_row)
            case LimitKind.OPEN_POSITIONS:
                return _count(self.open_positions)
            case LimitKind.COOL_DOWN:
                return None if self.cool_down is None else Decimal(int(self.cool_down.first.total_seconds()))
            case LimitKind.TRADING_HOURS:
                return None
            case _:
                return self._decimals()[kind]

    def _decimals(self) -> dict[LimitKind, Decimal | None]:
        return {
            LimitKind.DAY_LOSS: self.day_loss_usdt,
            LimitKind.WEEK_LOSS: self.week_loss_usdt,
            LimitKind.DRAWDOWN: self.drawdown_usdt,
            LimitKind.TOTAL_MARGIN: self.total_margin_usdt,
            LimitKind.OPEN_RISK: self.open_risk_usdt,
            LimitKind.SPREAD: self.spread_percent,
            LimitKind.LIQUIDATION_DISTANCE: self.liquidation_percent,
            LimitKind.DAY_GOAL: self.day_goal_usdt,
            LimitKind.CLOSE_ALL_LOSS: self.close_all_loss_usdt,
            LimitKind.CLOSE_ALL_GAIN: self.close_all_gain_usdt,
        }


NO_LIMITS = RiskLimits()
# What counts while those that were set cannot be read: nothing new opens, nothing is closed.
UNREADABLE_LIMITS = RiskLimits(open_positions=0)

_NAMES = {
    LimitKind.DAY_LOSS: "Loss per day",
    LimitKind.WEEK_LOSS: "Loss per week",
    LimitKind.DRAWDOWN: "Drawdown from the peak",
    LimitKind.PLAN_LOSSES: "Losses in a row, per plan",
    LimitKind.LOSSES: "Losses in a row, all plans",
    LimitKind.COOL_DOWN: "Wait after a loss",
    LimitKind.OPEN_POSITIONS: "Open positions",
    LimitKind.TOTAL_MARGIN: "Total margin",
    LimitKind.OPEN_RISK: "Risk open at once",
    LimitKind.TRADING_HOURS: "Trading hours",
    LimitKind.SPREAD: "Spread at entry",
    LimitKind.LIQUIDATION_DISTANCE: "Distance from stop to liquidation",
    LimitKind.DAY_GOAL: "Goal for the day",
    LimitKind.CLOSE_ALL_LOSS: "Close everything at a loss",
    LimitKind.CLOSE_ALL_GAIN: "Close everything at a gain",
}


def limit_name(kind: LimitKind) -> str:
    """Return a limit as pages and notifications call it."""
    return _NAMES[kind]


def check_limits(limits: RiskLimits) -> tuple[str, ...]:
    """Return what is wrong with limits that a person typed, one plain sentence each; empty = they can be kept."""
    return (
        *_wrong_amounts(limits),
        *_wrong_counts(limits),
        *_wrong_cool_down(limits.cool_down),
        *_wrong_hours(limits.trading_hours),
        *_wrong_closing(limits.close_all_after),
    )


def _wrong_amounts(limits: RiskLimits) -> Iterator[str]:
    for kind, amount in limits._decimals().items():
        if amount is None:
            continue
        percent = kind in (LimitKind.SPREAD, LimitKind.LIQUIDATION_DISTANCE)
        unit = "%" if percent else "USDT"
        if not amount.is_finite() or amount <= 0:
            yield f"{limit_name(kind)}: enter more than 0 {unit}, or leave it empty for no limit."
        elif percent and amount >= 100:
            yield f"{limit_name(kind)}: enter less than 100 %."


def _wrong_counts(limits: RiskLimits) -> Iterator[str]:
    for kind, most in (
        (LimitKind.PLAN_LOSSES, MOST_IN_A_ROW),
        (LimitKind.LOSSES, MOST_IN_A_ROW),
        (LimitKind.OPEN_POSITIONS, MOST_OPEN),
    ):
        amount = limits.amount(kind)
        if amount is not None and not 1 <= amount <= most:
            yield f"{limit_name(kind)}: enter a whole number from 1 to {most}, or leave it empty for no limit."


def _wrong_cool_down(cool_down: CoolDown | None) -> Iterator[str]:
    if cool_down is None:
        return
    name = limit_name(LimitKind.COOL_DOWN)
    if cool_down.first < timedelta(seconds=1):
        yield f"{name}: the first wait must be 1 second or more."
    if cool_down.first.microseconds or cool_down.longest.microseconds:
        yield f"{name}: give the waits in whole seconds."
    if cool_down.longest < cool_down.first:
        yield f"{name}: the longest wait must not be shorter than the first."
    elif cool_down.longest > LONGEST_COOL_DOWN:
        yield f"{name}: the longest wait can be at most {LONGEST_COOL_DOWN.days} days."


def _wrong_hours(hours: TradingHours | None) -> Iterator[str]:
    if hours is None:
        return
    name = limit_name(LimitKind.TRADING_HOURS)
    if not hours.days:
        yield f"{name}: choose at least one day."
    if not hours.days <= frozenset(range(7)):
        yield f"{name}: the days run from Monday (0) to Sunday (6)."
    if hours.begins.tzinfo is not None or hours.ends.tzinfo is not None:
        yield f"{name}: the times are those of your own zone."
    if any(clock.second or clock.microsecond for clock in (hours.begins, hours.ends)):
        yield f"{name}: give the times in hours and minutes."


def _wrong_closing(kinds: frozenset[LimitKind]) -> Iterator[str]:
    for kind in sorted(kinds - frozenset(CAN_CLOSE_ALL)):
        yield f"{limit_name(kind)}: this limit cannot close what is open."


def _count(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)
