"""The monitor on the exchange in memory asks for what it needs, and not again and again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from domain.exchange import Balance, ConditionalStatus, ExchangePosition
from domain.terms import CloseReason, InstructionKind, Phase, Purpose
from domain.terms_json import terms_to_json
from exchange.rows import Rows
from storage.tables import FillRow, PositionRow
from tests.system.proof.actor import Actor
from tests.system.proof.machine import LOT, TERMS
from tests.system.proof.venue import Fate, Venue


class Counting(Venue):
    """Counts how often the money is read and orders are cancelled."""

    balances = 0
    cancels = 0

    def fetch_balance(self) -> Balance:
        self.balances += 1
        return super().fetch_balance()

    def cancel_conditional_order(self, client_order_id: str) -> None:
        self.cancels += 1
        super().cancel_conditional_order(client_order_id)


def opened(actor: Actor) -> int:
    """Open a trade and let it settle; return its position."""
    actor.ask(InstructionKind.OPEN, terms_to_json(TERMS))
    actor.live(timedelta(seconds=6))
    with actor.sessions() as session:
        return session.scalars(select(PositionRow.id)).one()


def test_after_a_fill_the_money_is_read_once(engine: Engine) -> None:
    with engine.connect() as connection:
        venue = Counting()
        actor = Actor(connection, venue)
        actor.ask(InstructionKind.OPEN, terms_to_json(TERMS))
        actor.live(timedelta(seconds=6))
        before = venue.balances

        venue.trade_external(venue.held / 4, opening=False)
        actor.live(timedelta(seconds=6))

    assert venue.balances == before + 1
    assert before <= 4  # at the start, before the entry, after the fill of the entry


def test_a_trade_found_closing_without_a_close_under_way_is_taken_care_of_again(engine: Engine) -> None:
    with engine.connect() as connection:
        venue = Venue()
        actor = Actor(connection, venue)
        position_id = opened(actor)
        with actor.sessions() as session:
            position = session.get_one(PositionRow, position_id)
            # Its close ended before all of it was known.
            position.phase, position.close_asked_by_person = Phase.CLOSING, True
            session.commit()

        actor.live(timedelta(seconds=6))

        with actor.sessions() as session:
            assert session.scalars(select(PositionRow)).one().phase is Phase.CLOSED
        assert venue.held == 0


@pytest.mark.parametrize("fate", [Fate.DIES_AFTER, Fate.ANSWER_LOST])
def test_a_target_whose_cancel_was_not_heard_of_is_asked_about_and_moved(engine: Engine, fate: Fate) -> None:
    with engine.connect() as connection:
        venue = Counting()
        actor = Actor(connection, venue)
        position_id = opened(actor)
        venue.fates["cancel"], venue.events = [fate], False

        actor.ask(InstructionKind.EDIT_PROTECTION, {"stop_price": None, "target_price": "60900.0"}, position_id)
        actor.cycle()
        actor.cycle()  # at once: a process that has died is started again without delay
        actor.live(timedelta(seconds=10))

    resting = [r.intent for r in venue.conditional.values() if r.status is ConditionalStatus.NEW]
    targets = [intent.trigger_price for intent in resting if intent.purpose is Purpose.TARGET]
    assert targets == [Decimal("60900.0")]
    assert venue.cancels <= 2


class Racing(Venue):
    """Somebody trades on the position in the moment between the last look at it and the entry's commit."""

    looks = 0

    def fetch_positions(self, symbol: str | None = None) -> Rows[ExchangePosition]:
        seen = super().fetch_positions(symbol)
        self.looks += symbol is not None
        if self.looks == 2:  # the preparation of an entry looks before it sets the leverage, and at its end
            self.looks += 1
            self.trade_external(LOT, opening=True)
            self.pass_until(self.now + timedelta(milliseconds=50))
        return seen


def test_a_trade_of_others_just_before_the_entry_is_found_to_be_theirs(engine: Engine) -> None:
    with engine.connect() as connection:
        venue = Racing()
        venue.fates["market"] = [Fate.NEVER_ARRIVES]
        actor = Actor(connection, venue)

        actor.ask(InstructionKind.OPEN, terms_to_json(TERMS))
        actor.live(timedelta(seconds=90))

        with actor.sessions() as session:
            position = session.scalars(select(PositionRow)).one()
            booked = session.scalars(select(FillRow.quantity).where(FillRow.position_id.is_(None))).all()
    assert position.phase is Phase.FAILED
    assert booked == [LOT]
    assert [r for r in venue.conditional.values() if r.status is ConditionalStatus.NEW] == []


class Leaving(Venue):
    """Somebody closes a position just after it was looked at to be taken over."""

    leaving = False

    def fetch_positions(self, symbol: str | None = None) -> Rows[ExchangePosition]:
        seen = super().fetch_positions(symbol)
        if self.leaving and symbol is not None:
            self.leaving = False
            self.pass_until(self.now + timedelta(milliseconds=50))
            self.trade_external(self.held, opening=False)
            self.pass_until(self.now + timedelta(milliseconds=50))
        return seen


def test_what_was_closed_while_it_was_being_taken_over_ends_by_that_trade(engine: Engine) -> None:
    with engine.connect() as connection:
        venue = Leaving()
        actor = Actor(connection, venue)
        venue.trade_external(LOT, opening=True)
        actor.live(timedelta(seconds=6))

        venue.leaving = True
        key = {"symbol": TERMS.symbol, "side": TERMS.side.value}
        actor.ask(InstructionKind.ADOPT, {**key, "tp_usdt": "10", "sl_usdt": "5"})
        actor.live(timedelta(seconds=30))

        with actor.sessions() as session:
            position = session.scalars(select(PositionRow)).one()
    assert (position.phase, position.close_reason) == (Phase.CLOSED, CloseReason.EXTERNAL)
    assert (position.entry_quantity, position.exit_quantity) == (LOT, LOT)


def hang(actor: Actor, span: timedelta) -> None:
    """Let the database hang for a while and come back for a moment."""
    actor.database_hangs_until = actor.venue.now + span
    actor.live(span)
    actor.live(timedelta(milliseconds=300))


@pytest.mark.parametrize("fate", [Fate.NOT_EXECUTED, Fate.NEVER_ARRIVES, Fate.ARRIVES_LATE])
@pytest.mark.parametrize("left_alone", [False, True])
def test_a_stop_that_is_lost_in_one_hang_of_the_database_comes_in_the_next(
    engine: Engine, fate: Fate, left_alone: bool
) -> None:
    with engine.connect() as connection:
        venue = Venue()
        actor = Actor(connection, venue)
        position_id = opened(actor)
        venue.trade_external(LOT, opening=True)
        actor.live(timedelta(seconds=6))
        if left_alone:
            key = {"symbol": TERMS.symbol, "side": TERMS.side.value}
            actor.ask(InstructionKind.IGNORE_EXTERNAL, key, position_id)
            actor.live(timedelta(seconds=6))

        for _ in range(3):
            venue.fates["conditional"] = [fate]
            actor.database_hangs_until = venue.now + timedelta(seconds=1)
            venue.cancel_external()
            hang(actor, timedelta(seconds=1))

        hang(actor, timedelta(seconds=4))
        hang(actor, timedelta(seconds=12))
        assert venue.stop_rests()
        assert venue.wrongs == []
        assert venue.bare_for == timedelta(0)
        actor.live(timedelta(seconds=12))

    assert venue.wrongs == []
    resting = [r.intent for r in venue.conditional.values() if r.status is ConditionalStatus.NEW]
    stops = [intent for intent in resting if intent.purpose is not Purpose.TARGET]
    assert [intent.close_position for intent in stops] == [not left_alone]


@pytest.mark.parametrize("fate", [Fate.NOT_EXECUTED, Fate.NEVER_ARRIVES])
def test_a_fill_whose_first_stop_is_lost_is_protected_while_the_database_hangs(engine: Engine, fate: Fate) -> None:
    with engine.connect() as connection:
        venue = Venue()
        venue.fates["conditional"] = [fate] * 9
        actor = Actor(connection, venue)
        actor.ask(InstructionKind.OPEN, terms_to_json(TERMS))
        actor.live(timedelta(milliseconds=300))
        assert venue.held > 0
        assert not venue.stop_rests()

        venue.fates["conditional"] = [fate] * 2
        hang(actor, timedelta(seconds=6))
        hang(actor, timedelta(seconds=6))

        assert venue.stop_rests()
        assert venue.wrongs == []
