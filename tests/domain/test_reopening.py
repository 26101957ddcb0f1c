"""Opening the same trade again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rejections import Rejection
from domain.reopening import (
    PASSING,
    EntryRefusal,
    ReopenDecision,
    entry_refusal,
    reopen_due,
    reopen_schedule,
)
from domain.terms import CloseReason, ReopenRule, ReopenState
from tests.domain.trades import NOON

MINUTE = timedelta(minutes=1)
RULE = ReopenRule(enabled=True)
NEVER = (ReopenState.NONE, None, None)


@pytest.mark.parametrize("reason", [CloseReason.TP, CloseReason.SL])
def test_after_target_or_stop_it_is_due_after_the_delay_for_ten_minutes(reason: CloseReason) -> None:
    schedule = reopen_schedule(reason, asked_by_person=False, closed_at=NOON, rule=RULE, reopen_count=0)

    assert schedule == (ReopenState.WAITING, NOON + 5 * MINUTE, NOON + 15 * MINUTE)


rules_of_any_kind = st.builds(
    ReopenRule,
    enabled=st.booleans(),
    delay=st.timedeltas(timedelta(0), timedelta(days=2)),
    maximum=st.none() | st.integers(1, 5),
    after_target=st.booleans(),
    after_stop=st.booleans(),
)


@given(st.sampled_from(CloseReason), st.booleans(), rules_of_any_kind, st.integers(0, 6))
def test_it_waits_exactly_when_rule_reason_and_count_allow(
    reason: CloseReason, asked: bool, rule: ReopenRule, count: int
) -> None:
    state, not_before, lapses_at = reopen_schedule(reason, asked, NOON, rule, count)

    switched_on = {CloseReason.TP: rule.after_target, CloseReason.SL: rule.after_stop}.get(reason, False)
    left = rule.maximum is None or count < rule.maximum
    assert (state is ReopenState.WAITING) == (rule.enabled and switched_on and left and not asked)
    assert state in (ReopenState.WAITING, ReopenState.NONE)
    assert (not_before is None) == (lapses_at is None) == (state is ReopenState.NONE)


@given(st.sampled_from([reason for reason in CloseReason if reason not in (CloseReason.TP, CloseReason.SL)]))
def test_never_after_anything_else(reason: CloseReason) -> None:
    assert reopen_schedule(reason, False, NOON, RULE, 0) == NEVER


@pytest.mark.parametrize("reason", list(CloseReason))
def test_never_when_the_person_asked_whatever_filled(reason: CloseReason) -> None:
    assert reopen_schedule(reason, True, NOON, RULE, 0) == NEVER


def test_each_reason_has_its_switch() -> None:
    only_wins = ReopenRule(enabled=True, after_stop=False)
    only_losses = ReopenRule(enabled=True, after_target=False)

    assert reopen_schedule(CloseReason.SL, False, NOON, only_wins, 0) == NEVER
    assert reopen_schedule(CloseReason.TP, False, NOON, only_losses, 0) == NEVER
    assert reopen_schedule(CloseReason.TP, False, NOON, only_wins, 0)[0] is ReopenState.WAITING


def test_the_maximum_counts_reopenings() -> None:
    twice = ReopenRule(enabled=True, maximum=2)

    assert reopen_schedule(CloseReason.SL, False, NOON, twice, 1)[0] is ReopenState.WAITING
    assert reopen_schedule(CloseReason.SL, False, NOON, twice, 2) == NEVER


def test_due_from_the_first_moment_and_lapsed_from_the_last() -> None:
    def decide(after: timedelta) -> ReopenDecision:
        return reopen_due(ReopenState.WAITING, NOON, NOON + 10 * MINUTE, NOON + after)

    assert decide(timedelta(microseconds=-1)) is ReopenDecision.WAIT
    assert decide(timedelta(0)) is ReopenDecision.DUE
    assert decide(10 * MINUTE - timedelta(microseconds=1)) is ReopenDecision.DUE
    assert decide(10 * MINUTE) is ReopenDecision.LAPSED


@pytest.mark.parametrize("state", [state for state in ReopenState if state is not ReopenState.WAITING])
def test_a_trade_that_does_not_wait_is_never_due(state: ReopenState) -> None:
    assert reopen_due(state, NOON, NOON + 10 * MINUTE, NOON + MINUTE) is ReopenDecision.NEVER


def test_a_waiting_trade_without_moments_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs the moment"):
        reopen_due(ReopenState.WAITING, None, None, NOON)


@pytest.mark.parametrize(
    ("rejection", "refusal"),
    [
        (Rejection.NOT_EXECUTED, EntryRefusal.NOT_EXECUTED),
        (Rejection.MARGIN_SHORT, EntryRefusal.MARGIN_SHORT),
        (Rejection.THIN_BOOK, EntryRefusal.THIN_BOOK),
        (Rejection.NO_ROOM_FOR_STOPS, EntryRefusal.NO_ROOM_FOR_STOPS),
        (Rejection.SYMBOL_RESTRICTED, EntryRefusal.SYMBOL_RESTRICTED),
        (Rejection.KEYS_REFUSED, EntryRefusal.KEYS_REFUSED),
        (Rejection.TERMS_REFUSED, EntryRefusal.TERMS_REFUSED),
        (Rejection.MODE_WRONG, EntryRefusal.MODE_WRONG),
        (Rejection.WOULD_TRIGGER_NOW, EntryRefusal.OTHER),
        (None, EntryRefusal.OTHER),
    ],
)
def test_what_a_rejection_means_for_an_entry(rejection: Rejection | None, refusal: EntryRefusal) -> None:
    assert entry_refusal(rejection) is refusal


def test_passing_reasons_pass_by_themselves_and_the_others_last() -> None:
    assert EntryRefusal.EARLIER_ORDERS_OPEN.is_passing
    assert EntryRefusal.MARGIN_SHORT.is_passing
    assert {refusal for refusal in EntryRefusal if not refusal.is_passing} == {
        EntryRefusal.LEVERAGE_TAKEN,
        EntryRefusal.TERMS_REFUSED,
        EntryRefusal.MODE_WRONG,
        EntryRefusal.KEYS_REFUSED,
        EntryRefusal.OTHER,
    }
    assert EntryRefusal.OTHER not in PASSING
