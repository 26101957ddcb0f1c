"""What people ask for about one trade, and what they are told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.exit_plan import NO_EXITS, ExitPlan, PartialTarget
from domain.exit_plan_json import stored_exits
from domain.terms import CloseReason, InstructionKind, Phase, PlanState, ReopenState
from engine.execution.trade_instructions import TradeInstructions
from engine.requests.account import ReadAccount
from engine.requests.reports import TaskFailed
from engine.state.backoff import MISSING_AFTER
from exchange.errors import FailureKind
from storage.bot_tables import InstructionRow
from storage.mapping import exits_of
from tests.engine.building import BATCH, STOP_PRICE, D, OpenTrade, held
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def reply(trade: OpenTrade, kind: InstructionKind, **terms: Any) -> str:
    """Carry an instruction out and return what the person is told."""
    row = InstructionRow(
        id="i", account_id=trade.position.account_id, kind=kind, position_id=trade.position.id, terms=terms
    )
    row.lapses_at = NOW + timedelta(minutes=1)
    return TradeInstructions(trade.lifecycle).carry_out(row)


def test_a_close_is_noted_for_the_strategy(trade: OpenTrade) -> None:
    assert reply(trade, InstructionKind.CLOSE) == "BTCUSDT LONG is being closed."
    assert trade.position.close_asked_by_person


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FailureKind.KEYS, ("to be closed", "refuses the API keys", "Settings", "at the exchange")),
        (FailureKind.REFUSED, ("to be closed", "The wallet is locked.", "at the exchange")),
        (FailureKind.SILENT, ("to be closed", "does not answer")),
        (FailureKind.UNREAD, ("BTCUSDT LONG is being closed.",)),
    ],
)
def test_a_close_that_the_exchange_will_not_take_now_is_told_so_and_noted(
    trade: OpenTrade, kind: FailureKind, words: tuple[str, ...]
) -> None:
    trade.state.exchange.check_failure = TaskFailed(ReadAccount(), "The wallet is locked.", None, kind)

    said = reply(trade, InstructionKind.CLOSE)

    assert [part for part in words if part not in said] == []
    assert trade.position.close_asked_by_person


def test_a_part_is_cut_to_the_pairs_step(trade: OpenTrade) -> None:
    words = reply(trade, InstructionKind.CLOSE, share="0.55")

    assert trade.position.close_quantity == D("0.016")  # of 0.0165
    assert words == "0.016 of BTCUSDT LONG is being closed, the rest stays protected."


def test_a_part_that_is_nothing_or_everything_is_refused(trade: OpenTrade) -> None:
    assert "close all of it instead" in reply(trade, InstructionKind.CLOSE, share="0.01")
    assert trade.position.close_quantity is None


def test_stop_and_target_are_moved_to_where_the_person_wants_them(trade: OpenTrade) -> None:
    reply(trade, InstructionKind.EDIT_PROTECTION, stop_price="99500", target_price="101000")

    assert (trade.position.stop_price, trade.position.target_price) == (D(99_500), D(101_000))


EVEN = ExitPlan(break_even_after_usdt=D(10))
HALVES = ExitPlan(targets=(PartialTarget(D(10), D(50)), PartialTarget(D(20), D(50))))


def exits_asked(wanted: ExitPlan, seen: ExitPlan = NO_EXITS) -> dict[str, Any]:
    return {"exits": stored_exits(wanted), "seen_exits": stored_exits(seen)}


def test_other_exits_move_an_open_trade_from_now_on(trade: OpenTrade) -> None:
    trade.rows.progress_of(trade.position).best_mark = D(100_900)

    words = reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(EVEN))

    assert words.startswith("Saved.")
    assert exits_of(trade.position) == EVEN
    assert trade.rows.progress_of(trade.position).best_mark is None
    assert trade.position.stop_price == STOP_PRICE


def test_exits_and_stop_are_changed_together_or_not_at_all(trade: OpenTrade) -> None:
    late = ExitPlan(break_even_after_usdt=D(30))  # the target brings less

    refused = reply(trade, InstructionKind.EDIT_PROTECTION, stop_price="99800", **exits_asked(late))
    assert "would never begin" in refused
    assert "Nothing was changed." in refused
    assert (exits_of(trade.position), trade.position.stop_price) == (NO_EXITS, STOP_PRICE)

    reply(trade, InstructionKind.EDIT_PROTECTION, stop_price="99800", **exits_asked(EVEN))
    assert (exits_of(trade.position), trade.position.stop_price) == (EVEN, D(99_800))


def test_exits_that_were_changed_in_another_tab_are_looked_at_once_more(trade: OpenTrade) -> None:
    reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(EVEN))

    words = reply(trade, InstructionKind.EDIT_PROTECTION, stop_price="99800", **exits_asked(HALVES))

    assert words == "The exits that move were changed meanwhile. Look at them once more. Nothing was changed."
    assert (exits_of(trade.position), trade.position.stop_price) == (EVEN, STOP_PRICE)


def test_one_target_cannot_be_moved_where_there_are_several(trade: OpenTrade) -> None:
    reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(HALVES))

    words = reply(trade, InstructionKind.EDIT_PROTECTION, stop_price="99800", target_price="101000")

    assert "has several targets: change them there. Nothing was changed." in words
    assert trade.position.stop_price == STOP_PRICE


def test_one_target_takes_the_place_of_several_that_are_given_up(trade: OpenTrade) -> None:
    reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(HALVES))
    reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(NO_EXITS, HALVES))
    assert trade.position.target_price is not None

    reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(HALVES))
    reply(trade, InstructionKind.EDIT_PROTECTION, target_price="101000", **exits_asked(NO_EXITS, HALVES))
    assert trade.position.target_price == D(101_000)


def test_a_plan_that_has_ended_lets_the_open_trades_exits_be_changed(trade: OpenTrade) -> None:
    ended = ExitPlan(expires_at=NOW - timedelta(days=1))
    trade.position.exits = stored_exits(ended)

    reply(trade, InstructionKind.EDIT_PROTECTION, **exits_asked(EVEN, ended))

    assert exits_of(trade.position) == ExitPlan(break_even_after_usdt=D(10), expires_at=ended.expires_at)


def test_what_the_exchange_still_shows_cannot_be_written_off(trade: OpenTrade) -> None:
    trade.state.exchange.take_in(BATCH + 1)
    trade.state.exchange.read_positions([held("0.03")], None)

    assert "cannot be written off" in reply(trade, InstructionKind.WRITE_OFF)
    assert trade.position.phase is Phase.OPEN


def test_what_the_exchange_has_lost_is_written_off_with_an_unknown_result(trade: OpenTrade) -> None:
    trade.state.exchange.take_in(BATCH + 1)
    trade.state.exchange.read_positions([], None)

    words = reply(trade, InstructionKind.WRITE_OFF)

    assert words == "BTCUSDT LONG was written off: the exchange no longer knows it, its result is unknown."
    assert (trade.position.phase, trade.position.close_reason) == (Phase.CLOSED, CloseReason.LOST)
    assert trade.position.net_usdt is None


@pytest.mark.parametrize("phase", [Phase.ENTERING, Phase.CLOSING])
def test_a_trade_with_an_order_under_way_is_written_off_once_it_has_been_gone_for_a_while(
    trade: OpenTrade, phase: Phase
) -> None:
    trade.position.phase = phase
    trade.state.exchange.take_in(BATCH + 1)
    trade.state.exchange.read_positions([], None)
    missing_since = trade.state.retries.missing_at_exchange_since

    missing_since[trade.position.id] = NOW - MISSING_AFTER + timedelta(seconds=1)
    assert "cannot be written off" in reply(trade, InstructionKind.WRITE_OFF)
    missing_since[trade.position.id] = NOW - MISSING_AFTER

    assert "was written off" in reply(trade, InstructionKind.WRITE_OFF)
    assert (trade.position.phase, trade.position.close_reason) == (Phase.CLOSED, CloseReason.LOST)


def test_a_closed_trade_is_opened_again_at_once_when_asked(trade: OpenTrade) -> None:
    trade.position.phase = Phase.CLOSED
    plan = trade.rows.plan_of(trade.position)
    plan.state = PlanState.PAUSED

    assert reply(trade, InstructionKind.REOPEN_NOW) == "BTCUSDT LONG is being opened again."
    assert (trade.position.reopen_state, trade.position.reopen_not_before) == (ReopenState.WAITING, NOW)
    assert plan.state is PlanState.ACTIVE


def test_a_reopening_that_is_skipped_pauses_the_plan(trade: OpenTrade) -> None:
    trade.position.phase, trade.position.reopen_state = Phase.CLOSED, ReopenState.WAITING

    reply(trade, InstructionKind.SKIP_REOPEN)

    assert trade.position.reopen_state is ReopenState.SKIPPED
    assert trade.rows.plan_of(trade.position).state is PlanState.PAUSED


def test_a_trade_that_had_nothing_to_do_is_taken_into_the_cycle(trade: OpenTrade) -> None:
    trade.position.phase = Phase.CLOSED
    trade.rows.positions.clear()

    assert reply(trade, InstructionKind.CLOSE) == "BTCUSDT LONG is closed already."
    assert set(trade.rows.positions) == {trade.position.id}
