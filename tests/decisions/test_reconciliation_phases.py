"""Moves between phases, each from literals: given this view, exactly these effects.

Tests that serve a decision record begin with its number.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from decisions.reconciliation.effects import (
    AttributeAnew,
    ForgetProtection,
    GivePart,
    MarkUnprotected,
    MovePhase,
    Note,
    ReadIncome,
    Recalculate,
    ReconcileAgain,
    RecordEnd,
    ScheduleReopening,
    SetBracket,
    SetNote,
    SetPlan,
    SetReopening,
)
from decisions.reconciliation.phases import (
    close_sent,
    closed,
    closing_unreadable,
    entry_ended,
    entry_progressed,
    gone_missing,
    late_fills_closed,
    may_end,
    move,
    written_off,
)
from decisions.reconciliation.view import ClosingFill, TradeFacts
from domain.closing import NotAClosingOrder
from domain.journal.external_facts import ClosingUnreadable, Missing, WrittenOff
from domain.journal.texts import MISSING_NOTE, sentence
from domain.journal.trade_facts import Closed, LateFill, LateFillClosed, LateFillFate, NotOpened, Opened
from domain.lifecycle import MOVES, Event, ImpossibleMove
from domain.reopening import EntryRefusal
from domain.terms import CloseReason, Phase, PlanState, Purpose, ReopenState
from tests.decisions.reconciliation_building import (
    CLOSED_AT,
    LATE,
    NAME,
    NOW,
    D,
    closing,
    entering,
    filled_entry,
    flat_trade,
    open_trade,
    parent,
)

WHY = "nobody took the other side."


# The end of a trade.


def test_0008_a_trade_whose_fills_add_up_to_zero_is_closed_once_a_position_read_agrees() -> None:
    assert closed(flat_trade()) == (
        RecordEnd(1, CloseReason.SL, CLOSED_AT),
        ForgetProtection(1, stop=True),
        MovePhase(1, Phase.CLOSED),
        ReadIncome(),
        SetReopening(1, ReopenState.WAITING),
        ScheduleReopening(1, CLOSED_AT + timedelta(minutes=5), CLOSED_AT + timedelta(minutes=15)),
        Note(1, Closed(NAME, CloseReason.SL, D("-12.5"), D(0))),
    )


@pytest.mark.parametrize(
    "facts",
    [
        flat_trade(exchange_quantity=None),
        flat_trade(exchange_quantity=D("0.03")),
        flat_trade(entry_final=False),
        flat_trade(entry_quantity=D(0)),
        flat_trade(entry_quantity=D(0), own_quantity=D(0), exit_quantity=D(0), closing_fills=()),
        flat_trade(closing(quantity="0.04")),
        flat_trade(others_quantity=D("0.01")),
        flat_trade(phase=Phase.ENTERING),
        flat_trade(phase=Phase.CLOSED),
        flat_trade(phase=Phase.FAILED),
        open_trade(),
        open_trade(exchange_quantity=D(0)),
    ],
    ids=[
        "no read is young enough",
        "the exchange still holds it",
        "the entry may still fill",
        "nothing is known to have opened it",
        "nothing is known of it at all",
        "more out than in",
        "somebody else's part is gone as well",
        "it is entering",
        "it has ended",
        "it never began",
        "it is held",
        "it reads empty, but no fill says why",
    ],
)
def test_0008_without_evidence_nothing_is_closed(facts: TradeFacts) -> None:
    assert closed(facts) == ()


@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (closing(Purpose.TARGET), CloseReason.TP),
        (closing(Purpose.STOP), CloseReason.SL),
        (closing(Purpose.INTERIM), CloseReason.SL),
        (closing(Purpose.CLOSE, intent=CloseReason.UNPROTECTED), CloseReason.UNPROTECTED),
        (closing(Purpose.CLOSE, intent=CloseReason.TIME), CloseReason.TIME),
        (closing(Purpose.CLOSE), CloseReason.MANUAL),
        (closing(None, client_order_id="web_1"), CloseReason.EXTERNAL),
        (closing(None, client_order_id="autoclose-1"), CloseReason.LIQUIDATION),
        (closing(None, client_order_id="adl_autoclose"), CloseReason.ADL),
        (closing(None, client_order_id="settlement_autoclose-1"), CloseReason.SETTLEMENT),
    ],
)
def test_the_reason_is_the_order_whose_fill_made_it_flat(fill: ClosingFill, reason: CloseReason) -> None:
    assert closed(flat_trade(fill))[0] == RecordEnd(1, reason, CLOSED_AT)


def test_of_two_fills_the_later_one_made_it_flat() -> None:
    first = closing(Purpose.TARGET, "0.01", trade_id=5)
    last = closing(Purpose.STOP, "0.02", trade_id=6)

    assert closed(flat_trade(last, first))[0] == RecordEnd(1, CloseReason.SL, CLOSED_AT)


def test_an_entry_cannot_have_closed_a_trade() -> None:
    with pytest.raises(NotAClosingOrder):
        closed(flat_trade(closing(Purpose.ENTRY)))


def test_0018_what_our_orders_closed_of_somebody_elses_is_said() -> None:
    told = Closed(NAME, CloseReason.SL, D("-12.5"), D("0.02"))

    assert closed(flat_trade(external_closed=D("0.02")))[-1] == Note(1, told)


def test_a_close_that_ended_with_quantity_left_goes_back_and_is_looked_at_again_at_once() -> None:
    closing_trade = open_trade(phase=Phase.CLOSING)

    assert closed(closing_trade) == (MovePhase(1, Phase.OPEN), ReconcileAgain(1))
    assert closed(open_trade(phase=Phase.CLOSING, closes_over=False)) == ()


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("held", ["0", "0.03"])
def test_where_nothing_may_end_nothing_follows(phase: Phase, held: str) -> None:
    facts = flat_trade(phase=phase, own_quantity=D(held))

    assert may_end(phase, D(held)) is (closed(facts) != ())


# What was closed of abandoned trades.


def test_0018_what_a_close_took_beyond_its_own_goes_to_the_trade_that_filled_late() -> None:
    facts = flat_trade(closing(quantity="0.04"), abandoned=(LATE,), others_quantity=D("0.01"))

    assert late_fills_closed(facts) == (
        GivePart(1, 6, D("0.01"), 2),
        Recalculate(1),
        Recalculate(2),
        Note(2, LateFillClosed(NAME)),
    )


def test_0018_the_newest_fills_of_our_own_orders_are_given_first() -> None:
    fills = (
        closing(Purpose.CLOSE, "0.03", trade_id=5),
        closing(Purpose.CLOSE, "0.004", trade_id=6),
        closing(None, "0.006", trade_id=7),
    )
    facts = flat_trade(*fills, abandoned=(LATE,), others_quantity=D("0.01"))

    assert late_fills_closed(facts)[:2] == (GivePart(1, 6, D("0.004"), 2), GivePart(1, 5, D("0.006"), 2))


def test_0018_where_one_late_fill_alone_does_not_explain_the_read_nothing_is_given_yet() -> None:
    second = replace(LATE, position_id=3, own_quantity=D("0.02"))

    both = flat_trade(closing(quantity="0.06"), abandoned=(LATE, second), others_quantity=D("0.03"))

    assert late_fills_closed(both) == ()


def test_0018_what_was_given_to_one_is_not_given_to_another() -> None:
    second = replace(LATE, position_id=3)
    facts = flat_trade(
        closing(quantity="0.04"), abandoned=(LATE, second), others_quantity=D("0.02"), exchange_quantity=D("0.01")
    )

    given = [effect for effect in late_fills_closed(facts) if isinstance(effect, GivePart)]

    assert given == [GivePart(1, 6, D("0.01"), 2)]


@pytest.mark.parametrize(
    "facts",
    [
        flat_trade(abandoned=(LATE,), others_quantity=D("0.01")),
        flat_trade(closing(quantity="0.04"), abandoned=(LATE,), others_quantity=D("0.01"), exchange_quantity=None),
        flat_trade(closing(quantity="0.04"), abandoned=(LATE,), others_quantity=D("0.01"), exchange_quantity=D("0.01")),
        flat_trade(closing(quantity="0.04"), abandoned=(LATE,), others_quantity=D("0.01"), entry_final=False),
        flat_trade(closing(quantity="0.04"), abandoned=(LATE,), others_quantity=D("0.01"), phase=Phase.CLOSED),
    ],
    ids=["nothing beyond its own", "not read", "the late part is still there", "may still fill", "has ended"],
)
def test_0018_nothing_is_given_to_an_abandoned_trade_that_the_read_does_not_explain(facts: TradeFacts) -> None:
    assert late_fills_closed(facts) == ()


# The beginning of a trade.


def test_the_first_fill_opens_a_trade() -> None:
    assert entry_progressed(filled_entry(), filled=True) == (
        MovePhase(1, Phase.OPEN),
        SetNote(1, None),
        Note(1, Opened(NAME, D("0.03"), D(100_000), D("0.1"))),
        MarkUnprotected(1),
        SetBracket(1),
    )


def test_before_a_fill_is_known_nothing_opens() -> None:
    assert entry_progressed(entering(), filled=False) == ()


def test_hearing_of_the_same_fills_again_moves_no_bracket() -> None:
    assert entry_progressed(filled_entry(phase=Phase.OPEN), filled=False) == (MarkUnprotected(1),)
    assert entry_progressed(filled_entry(phase=Phase.OPEN), filled=True) == (MarkUnprotected(1), SetBracket(1))


def test_0019_a_late_fill_takes_its_round() -> None:
    late = filled_entry(phase=Phase.FAILED, parent=parent(reopen_state=ReopenState.WAITING))

    assert entry_progressed(late, filled=True) == (
        MovePhase(1, Phase.OPEN),
        SetReopening(7, ReopenState.DONE),
        Note(1, LateFill(NAME, LateFillFate.LIVES)),
        MarkUnprotected(1),
        SetBracket(1),
    )


def test_0019_a_plan_that_ended_because_its_first_entry_seemed_lost_goes_on() -> None:
    late = filled_entry(phase=Phase.FAILED, plan_state=PlanState.ENDED)

    assert SetPlan(9, PlanState.ACTIVE, None) in entry_progressed(late, filled=True)


def test_0019_a_paused_plan_stays_paused_and_a_reopening_that_is_over_stays_so() -> None:
    first = filled_entry(phase=Phase.FAILED, plan_state=PlanState.PAUSED)
    next_one = filled_entry(phase=Phase.FAILED, parent=parent(reopen_state=ReopenState.SKIPPED))

    for late in (first, next_one):
        effects = entry_progressed(late, filled=True)
        assert not [effect for effect in effects if isinstance(effect, SetPlan | SetReopening)]


@pytest.mark.parametrize(
    ("around", "fate"),
    [
        ({"key_taken": True}, LateFillFate.ANOTHER_IS_OPEN),
        ({"round_claimed": True}, LateFillFate.ANOTHER_WAS_OPENED),
        ({"key_taken": True, "round_claimed": True}, LateFillFate.ANOTHER_IS_OPEN),
    ],
)
def test_0017_a_late_fill_that_cannot_live_stays_failed(around: dict[str, bool], fate: LateFillFate) -> None:
    late = filled_entry(phase=Phase.FAILED, **around)

    assert entry_progressed(late, filled=True) == (ForgetProtection(1, stop=False), Note(1, LateFill(NAME, fate)))


# An entry that ended without a fill.


@pytest.mark.parametrize("event", [Event.ENTRY_REJECTED, Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT])
def test_an_entry_that_ended_without_a_fill_ends_the_trade_and_its_plan(event: Event) -> None:
    assert entry_ended(entering(), event, WHY, EntryRefusal.OTHER, NOW) == (
        MovePhase(1, Phase.FAILED),
        SetNote(1, WHY),
        ForgetProtection(1, stop=False),
        Note(1, NotOpened(NAME, WHY)),
        SetPlan(9, PlanState.ENDED, WHY),
    )


def test_0018_what_orders_of_a_trade_that_never_opened_have_closed_is_given_to_whom_it_belongs() -> None:
    effects = entry_ended(entering(has_fills=True), Event.ENTRY_ABSENT, WHY, EntryRefusal.OTHER, NOW)

    # After the move: only of a trade that has ended it is known that nothing was its own.
    assert effects.index(MovePhase(1, Phase.FAILED)) < effects.index(AttributeAnew(1))


def test_learning_again_how_an_entry_ended_changes_nothing_further() -> None:
    again = entry_ended(entering(phase=Phase.FAILED), Event.ENTRY_EXPIRED, WHY, EntryRefusal.OTHER, NOW)

    assert again == (MovePhase(1, Phase.FAILED),)


# Closes, and trades that nobody knows any more.


def test_a_close_of_an_open_trade_makes_it_closing() -> None:
    assert close_sent(1, Phase.OPEN) == (MovePhase(1, Phase.CLOSING),)


@pytest.mark.parametrize("phase", [Phase.ENTERING, Phase.CLOSING, Phase.FAILED])
def test_0017_a_close_of_anything_else_moves_nothing(phase: Phase) -> None:
    assert close_sent(1, phase) == ()


def test_a_trade_that_is_written_off_has_no_result_and_its_income_is_read() -> None:
    assert written_off(1, NAME, Phase.OPEN, NOW) == (
        MovePhase(1, Phase.CLOSED),
        ReadIncome(),
        RecordEnd(1, CloseReason.LOST, NOW, result_known=False),
        Note(1, WrittenOff(NAME)),
    )


def test_0087_a_trade_whose_closing_can_no_longer_be_read_ends_and_says_what_is_known() -> None:
    facts = ClosingUnreadable(NAME, D("0.03"), D(100_000))

    assert closing_unreadable(1, Phase.OPEN, facts, NOW) == (
        MovePhase(1, Phase.CLOSED),
        ReadIncome(),
        RecordEnd(1, CloseReason.LOST, NOW, result_known=False),
        ForgetProtection(1, stop=True),
        SetNote(1, sentence(facts)),
        Note(1, facts),
    )


def test_a_trade_that_the_exchange_does_not_show_any_more_is_said_to_be_missing() -> None:
    assert gone_missing(1, NAME) == (
        SetNote(1, MISSING_NOTE),
        ForgetProtection(1, stop=False),
        Note(1, Missing(NAME)),
    )


# The table of moves.


def test_0094_every_way_to_close_a_trade_reads_its_income_and_no_other_move_does() -> None:
    for (phase, event), moved in MOVES.items():
        reads = (ReadIncome(),) if moved is Phase.CLOSED else ()
        assert move(1, phase, event) == (MovePhase(1, moved), *reads)


def test_a_move_that_the_table_does_not_know_is_refused() -> None:
    with pytest.raises(ImpossibleMove):
        move(1, Phase.CLOSED, Event.FLAT)
    with pytest.raises(ImpossibleMove):
        written_off(1, NAME, Phase.FAILED, NOW)
