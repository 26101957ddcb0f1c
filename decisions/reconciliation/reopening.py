"""What becomes of opening a trade again: after its end, after a try that failed, and as the person wants it."""

from collections.abc import Iterable
from datetime import datetime

from decisions.reconciliation.effects import (
    CountRestriction,
    Effects,
    Note,
    ScheduleReopening,
    SetNote,
    SetPlan,
    SetReopening,
)
from decisions.reconciliation.view import EntryFacts, TradeFacts
from domain.journal.trade_facts import NotReopened, ReopenSkipped, ReopenWaits
from domain.lifecycle import Event
from domain.reopening import RECENTLY_CLOSED_FOR, EntryRefusal, reopen_schedule
from domain.terms import CloseReason, PlanState, ReopenState


def reopening_after(trade: TradeFacts, reason: CloseReason, closed_at: datetime) -> Effects:
    """Return whether a trade that has ended is opened again, and when; a plan that opens nothing more has ended."""
    plan = trade.plan
    state, not_before, lapses_at = reopen_schedule(reason, trade.close_asked, closed_at, plan.rule, trade.reopen_count)
    effects: Effects = (
        SetReopening(trade.position_id, state),
        ScheduleReopening(trade.position_id, not_before, lapses_at),
    )
    if state is ReopenState.NONE and plan.state is PlanState.ACTIVE:
        effects += (SetPlan(plan.plan_id, PlanState.ENDED, None),)
    return effects


def chance_given_back(trade: EntryFacts, event: Event, why: str, refusal: EntryRefusal, now: datetime) -> Effects:
    """Return what gives the chance to open again back to the trade before, or pauses the plan and says why."""
    parent = trade.parent
    if parent is None:
        return (SetPlan(trade.plan_id, PlanState.ENDED, why),)
    waiting = SetReopening(parent.position_id, ReopenState.WAITING)
    if refusal is EntryRefusal.SYMBOL_RESTRICTED:
        held = held_back(parent.position_id, parent.name, parent.note, why, now + parent.restricted_for)
        return waiting, CountRestriction(parent.position_id), *held
    passing = event in (Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT)
    if passing and parent.reopen_lapses_at is not None and now < parent.reopen_lapses_at:
        return waiting, tried_again(parent.position_id, now + trade.retry_after, parent.reopen_lapses_at)
    rejected = SetReopening(parent.position_id, ReopenState.REJECTED)
    return rejected, SetPlan(trade.plan_id, PlanState.PAUSED, why)


def tried_again(position_id: int, not_before: datetime, lapses_at: datetime | None) -> ScheduleReopening:
    """Return another moment for a reopening that met a passing obstacle; its chance ends when it did."""
    return ScheduleReopening(position_id, not_before, lapses_at)


def held_back(position_id: int, name: str, note: str | None, why: str, until: datetime) -> Effects:
    """Let a reopening wait for what is no fault of its own: its time begins then, so that it does not lapse.

    Args:
        position_id: the trade that is to be opened again.
        name: its pair and side.
        note: what is shown beside its phase so far.
        why: a sentence for the person.
        until: when it is looked at again.

    Source: docs/decisions/0077-a-limit-makes-a-trade-wait.md
    """
    schedule = ScheduleReopening(position_id, until, until + RECENTLY_CLOSED_FOR)
    if note == why:
        return (schedule,)
    return schedule, SetNote(position_id, why), Note(position_id, ReopenWaits(name, why))


def round_taken(trade: EntryFacts) -> Effects:
    """Let a trade that opened late have its round: nothing else may be opened in it any more.

    The reopening that was to be tried again is done; a plan that was ended because its first entry seemed lost goes on.

    Source: docs/decisions/0019-a-round-is-opened-once.md
    """
    if trade.parent is None:
        return (SetPlan(trade.plan_id, PlanState.ACTIVE, None),) if trade.plan_state is PlanState.ENDED else ()
    if trade.parent.reopen_state is ReopenState.WAITING:
        return (opened_again(trade.parent.position_id),)
    return ()


def opened_again(position_id: int) -> SetReopening:
    """Return that the next trade exists."""
    return SetReopening(position_id, ReopenState.DONE)


def given_up(position_id: int, plan_id: int, name: str, why: str, state: ReopenState) -> Effects:
    """Return that a reopening is not tried any more, and that its plan pauses; state: LAPSED or REJECTED."""
    return (
        SetReopening(position_id, state),
        SetPlan(plan_id, PlanState.PAUSED, why),
        Note(position_id, NotReopened(name, why)),
    )


def asked_for(position_id: int, plan_id: int, now: datetime, lapses_at: datetime | None) -> Effects:
    """Return that the person wants a trade opened again now."""
    return (
        SetPlan(plan_id, PlanState.ACTIVE, None),
        SetReopening(position_id, ReopenState.WAITING),
        ScheduleReopening(position_id, now, lapses_at or now),
    )


def skipped(position_id: int, plan_id: int, name: str) -> Effects:
    """Return that the person does not want a trade opened again now."""
    return (
        SetReopening(position_id, ReopenState.SKIPPED),
        SetPlan(plan_id, PlanState.PAUSED, "you skipped opening it again."),
        Note(position_id, ReopenSkipped(name)),
    )


def plan_paused(plan_id: int, waiting: Iterable[int]) -> Effects:
    """Return that the person pauses a plan; waiting: its trades that wait to be opened again."""
    pause = SetPlan(plan_id, PlanState.PAUSED, "you paused it.")
    return pause, *(SetReopening(position_id, ReopenState.SKIPPED) for position_id in waiting)


def plan_resumed(plan_id: int) -> Effects:
    """Return that the person lets a plan open trades again."""
    return (SetPlan(plan_id, PlanState.ACTIVE, None),)
