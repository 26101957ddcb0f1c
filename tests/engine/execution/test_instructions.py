"""What people asked for: each is consumed in the transaction that writes its effect."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import InstructionKind
from domain.terms_json import terms_to_json
from engine.execution.entries import Entries
from engine.execution.entry_checks import AccountSetting
from engine.execution.instructions import Instructions
from engine.execution.order_writer import OrderWriter
from engine.requests.adoption import Adoption, AdoptionFailed, ReadAdoption
from engine.requests.entry import PrepareEntry
from engine.requests.reports import EntryNotPrepared
from engine.state.backoff import ENTRY_RETRY
from storage.account_settings import load_ignored, load_opening_paused
from storage.bot_tables import InstructionRow
from tests.domain.trades import trade as terms
from tests.engine.building import BATCH, D, OpenTrade, held
from tests.services.building import NOW

ETH_SHORT = {"symbol": "ETHUSDT", "side": "SHORT"}


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def instructions(trade: OpenTrade) -> Instructions:
    account = AccountSetting(hedge=True, opening_paused=False, usage=None)
    return Instructions(Entries(OrderWriter(trade.lifecycle, "abcdef"), account))


def ask(trade: OpenTrade, kind: InstructionKind, terms: dict[str, Any] | None = None, **values: Any) -> InstructionRow:
    row = InstructionRow(
        id=uuid4().hex,
        account_id=trade.position.account_id,
        kind=kind,
        terms=terms or {},
        created_at=NOW,
        **values,
    )
    trade.session.add(row)
    trade.session.flush()
    return row


def test_a_trade_to_open_is_prepared_first_and_stays_until_then(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.OPEN, terms_to_json(terms()))

    (task,) = instructions(trade).take(set())

    assert isinstance(task, PrepareEntry)
    assert (task.key, row.consumed_at) == (row.id, None)
    assert instructions(trade).take({row.id}) == []


def test_what_could_not_be_acted_on_in_time_is_told(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.OPEN, terms_to_json(terms()), lapses_at=NOW - timedelta(seconds=1))

    assert instructions(trade).take(set()) == []
    assert row.outcome == "Nothing was sent: the bot could not act on it within a minute."


def test_a_passing_reason_is_told_and_tried_again(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.OPEN, terms_to_json(terms()))

    instructions(trade).not_prepared(EntryNotPrepared(row.id, "the exchange asked for a pause.", lasting=False))

    assert (row.consumed_at, row.outcome) == (None, "Not yet: the exchange asked for a pause.")
    assert trade.state.retries.open_again_at == {row.id: NOW + ENTRY_RETRY}


def test_a_lasting_reason_ends_it(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.OPEN, terms_to_json(terms()))

    instructions(trade).not_prepared(EntryNotPrepared(row.id, "no such pair.", lasting=True))

    assert (row.consumed_at, row.outcome) == (NOW, "Nothing was sent: no such pair.")


def test_opening_is_paused_and_goes_on(trade: OpenTrade) -> None:
    ask(trade, InstructionKind.PAUSE_ALL)
    instructions(trade).take(set())
    paused = load_opening_paused(trade.session, trade.position.account_id)
    ask(trade, InstructionKind.RESUME_ALL)
    instructions(trade).take(set())

    assert paused
    assert not load_opening_paused(trade.session, trade.position.account_id)


def test_a_position_of_others_is_ignored_at_its_size(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.IGNORE_EXTERNAL, {"symbol": "BTCUSDT", "side": "LONG"})
    trade.rows.positions_at.clear()
    trade.state.exchange.take_in(BATCH + 1)
    trade.state.exchange.read_positions([held("0.5")], None)

    instructions(trade).take(set())

    assert list(load_ignored(trade.session, trade.position.account_id).values()) == [D("0.5")]
    assert row.outcome == "BTCUSDT LONG is left alone until its size changes."

    undone = ask(trade, InstructionKind.IGNORE_EXTERNAL, {"symbol": "BTCUSDT", "side": "LONG", "heed": True})
    instructions(trade).take(set())

    assert load_ignored(trade.session, trade.position.account_id) == {}
    assert undone.outcome == "BTCUSDT LONG is asked about again."


def test_an_adoption_is_read_first_and_its_failure_told(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.ADOPT, ETH_SHORT | {"tp_usdt": "10", "sl_usdt": "5"})

    (task,) = instructions(trade).take(set())
    assert isinstance(task, ReadAdoption)
    assert isinstance(task.adoption, Adoption)
    instructions(trade).adopted(AdoptionFailed(task.adoption, "no answer"))

    assert row.outcome == "Nothing was done: the exchange did not answer (no answer)."


def test_what_a_cycle_stumbled_over_is_given_up_and_said(trade: OpenTrade) -> None:
    row = ask(trade, InstructionKind.CLOSE, position_id=trade.position.id)
    trade.state.quarantine.instructions.add(row.id)

    instructions(trade).take(set())

    assert row.outcome is not None
    assert "a fault of its own" in row.outcome
    assert not trade.position.close_asked_by_person
