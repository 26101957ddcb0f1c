"""What people ask for about one trade, and what they are told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import CloseReason, InstructionKind, Phase, PlanState, ReopenState
from engine.execution.trade_instructions import TradeInstructions
from storage.bot_tables import InstructionRow
from tests.engine.building import BATCH, D, OpenTrade, held
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
