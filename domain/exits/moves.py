"""Where a moving stop has to rest now, and when a trade has had its time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from domain.exit_plan import ExitPlan, MoveReason, Trail, TrailUnit
from domain.pricing.brackets import EntryFill, exit_price_for, net_at, result_at
from domain.pricing.sizing import round_to_tick
from domain.terms import Basis, Side

SHORTEST_BETWEEN_MOVES = timedelta(seconds=1)
_STEPS_IN_DISTANCE = 20  # a trailing stop moves by a twentieth of its distance or more, so that a fast market is cheap


@dataclass(frozen=True, slots=True)
class ExitPrices:
    """What turns amounts of USDT into prices for one trade: its whole entry as filled, fees, basis and tick."""

    entry: EntryFill
    basis: Basis
    taker_rate: Decimal
    tick_size: Decimal

    def at_result(self, result_usdt: Decimal) -> Decimal:
        """Return the tick at which the whole trade stands at a result on its basis, rounded in its favour."""
        return exit_price_for(self.entry, result_usdt, self.basis, self.taker_rate, self.tick_size)

    def result_at(self, price: Decimal) -> Decimal:
        """Return at which result on its basis the whole trade stands at a price, USDT, exact."""
        return result_at(self.entry, price, self.basis, self.taker_rate)

    def break_even(self) -> Decimal:
        """Return the nearest tick at which the whole trade loses nothing after the fees of both ways."""
        return exit_price_for(self.entry, Decimal(0), Basis.NET, self.taker_rate, self.tick_size)


@dataclass(frozen=True, slots=True)
class PersonsMove:
    """How far a trade had come when its stop was last moved by hand: what was reached by then moves it no more."""

    best_mark: Decimal
    targets_reached: int


@dataclass(frozen=True, slots=True)
class MovingTrade:
    """A live trade as its stop sees it, prices in USDT per unit.

    best_mark is the mark most in its favour since it opened, at least mark itself; stop is the trigger that rests.
    targets_reached counts the partial targets that were filled. moved_at is when the stop last moved.
    """

    prices: ExitPrices
    mark: Decimal
    best_mark: Decimal
    stop: Decimal
    targets_reached: int = 0
    moved_at: datetime | None = None
    by_person: PersonsMove | None = None


@dataclass(frozen=True, slots=True)
class StopMove:
    """Where the stop has to go, a multiple of tick nearer to profit than it rests.

    passed means that the mark is there already: a stop would be refused or fire at once. It is in a hurry; refused, the
    trade is closed at market, as the stop would have done.
    """

    price: Decimal
    reason: MoveReason
    passed: bool


@dataclass(frozen=True, slots=True)
class ExitLevel:
    """One step of a plan in prices: once at trigger_price the stop goes to stop_price, or trails from there if None."""

    reason: MoveReason
    trigger_price: Decimal
    stop_price: Decimal | None


def wanted_stop(plan: ExitPlan, trade: MovingTrade, now: datetime) -> StopMove | None:
    """Return the move that a stop has to make now; None = it stays.

    Args:
        plan: what the person asked for.
        trade: the trade, its best mark and the stop that rests.
        now: exchange time; a stop moves at most once a second.

    Returns:
        The price nearest to profit of all that the plan wants, and only if it lies nearer to profit than the stop
        that rests: by a tick, for a trailing stop by least_step.
    """
    if trade.moved_at is not None and now < trade.moved_at + SHORTEST_BETWEEN_MOVES:
        return None
    prices = trade.prices
    sign, tick = prices.entry.side.sign, prices.tick_size
    best: tuple[Decimal, MoveReason] | None = None
    for price, reason in _wanted(plan, trade):
        step = tick if reason is not MoveReason.TRAIL or plan.trail is None else least_step(plan.trail, prices)
        if sign * (price - trade.stop) >= step and (best is None or sign * (price - best[0]) > 0):
            best = price, reason
    if best is None:
        return None
    price, reason = best
    return StopMove(price, reason, passed=sign * (trade.mark - price) < tick)


def exit_levels(plan: ExitPlan, prices: ExitPrices) -> tuple[ExitLevel, ...]:
    """Return the steps of a plan at which its stop moves, as prices, for the form's chart and numbers.

    Targets that the stop follows are levels too; a trail from the start is none, it has no trigger.
    """
    levels = []
    if plan.break_even_after_usdt is not None:
        trigger = prices.at_result(plan.break_even_after_usdt)
        levels.append(ExitLevel(MoveReason.BREAK_EVEN, trigger, prices.break_even()))
    for step in plan.lock_ins:
        kept = prices.at_result(step.keep_usdt)
        levels.append(ExitLevel(MoveReason.LOCK_IN, prices.at_result(step.after_usdt), kept))
    if plan.stop_follows_targets:
        triggers = [prices.at_result(target.at_usdt) for target in plan.targets]
        stops = [prices.break_even(), *triggers]
        levels += [
            ExitLevel(MoveReason.TARGET_REACHED, trigger, stop) for trigger, stop in zip(triggers, stops, strict=False)
        ]
    if plan.trail is not None and plan.trail.after_usdt is not None:
        levels.append(ExitLevel(MoveReason.TRAIL, prices.at_result(plan.trail.after_usdt), None))
    return tuple(levels)


def trail_stop(trail: Trail, prices: ExitPrices, best_mark: Decimal) -> Decimal:
    """Return where a trailing stop rests at a best mark, a multiple of tick, rounded towards profit."""
    distance = trail_distance(trail, prices, best_mark)
    side = prices.entry.side
    return round_to_tick(Fraction(best_mark) - side.sign * distance, prices.tick_size, up=side is Side.LONG)


def trail_distance(trail: Trail, prices: ExitPrices, best_mark: Decimal) -> Fraction:
    """Return how far from the best mark a trailing stop stays, USDT per unit, exact, at least one tick."""
    match trail.unit:
        case TrailUnit.USDT:
            distance = Fraction(trail.distance) / Fraction(prices.entry.quantity)
        case TrailUnit.PERCENT:
            distance = Fraction(best_mark) * Fraction(trail.distance) / 100
        case TrailUnit.PRICE:
            distance = Fraction(trail.distance)
    return max(distance, Fraction(prices.tick_size))


def least_step(trail: Trail, prices: ExitPrices) -> Decimal:
    """Return by how much a trailing stop moves at least: a twentieth of its distance at the entry, in whole ticks."""
    tick = Fraction(prices.tick_size)
    part = trail_distance(trail, prices, prices.entry.average_price) / _STEPS_IN_DISTANCE
    return max(1, ceil(part / tick)) * prices.tick_size


def time_stop_at(plan: ExitPlan, opened_at: datetime) -> datetime | None:
    """Return when a trade opened then has had its time; None without a time stop."""
    return None if plan.time_stop is None else opened_at + plan.time_stop.after


def time_stop_due(plan: ExitPlan, opened_at: datetime, now: datetime, net_at_mark_usdt: Decimal) -> bool:
    """Return whether a trade is to be closed at market because it has had its time.

    Args:
        plan: what the person asked for.
        opened_at: exchange time of the first fill.
        now: exchange time.
        net_at_mark_usdt: what closing it all at the mark would net after every fee, counted for only_in_profit;
            such a trade is closed at the first moment after its time at which it is above zero.
    """
    ends_at = time_stop_at(plan, opened_at)
    if plan.time_stop is None or ends_at is None or now < ends_at:
        return False
    return not plan.time_stop.only_in_profit or net_at_mark_usdt > 0


def net_at_mark(prices: ExitPrices, mark: Decimal) -> Decimal:
    """Return what closing the whole trade at the mark would net after the fees of both ways, USDT, exact."""
    return net_at(prices.entry, mark, prices.taker_rate)


def _wanted(plan: ExitPlan, trade: MovingTrade) -> Iterator[tuple[Decimal, MoveReason]]:
    """Return every price that the plan wants the stop at by now."""
    followed = 0
    for level in exit_levels(plan, trade.prices):
        if level.reason is MoveReason.TARGET_REACHED:
            followed += 1
            reached = _target_newly_reached(followed, trade)
        else:
            reached = _newly_reached(level.trigger_price, trade)
        if reached and level.stop_price is not None:
            yield level.stop_price, level.reason
    if plan.trail is not None and _trails(plan.trail, trade):
        yield trail_stop(plan.trail, trade.prices, trade.best_mark), MoveReason.TRAIL


def _trails(trail: Trail, trade: MovingTrade) -> bool:
    """Return whether a trail has begun, and, after a move by hand, whether the price has come farther since."""
    if trade.by_person is not None and not _beyond(trade.best_mark, trade.by_person.best_mark, trade):
        return False
    if trail.after_usdt is None:
        return True
    return not _beyond(trade.prices.at_result(trail.after_usdt), trade.best_mark, trade)


def _newly_reached(trigger: Decimal, trade: MovingTrade) -> bool:
    known = trade.by_person is not None and not _beyond(trigger, trade.by_person.best_mark, trade)
    return not known and not _beyond(trigger, trade.best_mark, trade)


def _target_newly_reached(number: int, trade: MovingTrade) -> bool:
    known = 0 if trade.by_person is None else trade.by_person.targets_reached
    return known < number <= trade.targets_reached


def _beyond(price: Decimal, other: Decimal, trade: MovingTrade) -> bool:
    """Return whether a price is more in the trade's favour than another."""
    return trade.prices.entry.side.sign * (price - other) > 0
