"""What limits a person can set, and how they are kept."""

import json
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.limits import NO_LIMITS, CoolDown, LimitKind, RiskLimits, TradingHours, check_limits, limit_name
from domain.risk.limits_json import BadLimits, limits_from_json, limits_to_json
from tests.domain.test_risk_hours import hours_of_any_kind

D = Decimal
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("losses", "minutes"), [(0, 0), (1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (6, 60), (100_000, 60)]
)
def test_a_cool_down_doubles_up_to_its_longest(losses: int, minutes: int) -> None:
    assert CoolDown(5 * MINUTE, 60 * MINUTE).after(losses) == minutes * MINUTE


@given(st.integers(1, 10**5), st.integers(1, 10**6), st.integers(1, 200))
def test_a_cool_down_is_base_times_a_power_of_two_or_its_cap(first: int, longest: int, losses: int) -> None:
    wait = CoolDown(timedelta(seconds=first), timedelta(seconds=max(first, longest))).after(losses)

    assert wait == timedelta(seconds=min(first * 2 ** (losses - 1), max(first, longest)))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"day_loss_usdt": D(0)}, LimitKind.DAY_LOSS),
        ({"week_loss_usdt": D("-1")}, LimitKind.WEEK_LOSS),
        ({"drawdown_usdt": D("NaN")}, LimitKind.DRAWDOWN),
        ({"total_margin_usdt": D("Infinity")}, LimitKind.TOTAL_MARGIN),
        ({"spread_percent": D(100)}, LimitKind.SPREAD),
        ({"losses_in_a_row": 0}, LimitKind.LOSSES),
        ({"plan_losses_in_a_row": 101}, LimitKind.PLAN_LOSSES),
        ({"open_positions": 201}, LimitKind.OPEN_POSITIONS),
        ({"cool_down": CoolDown(timedelta(0), MINUTE)}, LimitKind.COOL_DOWN),
        ({"cool_down": CoolDown(2 * MINUTE, MINUTE)}, LimitKind.COOL_DOWN),
        ({"cool_down": CoolDown(MINUTE, timedelta(days=8))}, LimitKind.COOL_DOWN),
        ({"trading_hours": TradingHours(frozenset())}, LimitKind.TRADING_HOURS),
        ({"trading_hours": TradingHours(frozenset({7}))}, LimitKind.TRADING_HOURS),
        ({"trading_hours": TradingHours(frozenset({1}), time(8, 0, 30))}, LimitKind.TRADING_HOURS),
        ({"close_all_after": frozenset({LimitKind.SPREAD})}, LimitKind.SPREAD),
    ],
)
def test_a_limit_that_makes_no_sense_is_named(changes: dict[str, Any], named: LimitKind) -> None:
    (message,) = check_limits(replace(NO_LIMITS, **changes))

    assert message.startswith(f"{limit_name(named)}: ")
    assert message.endswith(".")


money = st.none() | st.decimals(D("0.00000001"), D("99.99999999"), allow_nan=False)
counts = st.none() | st.integers(1, 100)
cool_downs = st.tuples(st.integers(1, 3600), st.integers(0, 10**5)).map(
    lambda drawn: CoolDown(timedelta(seconds=drawn[0]), timedelta(seconds=drawn[0] + drawn[1]))
)
limits_of_any_kind = st.builds(
    RiskLimits,
    day_loss_usdt=money,
    week_loss_usdt=money,
    whole_account=st.booleans(),
    count_open_risk=st.booleans(),
    drawdown_usdt=money,
    plan_losses_in_a_row=counts,
    losses_in_a_row=counts,
    cool_down=st.none() | cool_downs,
    open_positions=counts,
    total_margin_usdt=money,
    open_risk_usdt=money,
    trading_hours=st.none() | hours_of_any_kind,
    spread_percent=money,
    liquidation_percent=money,
    day_goal_usdt=money,
    close_all_loss_usdt=money,
    close_all_gain_usdt=money,
    close_all_after=st.frozensets(st.sampled_from([LimitKind.DAY_LOSS, LimitKind.DRAWDOWN, LimitKind.DAY_GOAL])),
)


@given(limits_of_any_kind)
def test_limits_come_back_as_they_were(limits: RiskLimits) -> None:
    assert check_limits(limits) == ()
    assert limits_from_json(json.loads(json.dumps(limits_to_json(limits)))) == limits


def test_limits_kept_before_one_was_invented_leave_it_unset() -> None:
    assert limits_from_json({"day_loss_usdt": "100"}) == RiskLimits(day_loss_usdt=D(100))


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("day_loss_usdt", 100.0),
        ("day_loss_usdt", "much"),
        ("open_positions", "3"),
        ("open_positions", True),
        ("whole_account", 1),
        ("cool_down", {"first_seconds": 60}),
        ("cool_down", 60),
        ("trading_hours", {"days": [1], "begins": "8 o'clock", "ends": "17:00"}),
        ("close_all_after", ["NOTHING"]),
        ("daily_loss", "100"),
    ],
)
def test_anything_else_is_refused_in_words(name: str, bad: Any) -> None:
    with pytest.raises(BadLimits) as refused:
        limits_from_json({name: bad})

    assert all(message.endswith(".") for message in refused.value.messages)
