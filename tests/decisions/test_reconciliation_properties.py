"""Whatever the trade: the order of what is known does not matter, and nothing is lost or made on the way."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from decisions.reconciliation.effects import GivePart, MovePhase, ReadIncome, RecordEnd
from decisions.reconciliation.phases import closed, late_fills_closed
from decisions.reconciliation.view import AbandonedTrade, ClosingFill, TradeFacts
from domain.terms import Phase, Purpose
from tests.decisions.reconciliation_building import CLOSED_AT, NAME, D, flat_trade

QUANTITIES = st.integers(1, 9).map(lambda number: D(number) / 1000)
PURPOSES = st.sampled_from([Purpose.STOP, Purpose.TARGET, Purpose.CLOSE, None])


@st.composite
def trades(draw: st.DrawFn) -> TradeFacts:
    """Draw a trade that some fills have closed, beside others that filled late, with a read that may agree."""
    fills = tuple(
        ClosingFill(
            number, CLOSED_AT - timedelta(seconds=draw(st.integers(0, 2))), quantity, purpose is not None, purpose, ""
        )
        for number, (quantity, purpose) in enumerate(draw(st.lists(st.tuples(QUANTITIES, PURPOSES), min_size=1)), 1)
    )
    late = tuple(AbandonedTrade(n, NAME, q) for n, q in enumerate(draw(st.lists(QUANTITIES, max_size=2)), 2))
    others = sum((trade.own_quantity for trade in late), D(0))
    closed_by_all = sum((fill.quantity for fill in fills), D(0))
    held = draw(st.one_of(QUANTITIES, st.sampled_from([closed_by_all, max(closed_by_all - others, D("0.001"))])))
    return flat_trade(
        *fills,
        phase=draw(st.sampled_from(Phase)),
        entry_quantity=held,
        own_quantity=held - closed_by_all,
        others_quantity=others,
        abandoned=late,
        exchange_quantity=draw(st.sampled_from([None, D(0), others, D("0.005")])),
    )


@given(trades(), st.randoms())
def test_in_which_order_fills_are_known_changes_nothing(trade: TradeFacts, random: Random) -> None:
    shuffled = list(trade.closing_fills)
    random.shuffle(shuffled)
    again = replace(trade, closing_fills=tuple(shuffled))

    assert late_fills_closed(again) == late_fills_closed(trade)
    assert closed(again) == closed(trade)


@given(trades())
def test_what_is_given_away_was_there_and_is_needed(trade: TradeFacts) -> None:
    parts = [effect for effect in late_fills_closed(trade) if isinstance(effect, GivePart)]
    had = {fill.trade_id: fill for fill in trade.closing_fills}
    own = {late.position_id: late.own_quantity for late in trade.abandoned}

    for trade_id, fill in had.items():
        given_of_it = sum((part.quantity for part in parts if part.trade_id == trade_id), D(0))
        assert given_of_it <= (fill.quantity if fill.of_our_order else 0)
    for late, quantity in own.items():
        assert sum((part.quantity for part in parts if part.late_id == late), D(0)) <= quantity
    assert sum((part.quantity for part in parts), D(0)) <= max(trade.exit_quantity - trade.entry_quantity, D(0))
    assert all(part.quantity > 0 for part in parts)


@given(trades())
def test_a_trade_is_closed_with_evidence_or_not_at_all(trade: TradeFacts) -> None:
    effects = closed(trade)

    if MovePhase(trade.position_id, Phase.CLOSED) in effects:
        assert trade.exit_quantity == trade.entry_quantity
        assert trade.exchange_quantity == trade.others_quantity
        assert ReadIncome() in effects
        assert [type(effect) for effect in effects].count(RecordEnd) == 1
    else:
        assert RecordEnd not in {type(effect) for effect in effects}


@given(trades())
def test_a_trade_that_has_been_closed_is_not_closed_again(trade: TradeFacts) -> None:
    if closed(trade):
        assert closed(replace(trade, phase=Phase.CLOSED)) == ()
        assert late_fills_closed(replace(trade, phase=Phase.CLOSED)) == ()
