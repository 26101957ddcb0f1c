"""What is wrong with the exits that a person asks for, in plain sentences."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from domain.exit_plan import (
    LONGEST_TIME_STOP,
    MOST_LOCK_INS,
    MOST_TARGETS,
    SHORTEST_TIME_STOP,
    ExitPlan,
    LockIn,
    Trail,
    TrailUnit,
)
from domain.number_text import MOST_DIGITS
from domain.wording import format_usdt


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
    if not all(_is_number(number) for number in numbers):
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
        return tp_usdt if tp_usdt is not None and _is_number(tp_usdt) else None
    if not all(_is_amount(target.at_usdt) and _is_amount(target.share_percent) for target in plan.targets):
        return None
    whole = sum(target.share_percent for target in plan.targets) == 100
    return plan.targets[-1].at_usdt if whole else None


def _is_amount(number: Decimal) -> bool:
    return _is_number(number) and number > 0


def _is_number(number: Decimal) -> bool:
    """Whether it can be reckoned with: finite, and no larger than any field takes."""
    return number.is_finite() and number.adjusted() < MOST_DIGITS
