"""The exits that a person can ask for beside stop and target.

A "+X" of a plan is a price: where the whole trade as it was opened would stand at +X USDT, on the basis of its terms.
Parts that are closed on the way move none of these prices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from domain.wording import format_usdt

MOST_TARGETS = 4
MOST_LOCK_INS = 3
SHORTEST_TIME_STOP = timedelta(minutes=1)
LONGEST_TIME_STOP = timedelta(days=365)


class TrailUnit(StrEnum):
    """What the distance of a trailing stop is written in."""

    USDT = "usdt"  # of the whole trade's result
    PERCENT = "percent"  # of the best price so far
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Trail:
    """A stop that follows the best price at a distance, > 0; after_usdt = only once at +X, None = from the start."""

    unit: TrailUnit
    distance: Decimal
    after_usdt: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LockIn:
    """Once at +after_usdt, the stop goes to where +keep_usdt stays."""

    after_usdt: Decimal
    keep_usdt: Decimal


@dataclass(frozen=True, slots=True)
class PartialTarget:
    """At +at_usdt, share_percent of the whole trade is closed: 25 means 25 %."""

    at_usdt: Decimal
    share_percent: Decimal


@dataclass(frozen=True, slots=True)
class TimeStop:
    """The trade is closed at market once it has been open for so long, or only if it is in profit then."""

    after: timedelta
    only_in_profit: bool = False


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """Moving exits of one plan; each part may be missing, and they work together: the nearest stop wins.

    targets take the place of the terms' take-profit; what their shares leave over has no target. With
    stop_follows_targets the stop goes to break-even at the first target and to the target before at each later one.
    From expires_at on the plan opens no further trade; an open one goes on.
    """

    break_even_after_usdt: Decimal | None = None
    trail: Trail | None = None
    lock_ins: tuple[LockIn, ...] = ()
    targets: tuple[PartialTarget, ...] = ()
    stop_follows_targets: bool = False
    time_stop: TimeStop | None = None
    expires_at: datetime | None = None

    @property
    def moves_stop(self) -> bool:
        """Whether mark prices or targets can move the stop."""
        follows = self.stop_follows_targets and bool(self.targets)
        return self.break_even_after_usdt is not None or self.trail is not None or bool(self.lock_ins) or follows

    def expired(self, now: datetime) -> bool:
        """Return whether the plan opens no further trade at now."""
        return self.expires_at is not None and now >= self.expires_at


NO_EXITS = ExitPlan()


def check_exits(plan: ExitPlan, tp_usdt: Decimal | None = None, now: datetime | None = None) -> tuple[str, ...]:
    """Return what is wrong with the exits that a person typed, one plain sentence each; empty = they can be kept.

    Args:
        plan: as typed.
        tp_usdt: the terms' take-profit, > 0: what comes only after it would never happen. None = not known.
        now: to refuse an expiry that has passed already. None = it may have.
    """
    return (
        *_wrong_break_even(plan),
        *_wrong_trail(plan.trail),
        *_wrong_lock_ins(plan.lock_ins),
        *_wrong_targets(plan),
        *_wrong_times(plan, now),
        *_never_reached(plan, tp_usdt),
    )


def _wrong_break_even(plan: ExitPlan) -> Iterator[str]:
    after = plan.break_even_after_usdt
    if after is not None and not _is_amount(after):
        yield "Break-even: enter a profit of more than 0 USDT."


def _wrong_trail(trail: Trail | None) -> Iterator[str]:
    if trail is None:
        return
    if not _is_amount(trail.distance):
        yield "Trailing stop: the distance must be more than 0."
    elif trail.unit is TrailUnit.PERCENT and trail.distance >= 100:
        yield "Trailing stop: enter less than 100 %."
    if trail.after_usdt is not None and not _is_amount(trail.after_usdt):
        yield "Trailing stop: enter a profit of more than 0 USDT to begin at, or let it trail from the start."


def _wrong_lock_ins(steps: Sequence[LockIn]) -> Iterator[str]:
    if len(steps) > MOST_LOCK_INS:
        yield f"Lock-in: enter at most {MOST_LOCK_INS} steps."
    numbers = [number for step in steps for number in (step.after_usdt, step.keep_usdt)]
    if not all(number.is_finite() for number in numbers):
        yield "Lock-in: enter a number in every field."
        return
    for place, step in enumerate(steps, start=1):
        if step.keep_usdt < 0 or step.after_usdt <= step.keep_usdt:
            yield f"Lock-in {place}: what is kept must be 0 USDT or more, and less than the profit it begins at."
    if any(later.after_usdt <= step.after_usdt or later.keep_usdt <= step.keep_usdt for step, later in pairwise(steps)):
        yield "Lock-in: each step must begin at more and keep more than the one before."


def _wrong_targets(plan: ExitPlan) -> Iterator[str]:
    targets = plan.targets
    if len(targets) > MOST_TARGETS:
        yield f"Targets: enter at most {MOST_TARGETS}."
    if plan.stop_follows_targets and not targets:
        yield "The stop can only follow targets if there are some."
    if not all(_is_amount(target.at_usdt) and _is_amount(target.share_percent) for target in targets):
        yield "Targets: each needs a profit of more than 0 USDT and a share of more than 0 %."
        return
    if any(later.at_usdt <= target.at_usdt for target, later in pairwise(targets)):
        yield "Targets: each must be at a larger profit than the one before."
    if sum(target.share_percent for target in targets) > 100:
        yield "Targets: the shares add up to more than 100 %."


def _wrong_times(plan: ExitPlan, now: datetime | None) -> Iterator[str]:
    time_stop, expires_at = plan.time_stop, plan.expires_at
    if time_stop is not None and not SHORTEST_TIME_STOP <= time_stop.after <= LONGEST_TIME_STOP:
        yield f"Time stop: enter from 1 minute to {LONGEST_TIME_STOP.days} days."
    if time_stop is not None and time_stop.after.microseconds:
        yield "Time stop: give the time in whole seconds."
    if expires_at is not None and expires_at.tzinfo is None:
        yield "Expiry: the moment needs a time zone."
    elif expires_at is not None and now is not None and expires_at <= now:
        yield "Expiry: this moment has passed already."


def _never_reached(plan: ExitPlan, tp_usdt: Decimal | None) -> Iterator[str]:
    """Name the steps that lie at or behind the target at which nothing is left of the trade."""
    last = _closes_all_at(plan, tp_usdt)
    if last is None:
        return
    trail_after = None if plan.trail is None else plan.trail.after_usdt
    named = [("Break-even", plan.break_even_after_usdt), ("Trailing stop", trail_after)]
    named += [(f"Lock-in {place}", step.after_usdt) for place, step in enumerate(plan.lock_ins, start=1)]
    for name, after in named:
        if after is not None and _is_amount(after) and after >= last:
            at = format_usdt(last, signed=True)
            yield f"{name}: it would never begin, because the trade is closed at {at} USDT. Enter less."


def _closes_all_at(plan: ExitPlan, tp_usdt: Decimal | None) -> Decimal | None:
    if not plan.targets:
        return tp_usdt
    whole = sum(target.share_percent for target in plan.targets) == 100
    return plan.targets[-1].at_usdt if whole else None


def _is_amount(number: Decimal) -> bool:
    return number.is_finite() and number > 0
