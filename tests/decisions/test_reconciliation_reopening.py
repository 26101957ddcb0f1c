"""What becomes of opening a trade again, from literals: given this view, exactly these effects."""

from dataclasses import replace
from datetime import timedelta

import pytest

from decisions.reconciliation.effects import (
    CountRestriction,
    Note,
    ScheduleReopening,
    SetNote,
    SetPlan,
    SetReopening,
)
from decisions.reconciliation.reopening import (
    asked_for,
    chance_given_back,
    given_up,
    held_back,
    plan_paused,
    plan_resumed,
    reopening_after,
    skipped,
    tried_again,
)
from domain.journal.trade_facts import NotReopened, ReopenSkipped, ReopenWaits
from domain.lifecycle import Event
from domain.reopening import EntryRefusal
from domain.terms import CloseReason, PlanState, ReopenRule, ReopenState
from tests.decisions.reconciliation_building import ACTIVE, CLOSED_AT, NAME, NOW, entering, flat_trade, parent

WHY = "the exchange refused it."
NEVER = (SetReopening(1, ReopenState.NONE), ScheduleReopening(1, None, None))
WAITING = SetReopening(7, ReopenState.WAITING)


@pytest.mark.parametrize("reason", [CloseReason.TP, CloseReason.SL])
def test_after_a_target_or_a_stop_a_trade_is_opened_again(reason: CloseReason) -> None:
    due = CLOSED_AT + timedelta(minutes=5)

    assert reopening_after(flat_trade(), reason, CLOSED_AT) == (
        SetReopening(1, ReopenState.WAITING),
        ScheduleReopening(1, due, due + timedelta(minutes=10)),
    )


@pytest.mark.parametrize("reason", sorted(set(CloseReason) - {CloseReason.TP, CloseReason.SL}))
def test_after_anything_else_it_is_not_and_its_plan_has_ended(reason: CloseReason) -> None:
    assert reopening_after(flat_trade(), reason, CLOSED_AT) == (*NEVER, SetPlan(9, PlanState.ENDED, None))


def test_a_close_that_the_person_asked_for_ends_the_plan_whatever_order_filled() -> None:
    ended = reopening_after(flat_trade(close_asked=True), CloseReason.TP, CLOSED_AT)

    assert ended == (*NEVER, SetPlan(9, PlanState.ENDED, None))


def test_a_plan_that_has_been_reopened_as_often_as_it_may_has_ended() -> None:
    plan = replace(ACTIVE, rule=ReopenRule(enabled=True, maximum=2))

    assert reopening_after(flat_trade(plan=plan, reopen_count=2), CloseReason.TP, CLOSED_AT)[:2] == NEVER
    assert reopening_after(flat_trade(plan=plan, reopen_count=1), CloseReason.TP, CLOSED_AT)[:2] != NEVER


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.ENDED])
def test_a_paused_plan_stays_paused(state: PlanState) -> None:
    plan = replace(ACTIVE, state=state, rule=ReopenRule(enabled=False))

    assert reopening_after(flat_trade(plan=plan), CloseReason.TP, CLOSED_AT) == NEVER


@pytest.mark.parametrize("event", [Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT])
def test_0019_a_try_that_failed_for_a_passing_reason_is_made_again_inside_its_window(event: Event) -> None:
    trade = entering(parent=parent())

    assert chance_given_back(trade, event, WHY, EntryRefusal.OTHER, NOW) == (
        WAITING,
        ScheduleReopening(7, NOW + timedelta(seconds=2), NOW + timedelta(minutes=5)),
    )


@pytest.mark.parametrize("lapses_at", [NOW, None])
def test_once_its_window_is_over_the_plan_pauses_and_says_why(lapses_at: None) -> None:
    trade = entering(parent=parent(reopen_lapses_at=lapses_at))

    assert chance_given_back(trade, Event.ENTRY_ABSENT, WHY, EntryRefusal.OTHER, NOW) == (
        SetReopening(7, ReopenState.REJECTED),
        SetPlan(9, PlanState.PAUSED, WHY),
    )


def test_a_rejection_that_lasts_pauses_the_plan() -> None:
    trade = entering(parent=parent())

    assert chance_given_back(trade, Event.ENTRY_REJECTED, WHY, EntryRefusal.OTHER, NOW) == (
        SetReopening(7, ReopenState.REJECTED),
        SetPlan(9, PlanState.PAUSED, WHY),
    )


def test_the_first_trade_of_a_plan_takes_the_plan_with_it() -> None:
    ended = chance_given_back(entering(), Event.ENTRY_EXPIRED, WHY, EntryRefusal.OTHER, NOW)

    assert ended == (SetPlan(9, PlanState.ENDED, WHY),)


def test_0077_a_pair_that_may_only_be_closed_makes_a_reopening_wait_longer_each_time() -> None:
    trade = entering(parent=parent())
    until = NOW + timedelta(seconds=60)

    assert chance_given_back(trade, Event.ENTRY_REJECTED, WHY, EntryRefusal.SYMBOL_RESTRICTED, NOW) == (
        WAITING,
        CountRestriction(7),
        ScheduleReopening(7, until, until + timedelta(minutes=10)),
        SetNote(7, WHY),
        Note(7, ReopenWaits(NAME, WHY)),
    )


def test_0077_what_holds_a_reopening_back_is_said_once() -> None:
    until = NOW + timedelta(seconds=30)
    schedule = ScheduleReopening(7, until, until + timedelta(minutes=10))

    assert held_back(7, NAME, "another reason", WHY, until) == (
        schedule,
        SetNote(7, WHY),
        Note(7, ReopenWaits(NAME, WHY)),
    )
    assert held_back(7, NAME, WHY, WHY, until) == (schedule,)


def test_another_try_does_not_prolong_the_window() -> None:
    assert tried_again(7, NOW, CLOSED_AT) == ScheduleReopening(7, NOW, CLOSED_AT)


def test_a_reopening_that_is_given_up_pauses_its_plan_and_is_told() -> None:
    assert given_up(7, 9, NAME, WHY, ReopenState.LAPSED) == (
        SetReopening(7, ReopenState.LAPSED),
        SetPlan(9, PlanState.PAUSED, WHY),
        Note(7, NotReopened(NAME, WHY)),
    )


def test_the_person_opens_a_trade_again_now() -> None:
    lapses_at = NOW + timedelta(minutes=1)

    assert asked_for(7, 9, NOW, lapses_at) == (
        SetPlan(9, PlanState.ACTIVE, None),
        SetReopening(7, ReopenState.WAITING),
        ScheduleReopening(7, NOW, lapses_at),
    )
    assert asked_for(7, 9, NOW, None)[-1] == ScheduleReopening(7, NOW, NOW)


def test_the_person_skips_a_reopening() -> None:
    assert skipped(7, 9, NAME) == (
        SetReopening(7, ReopenState.SKIPPED),
        SetPlan(9, PlanState.PAUSED, "you skipped opening it again."),
        Note(7, ReopenSkipped(NAME)),
    )


def test_the_person_pauses_a_plan_and_resumes_it() -> None:
    assert plan_paused(9, [7]) == (
        SetPlan(9, PlanState.PAUSED, "you paused it."),
        SetReopening(7, ReopenState.SKIPPED),
    )
    assert plan_resumed(9) == (SetPlan(9, PlanState.ACTIVE, None),)
