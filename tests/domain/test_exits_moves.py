"""Where a moving stop rests, and that it only ever moves towards profit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.exit_plan import ExitPlan, LockIn, MoveReason, PartialTarget, TimeStop, Trail, TrailUnit
from domain.exits.moves import (
    ExitLevel,
    ExitPrices,
    MovingTrade,
    PersonsMove,
    StopMove,
    exit_levels,
    least_step,
    net_at_mark,
    time_stop_at,
    time_stop_due,
    trail_stop,
    wanted_stop,
)
from domain.pricing.brackets import EntryFill, net_at
from domain.terms import Basis, Side
from tests.domain.test_exit_plan import is_possible, plans

D = Decimal
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def prices(side: Side = Side.LONG, rate: str = "0", quantity: str = "1") -> ExitPrices:
    """Return a trade entered at 1000, so that 1 USDT is one price unit of one piece."""
    fee = D(1000) * D(quantity) * D(rate)
    return ExitPrices(EntryFill(side, D(quantity), D(1000), fee), Basis.NET, D(rate), D("0.1"))


def trade(mark: str, best: str | None = None, stop: str = "990", side: Side = Side.LONG, **changes: Any) -> MovingTrade:
    found = MovingTrade(prices(side), D(mark), D(best or mark), D(stop))
    return replace(found, **changes)


def price(plan: ExitPlan, now: MovingTrade) -> D | None:
    move = wanted_stop(plan, now, NOON)
    return None if move is None else move.price


BREAK_EVEN = ExitPlan(break_even_after_usdt=D(10))
LOCK_INS = ExitPlan(lock_ins=(LockIn(D(10), D(5)), LockIn(D(20), D(12))))
TRAIL = ExitPlan(trail=Trail(TrailUnit.PRICE, D(8)))
TRAIL_LATER = ExitPlan(trail=Trail(TrailUnit.PRICE, D(8), D(10)))
TARGETS = ExitPlan(
    targets=(PartialTarget(D(10), D(50)), PartialTarget(D(20), D(25)), PartialTarget(D(30), D(25))),
    stop_follows_targets=True,
)


@pytest.mark.parametrize(
    ("plan", "mark", "best", "stop", "wanted"),
    [
        (BREAK_EVEN, "1009.9", None, "990", None),
        (BREAK_EVEN, "1010", None, "990", "1000"),
        (BREAK_EVEN, "1005", "1010", "990", "1000"),  # once reached is enough
        (BREAK_EVEN, "1020", None, "1000", None),  # it rests there already
        (BREAK_EVEN, "1020", None, "1004", None),  # never back
        (LOCK_INS, "1010", None, "990", "1005"),
        (LOCK_INS, "1019.9", None, "1005", None),
        (LOCK_INS, "1020", None, "1005", "1012"),
        (LOCK_INS, "1030", None, "990", "1012"),  # the step nearest to profit
        (TRAIL, "1000", None, "990", "992"),
        (TRAIL, "1010", None, "992", "1002"),
        (TRAIL, "1005", "1010", "1002", None),
        (TRAIL, "1010.3", "1010.3", "1002", None),  # less than a twentieth of 8, which is 0.4
        (TRAIL, "1010.4", "1010.4", "1002", "1002.4"),
        (TRAIL_LATER, "1009.9", None, "990", None),
        (TRAIL_LATER, "1010", None, "990", "1002"),
        (replace(TRAIL_LATER, break_even_after_usdt=D(5)), "1009", None, "990", "1000"),
        (replace(TRAIL_LATER, break_even_after_usdt=D(5)), "1012", None, "1000", "1004"),
    ],
)
def test_where_the_stop_goes(plan: ExitPlan, mark: str, best: str | None, stop: str, wanted: str | None) -> None:
    marks = [None if one is None else str(2000 - D(one)) for one in (mark, best, stop)]
    mirrored = trade(marks[0] or "", marks[1], marks[2] or "", Side.SHORT)

    assert price(plan, trade(mark, best, stop)) == (None if wanted is None else D(wanted))
    assert price(plan, mirrored) == (None if wanted is None else 2000 - D(wanted))


@pytest.mark.parametrize(("reached", "wanted"), [(0, None), (1, "1000"), (2, "1010"), (3, "1020"), (4, "1020")])
def test_the_stop_follows_the_target_before(reached: int, wanted: str | None) -> None:
    now = trade("1040", targets_reached=reached)

    assert price(TARGETS, now) == (None if wanted is None else D(wanted))
    assert price(replace(TARGETS, stop_follows_targets=False), now) is None


def test_break_even_counts_the_fees_of_both_ways() -> None:
    long, short = prices(Side.LONG, "0.0005"), prices(Side.SHORT, "0.0005")

    assert long.break_even() == D("1001.1")  # 1000.5 / 0.9995 = 1001.0005…
    assert short.break_even() == D("999")  # 999.5 / 1.0005 = 999.0004…, cut towards profit
    assert net_at(long.entry, long.break_even(), D("0.0005")) >= 0
    assert net_at(short.entry, short.break_even(), D("0.0005")) >= 0


@pytest.mark.parametrize(
    ("unit", "distance", "quantity", "stop"),
    [
        (TrailUnit.USDT, "5", "0.5", "1090"),
        (TrailUnit.PERCENT, "1", "0.5", "1089"),
        (TrailUnit.PRICE, "5", "0.5", "1095"),
        (TrailUnit.PRICE, "0.01", "0.5", "1099.9"),  # never nearer than a tick
    ],
)
def test_a_distance_in_each_unit(unit: TrailUnit, distance: str, quantity: str, stop: str) -> None:
    assert trail_stop(Trail(unit, D(distance)), prices(quantity=quantity), D(1100)) == D(stop)


def test_a_stop_moves_once_a_second() -> None:
    now = trade("1010", moved_at=NOON - SECOND + timedelta(microseconds=1))

    assert wanted_stop(TRAIL, now, NOON) is None
    assert wanted_stop(TRAIL, replace(now, moved_at=NOON - SECOND), NOON) is not None


@pytest.mark.parametrize(("mark", "passed"), [("1002.1", False), ("1002", True), ("995", True)])
def test_a_stop_that_the_mark_has_passed_is_said(mark: str, passed: bool) -> None:
    assert wanted_stop(TRAIL, trade(mark, "1010"), NOON) == StopMove(D(1002), MoveReason.TRAIL, passed)


def test_what_was_reached_before_a_move_by_hand_moves_the_stop_no_more() -> None:
    plan = replace(TRAIL, break_even_after_usdt=D(10), lock_ins=(LockIn(D(20), D(9)),))
    by_hand = trade("1010", "1012", "980", by_person=PersonsMove(D(1012), 0))

    assert price(plan, by_hand) is None
    assert price(plan, replace(by_hand, best_mark=D("1013"))) == D(1005), "it trails on from a new best"
    assert price(plan, replace(by_hand, best_mark=D(1020))) == D(1012)
    assert price(LOCK_INS, replace(by_hand, best_mark=D(1020))) == D(1012), "a step reached later counts"
    assert price(TARGETS, replace(by_hand, targets_reached=1)) == D(1000)
    followed = replace(by_hand, targets_reached=1, by_person=PersonsMove(D(1012), 1))
    assert price(TARGETS, followed) is None
    assert price(TARGETS, replace(followed, targets_reached=2)) == D(1010)


def test_levels_are_the_prices_of_the_whole_trade() -> None:
    plan = replace(TARGETS, break_even_after_usdt=D(5), lock_ins=(LockIn(D(15), D(7)),), trail=TRAIL_LATER.trail)

    assert exit_levels(plan, prices()) == (
        ExitLevel(MoveReason.BREAK_EVEN, D(1005), D(1000)),
        ExitLevel(MoveReason.LOCK_IN, D(1015), D(1007)),
        ExitLevel(MoveReason.TARGET_REACHED, D(1010), D(1000)),
        ExitLevel(MoveReason.TARGET_REACHED, D(1020), D(1010)),
        ExitLevel(MoveReason.TARGET_REACHED, D(1030), D(1020)),
        ExitLevel(MoveReason.TRAIL, D(1010), None),
    )


@pytest.mark.parametrize(
    ("only_in_profit", "seconds", "net", "due"),
    [
        (False, 3599.999, "5", False),
        (False, 3600, "-5", True),
        (True, 3600, "0", False),
        (True, 3600, "0.01", True),
        (True, 7200, "0.01", True),
        (True, 3599, "5", False),
    ],
)
def test_a_trade_has_its_time(only_in_profit: bool, seconds: float, net: str, due: bool) -> None:
    plan = ExitPlan(time_stop=TimeStop(timedelta(hours=1), only_in_profit))

    assert time_stop_at(plan, NOON) == NOON + timedelta(hours=1)
    assert time_stop_due(plan, NOON, NOON + timedelta(seconds=seconds), D(net)) is due
    assert not time_stop_due(ExitPlan(), NOON, NOON + timedelta(days=9), D(net))


# Any plan, any sequence of marks

steps = st.lists(
    st.tuples(
        st.integers(-400, 400).map(lambda ticks: D(ticks) / 10),  # the mark's way
        st.sampled_from([0, 0.2, 0.5, 1, 5]).map(lambda seconds: timedelta(seconds=seconds)),
        st.booleans(),  # a target is filled where one is reached
        st.booleans(),  # the move succeeds
    ),
    min_size=1,
    max_size=60,
)
starts = st.builds(
    prices,
    st.sampled_from(Side),
    st.sampled_from(["0", "0.0005"]),
    st.sampled_from(["0.1", "1", "7.3"]),
)
stops_away = st.integers(1, 300).map(D)


@settings(max_examples=400)
@given(plans().filter(is_possible), starts, stops_away, steps)
def test_no_sequence_of_marks_moves_a_stop_away_from_profit(
    plan: ExitPlan, start: ExitPrices, away: D, taken: list[tuple[D, timedelta, bool, bool]]
) -> None:
    sign = start.entry.side.sign
    now = NOON
    live = MovingTrade(start, start.entry.average_price, start.entry.average_price, 1000 - sign * away)
    moved_at: list[datetime] = []

    for way, wait, fills, works in taken:
        now += wait
        mark = max(live.mark + way, D(1))
        best = max(mark, live.best_mark) if sign > 0 else min(mark, live.best_mark)
        reached = sum(sign * (best - start.at_result(target.at_usdt)) >= 0 for target in plan.targets)
        live = replace(
            live,
            mark=mark,
            best_mark=best,
            targets_reached=max(live.targets_reached, reached) if fills else live.targets_reached,
        )
        move = wanted_stop(plan, live, now)
        if move is None:
            continue
        assert sign * (move.price - live.stop) >= start.tick_size
        assert move.price % start.tick_size == 0
        assert move.price > 0
        # A stop never asks for more than the best price that was there.
        assert sign * (live.best_mark - move.price) >= 0
        assert move.passed is (sign * (mark - move.price) < start.tick_size)
        if works and not move.passed:
            assert not moved_at or now - moved_at[-1] >= SECOND
            moved_at.append(now)
            live = replace(live, stop=move.price, moved_at=now)

    # Left alone for a second, the stop is where the plan wants it, but for less than a trailing step.
    rested = wanted_stop(plan, live, now + 9 * SECOND)
    if rested is not None:
        live = replace(live, stop=rested.price)
    assert wanted_stop(plan, live, now + 18 * SECOND) is None
    if plan.trail is not None and plan.trail.after_usdt is None:
        behind = sign * (trail_stop(plan.trail, start, live.best_mark) - live.stop)
        assert behind < least_step(plan.trail, start)


@given(starts, st.integers(1, 1500).map(D))
def test_the_result_at_the_mark_is_after_the_fees_of_both_ways(start: ExitPrices, mark: D) -> None:
    assert net_at_mark(start, mark) == net_at(start.entry, mark, start.taker_rate)
