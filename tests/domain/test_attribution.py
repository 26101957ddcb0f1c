"""Whose a trade is on a position that is shared with somebody else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.attribution import PositionTrade, before_empty, merged_fill, own_quantities, split_fill
from tests.domain.trades import D, fill

OURS_IN, OURS_OUT = PositionTrade(D("2"), opening=True, for_us=True), PositionTrade(D("2"), opening=False, for_us=True)


def theirs(quantity: str, *, opening: bool) -> PositionTrade:
    return PositionTrade(D(quantity), opening, for_us=False)


def out(quantity: str) -> PositionTrade:
    return PositionTrade(D(quantity), opening=False, for_us=True)


def test_a_position_of_our_own_is_ours() -> None:
    assert own_quantities([OURS_IN, OURS_OUT]) == ([D(2), D(2)], D(0))


def test_what_our_stop_takes_beyond_our_own_is_theirs_and_a_straddling_trade_is_cut() -> None:
    parts, left = own_quantities([OURS_IN, theirs("3", opening=True), out("1"), out("3"), out("1")])

    assert parts == [D(2), D(0), D(1), D(1), D(0)]
    assert left == 0


def test_what_somebody_else_takes_beyond_their_own_is_ours() -> None:
    parts, left = own_quantities([OURS_IN, theirs("1", opening=True), theirs("2", opening=False)])

    assert parts == [D(2), D(0), D(1)]
    assert left == 0


def test_what_nobody_is_known_to_hold_stays_with_the_trade() -> None:
    parts, left = own_quantities([OURS_IN, out("3")])

    assert parts == [D(2), D(3)]
    assert left == 0


quantities = st.decimals("0.001", "100", places=3)
histories = st.lists(st.builds(PositionTrade, quantities, st.booleans(), st.booleans()), max_size=12)


def test_nothing_stays_with_a_trade_that_has_ended_beyond_what_it_held() -> None:
    ours_closed_theirs = PositionTrade(D(3), opening=False, for_us=True)
    held_two = PositionTrade(D(2), opening=True, for_us=True)

    assert own_quantities([ours_closed_theirs], all_known=True) == ([D(0)], D(0))
    assert own_quantities([held_two, ours_closed_theirs], all_known=True) == ([D(2), D(2)], D(0))


@given(histories)
def test_a_trade_that_has_ended_never_closed_more_than_it_opened(trades: list[PositionTrade]) -> None:
    parts, external = own_quantities(trades, all_known=True)

    own = sum((p if t.opening else -p for t, p in zip(trades, parts, strict=True)), D(0))
    assert own >= 0
    assert external >= 0


@given(histories)
def test_no_quantity_appears_or_is_lost(trades: list[PositionTrade]) -> None:
    parts, left = own_quantities(trades)
    signed = [1 if trade.opening else -1 for trade in trades]

    own = sum((sign * part for sign, part in zip(signed, parts, strict=True)), D(0))
    held = sum((sign * trade.quantity for sign, trade in zip(signed, trades, strict=True)), D(0))
    assert own + left == held
    assert left >= 0
    assert all(0 <= part <= trade.quantity for part, trade in zip(parts, trades, strict=True))


@given(histories)
def test_the_trade_loses_nothing_to_others_while_they_hold_enough(trades: list[PositionTrade]) -> None:
    parts, _ = own_quantities(trades)
    external = D(0)
    for trade, part in zip(trades, parts, strict=True):
        if not trade.opening and not trade.for_us and external >= trade.quantity:
            assert part == 0
        external += (trade.quantity - part) * (1 if trade.opening else -1)


money = st.decimals("-1000", "1000", places=8)


@given(money, money, quantities, quantities)
def test_both_parts_add_up_to_the_trade_to_the_last_digit(
    commission: Decimal, realized: Decimal, ours: Decimal, rest: Decimal
) -> None:
    trade = fill(1, "84000", str(ours + rest), realized=str(realized), commission=str(commission))

    parts = split_fill(trade, ours)

    assert merged_fill(parts) == trade
    assert [part.quantity for part in parts] == [ours, rest]
    for part in parts:
        assert abs(part.realized_pnl - realized * part.quantity / trade.quantity) < D("1e-8") * 2
        assert abs(part.commission - commission * part.quantity / trade.quantity) < D("1e-8") * 2


@pytest.mark.parametrize("own", ["0", "2", "3", "-1"])
def test_only_a_real_part_can_be_cut_off(own: str) -> None:
    with pytest.raises(ValueError, match="no part"):
        split_fill(fill(1, "84000", "2"), D(own))


@pytest.mark.parametrize(
    ("changes", "before"),
    [
        ([], 0),
        (["0.006"], 0),  # somebody opened after the place was seen empty
        (["-0.006"], 1),  # somebody closed the last of it: then it was empty
        (["-0.006", "0.002"], 1),
        (["0.006", "-0.006"], 2),  # came and went: nothing to explain
        (["-0.006", "0.002", "-0.002", "0.004", "-0.001"], 3),
    ],
)
def test_trades_from_before_a_position_was_empty_explain_nothing_of_it(changes: list[str], before: int) -> None:
    assert before_empty([D(change) for change in changes]) == before
