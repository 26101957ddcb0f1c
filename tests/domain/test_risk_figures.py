"""What is used of the limits, counted."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.figures import (
    ClosedTrade,
    LossRow,
    OpenTrade,
    counting_from,
    liquidation_percent,
    loss_row,
    net_between,
    open_risk,
    slippage_allowance,
    spread_percent,
    trade_risk,
)
from domain.risk.limits import LimitKind
from domain.risk.periods import Calendar
from domain.terms import Side
from tests.domain.test_risk_periods import utc

D = Decimal
NOON = utc("2026-11-20T12:00")


def closed(*nets: str, at: datetime = NOON, every: timedelta = timedelta(minutes=1)) -> list[ClosedTrade]:
    return [ClosedTrade(at + place * every, place, D(net)) for place, net in enumerate(nets)]


@pytest.mark.parametrize(
    ("nets", "losses", "at_last"),
    [
        ((), 0, 0),
        (("-1",), 1, 1),
        (("-1", "-0.00000001"), 2, 2),
        (("-1", "0", "-1"), 2, 2),  # nothing won, nothing lost: neither ends nor lengthens the row
        (("-1", "-1", "0.00000001"), 0, 2),
        (("-1", "-1", "3", "-1"), 1, 1),
        (("0",), 0, 0),
    ],
)
def test_losses_in_a_row(nets: tuple[str, ...], losses: int, at_last: int) -> None:
    row = loss_row(closed(*nets))

    assert (row.losses, row.losses_at_last) == (losses, at_last)


def test_two_trades_closed_in_one_moment_keep_their_order() -> None:
    together = closed("-1", "2", every=timedelta(0))

    assert loss_row(together) == loss_row(list(reversed(together))) == LossRow(0, NOON, 1)


def test_a_trade_counts_in_the_period_it_closed_in() -> None:
    trades = closed("-1", "-2", "-4", every=timedelta(hours=1))

    assert net_between(trades, NOON, NOON + timedelta(hours=2)) == D("-3")


@pytest.mark.parametrize(
    ("shares", "allowed"),
    [
        ([], "0.05"),
        (["0.01"] * 10, "0.05"),
        (["0.30"], "0.30"),
        (["0.01"] * 9 + ["0.30"], "0.05"),
        (["0.01"] * 8 + ["0.20", "0.30"], "0.20"),
        (["-0.10"] * 3, "0.05"),
    ],
)
def test_slippage_is_the_accounts_own_and_at_least_a_twentieth(shares: list[str], allowed: str) -> None:
    assert slippage_allowance([D(share) for share in shares]) == D(allowed)


@given(st.lists(st.decimals(D("-1"), D("5"), places=4), min_size=1, max_size=60))
def test_nine_in_ten_stops_cost_no_more_than_allowed(shares: list[D]) -> None:
    allowed = slippage_allowance(shares)

    assert 10 * sum(share <= allowed for share in shares) >= 9 * len(shares)


def test_a_trade_is_counted_with_its_loss_and_slippage() -> None:
    assert trade_risk(D("-10"), D("0.05")) == D("10.5")
    assert trade_risk(D("3"), D("0.05")) == 0


def test_a_stop_in_profit_takes_no_risk_from_the_others() -> None:
    assert open_risk([OpenTrade(D(50), D("-10")), OpenTrade(D(50), D("25"))]) == 10


def test_spread_and_distance_are_percents() -> None:
    assert spread_percent(D("99.5"), D("100.5")) == 1
    assert liquidation_percent(Side.LONG, D(100), D(98)) == 2
    assert liquidation_percent(Side.SHORT, D(100), D(98)) == -2


def test_a_lifted_limit_counts_from_its_lifting() -> None:
    calendar, midnight = Calendar("UTC"), utc("2026-11-20T00:00")
    monday, morning = utc("2026-11-16T00:00"), utc("2026-11-20T09:00")

    assert counting_from(LimitKind.DAY_LOSS, calendar, NOON, None) == midnight
    assert counting_from(LimitKind.DAY_LOSS, calendar, NOON, morning) == morning
    assert counting_from(LimitKind.DAY_LOSS, calendar, NOON, monday) == midnight
    assert counting_from(LimitKind.WEEK_LOSS, calendar, NOON, None) == monday
    assert counting_from(LimitKind.DRAWDOWN, calendar, NOON, None) is None
    assert counting_from(LimitKind.LOSSES, calendar, NOON, morning) == morning
