"""Exits that a person can ask for, and how they are kept."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exit_plan import ExitPlan, LockIn, PartialTarget, TimeStop, Trail, TrailUnit
from domain.exit_plan_checks import check_exits
from domain.exit_plan_json import BadExits, exits_from_json, exits_to_json

D = Decimal
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def halves(*amounts: str) -> tuple[PartialTarget, ...]:
    return tuple(PartialTarget(D(amount), D(100) / len(amounts)) for amount in amounts)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (ExitPlan(break_even_after_usdt=D(0)), "Break-even: enter a profit"),
        (ExitPlan(trail=Trail(TrailUnit.USDT, D(0))), "the distance must be more than 0"),
        (ExitPlan(trail=Trail(TrailUnit.PERCENT, D(100))), "less than 100 %"),
        (ExitPlan(trail=Trail(TrailUnit.USDT, D(5), D(-1))), "to begin at"),
        (ExitPlan(lock_ins=(LockIn(D(5), D(5)),)), "Lock-in 1: what is kept"),
        (ExitPlan(lock_ins=(LockIn(D(5), D(-1)),)), "Lock-in 1: what is kept"),
        (ExitPlan(lock_ins=(LockIn(D("NaN"), D(1)),)), "a number in every field"),
        (ExitPlan(lock_ins=(LockIn(D(10), D(5)), LockIn(D(12), D(5)))), "keep more than the one before"),
        (ExitPlan(lock_ins=tuple(LockIn(D(10 + n), D(n)) for n in range(4))), "at most 3 steps"),
        (ExitPlan(targets=halves("1", "2", "3", "4", "5")), "at most 4"),
        (ExitPlan(targets=halves("10", "10")), "larger profit than the one before"),
        (ExitPlan(targets=(PartialTarget(D(5), D(60)), PartialTarget(D(9), D("40.01")))), "more than 100 %"),
        (ExitPlan(targets=(PartialTarget(D(5), D(0)),)), "a share of more than 0 %"),
        (ExitPlan(stop_follows_targets=True), "only follow targets if there are some"),
        (ExitPlan(time_stop=TimeStop(timedelta(seconds=59))), "from 1 minute"),
        (ExitPlan(time_stop=TimeStop(timedelta(days=366))), "from 1 minute"),
        (ExitPlan(expires_at=NOON.replace(tzinfo=None)), "needs a time zone"),
        (ExitPlan(expires_at=NOON), "passed already"),
        (ExitPlan(break_even_after_usdt=D(15)), "Break-even: it would never begin"),
        (ExitPlan(trail=Trail(TrailUnit.USDT, D(5), D(16))), "Trailing stop: it would never begin"),
        (ExitPlan(lock_ins=(LockIn(D(16), D(5)),)), "Lock-in 1: it would never begin"),
        (ExitPlan(lock_ins=(LockIn(D(20), D(5)),), targets=halves("10", "20")), "Lock-in 1: it would never begin"),
    ],
)
def test_exits_that_make_no_sense_are_refused_in_words(plan: ExitPlan, said: str) -> None:
    (message,) = check_exits(plan, tp_usdt=D(15), now=NOON)

    assert said in message
    assert message.endswith(".")


def test_targets_that_leave_a_rest_bound_nothing() -> None:
    plan = ExitPlan(lock_ins=(LockIn(D(50), D(20)),), targets=(PartialTarget(D(10), D(50)),))

    assert check_exits(plan, tp_usdt=D(15)) == ()


def test_a_plan_expires_at_its_moment() -> None:
    plan = ExitPlan(expires_at=NOON)

    assert not plan.expired(NOON - timedelta(microseconds=1))
    assert plan.expired(NOON)
    assert not ExitPlan().expired(NOON)


amounts = st.integers(1, 10**6).map(lambda cents: D(cents) / 100)
trails = st.builds(
    Trail,
    st.sampled_from(TrailUnit),
    st.integers(1, 9999).map(lambda hundredths: D(hundredths) / 100),
    st.none() | amounts,
)
time_stops = st.builds(TimeStop, st.integers(60, 10**7).map(lambda seconds: timedelta(seconds=seconds)), st.booleans())


@st.composite
def lock_in_steps(draw: st.DrawFn) -> tuple[LockIn, ...]:
    numbers = sorted(draw(st.sets(st.integers(1, 5000), min_size=3, max_size=3)))
    kept: list[int] = sorted(draw(st.sets(st.integers(0, numbers[0] - 1), max_size=3)))
    return tuple(LockIn(D(after), D(keep)) for after, keep in zip(numbers, kept, strict=False))


@st.composite
def target_steps(draw: st.DrawFn) -> tuple[PartialTarget, ...]:
    at: list[int] = sorted(draw(st.sets(st.integers(1, 5000), max_size=4)))
    cuts: list[int] = sorted(draw(st.sets(st.integers(1, 100), min_size=len(at), max_size=len(at))))
    closes_all = draw(st.booleans())
    if cuts and closes_all:
        cuts[-1] = 100
    shares = [upto - before for before, upto in zip([0, *cuts], cuts, strict=False)]
    return tuple(PartialTarget(D(profit), D(share)) for profit, share in zip(at, shares, strict=True))


@st.composite
def plans(draw: st.DrawFn) -> ExitPlan:
    targets = draw(target_steps())
    return ExitPlan(
        break_even_after_usdt=draw(st.none() | amounts),
        trail=draw(st.none() | trails),
        lock_ins=draw(lock_in_steps()),
        targets=targets,
        stop_follows_targets=bool(targets) and draw(st.booleans()),
        time_stop=draw(st.none() | time_stops),
        expires_at=draw(st.none() | st.just(NOON)),
    )


def is_possible(plan: ExitPlan) -> bool:
    return check_exits(plan) == ()


@given(plans().filter(is_possible))
def test_exits_come_back_as_they_were(plan: ExitPlan) -> None:
    assert exits_from_json(json.loads(json.dumps(exits_to_json(plan)))) == plan


def test_nothing_asked_for_is_nothing() -> None:
    assert exits_from_json({}) == ExitPlan()
    assert not ExitPlan().moves_stop


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("break_even_after_usdt", 10),
        ("break_even_after_usdt", "ten"),
        ("trail", {"unit": "percent"}),
        ("trail", {"unit": "miles", "distance": "1", "after_usdt": None}),
        ("trail", 5),
        ("lock_ins", [{"after_usdt": "10"}]),
        ("lock_ins", 5),
        ("targets", [{"at_usdt": "10", "share_percent": 50}]),
        ("stop_follows_targets", "yes"),
        ("time_stop", {"after_seconds": "60", "only_in_profit": False}),
        ("expires_at", "tomorrow"),
        ("expires_at", "2026-12-01T00:00:00"),
        ("trailing", None),
    ],
)
def test_anything_else_is_refused_in_words(name: str, bad: Any) -> None:
    with pytest.raises(BadExits) as refused:
        exits_from_json({name: bad})

    assert all(message.endswith(".") for message in refused.value.messages)
