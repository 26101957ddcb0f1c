"""Runs of a plan: what a fill that turns up late may still become, and how prices read in its sentences."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Phase, Purpose, ReopenState
from engine.reconciliation.positions import Positions
from engine.state.wording import price_words
from engine.state.working_set import Book, Memory
from storage.tables import JournalRow, OrderRow, PositionRow
from tests.domain.trades import D, fill
from tests.services.building import BTC_RULES, NOW, add_account, add_closed, add_plan, add_position


def late_fill(session: Session, *, turn_was_taken: bool) -> tuple[PositionRow, PositionRow]:
    """Let the entry of a plan's second turn turn up after it was given up; return the first run and this one."""
    plan = add_plan(session, add_account(session))
    first = add_closed(session, plan, "5", NOW - timedelta(hours=2), 1, reopen_state=ReopenState.WAITING)
    late = add_position(session, plan, phase=Phase.FAILED, sequence=2, parent_position_id=first.id, opened_at=None)
    if turn_was_taken:
        add_closed(session, plan, "5", NOW - timedelta(minutes=5), 2, parent_position_id=first.id)
    entry = OrderRow(
        account_id=plan.account_id,
        position_id=late.id,
        client_order_id="t1-abcdef-2-e-1",
        purpose=Purpose.ENTRY,
        attempt=1,
        symbol=plan.symbol,
        side=plan.side,
        quantity=D("0.03"),
        state=OrderState.FILLED,
        created_at=NOW,
    )
    session.add(entry)
    session.flush()
    positions = Positions(Book.load(session, plan.account_id, [first.id, late.id]), Memory(), NOW)

    positions.book_fills(late, entry, [replace(fill(1, "100000", "0.03"), traded_at=NOW)])
    positions.entry_progressed(late)
    session.flush()
    return first, late


def test_a_late_fill_takes_the_turn_that_was_waiting(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        first, late = late_fill(session, turn_was_taken=False)

        assert (late.phase, first.reopen_state) == (Phase.OPEN, ReopenState.DONE)


def test_a_late_fill_whose_turn_was_taken_does_not_come_back(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        _, late = late_fill(session, turn_was_taken=True)

        said = session.scalars(select(JournalRow.text)).all()
        assert late.phase is Phase.FAILED
        assert said[-1].endswith("the bot closes it, because another one was opened in its stead.")


@pytest.mark.parametrize(
    ("price", "words"), [("83655.40", "83\u202f655.4"), ("123456.7", "123\u202f456.7"), ("100", "100.0")]
)
def test_prices_are_grouped_and_stand_at_the_pairs_tick(price: str, words: str) -> None:
    assert price_words(D(price), BTC_RULES) == words


def test_before_the_pairs_rules_are_read_a_price_keeps_its_digits() -> None:
    assert price_words(D("83655.4500"), None) == "83\u202f655.45"
    assert price_words(D("0.00001234"), None) == "0.00001234"
