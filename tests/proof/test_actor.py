"""The monitor on the exchange in memory asks for what it needs, and not again and again."""

from datetime import timedelta

from sqlalchemy import Engine

from domain.exchange import Balance
from domain.terms import InstructionKind
from domain.terms_json import terms_to_json
from tests.proof.actor import Actor
from tests.proof.machine import TERMS
from tests.proof.venue import Venue


class Counting(Venue):
    """Counts how often the money is read."""

    balances = 0

    def fetch_balance(self) -> Balance:
        self.balances += 1
        return super().fetch_balance()


def test_after_a_fill_the_money_is_read_once(engine: Engine) -> None:
    with engine.connect() as connection:
        venue = Counting()
        actor = Actor(connection, venue)
        actor.ask(InstructionKind.OPEN, terms_to_json(TERMS))
        actor.live(timedelta(seconds=6))
        before = venue.balances

        venue.trade_foreign(venue.held / 4, opening=False)
        actor.live(timedelta(seconds=6))

    assert venue.balances == before + 1
    assert before <= 4  # at the start, before the entry, after the fill of the entry
