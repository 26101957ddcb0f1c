"""Reading what is needed to take over a position."""

import time

import pytest

from binance_client import BinanceTestnetClient
from domain.terms import OrderIntent, Purpose, Side
from engine.requests.adoption import Adoption, AdoptionFacts, AdoptionFailed, ReadAdoption
from engine.requests.orders import SendOrder
from tests.domain.trades import D
from tests.support.practice import PracticeExchange

pytestmark = pytest.mark.slow

ADOPTION = Adoption("adopt-1", "BTCUSDT", Side.LONG, D(10), D(5), close_at_once=False)
ENTRY = OrderIntent("web-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)


def test_the_position_and_the_fills_that_made_it_are_read(client: BinanceTestnetClient) -> None:
    SendOrder(1, ENTRY, client.exchange_now(), time.monotonic()).run(client)

    facts = ReadAdoption(ADOPTION).run(client)

    assert isinstance(facts, AdoptionFacts)
    assert facts.position is not None
    assert facts.position.quantity == sum(fill.quantity for fill in facts.trades) == D("0.010")


def test_nothing_there_is_told_as_such(client: BinanceTestnetClient) -> None:
    facts = ReadAdoption(ADOPTION).run(client)

    assert isinstance(facts, AdoptionFacts)
    assert (facts.position, facts.trades) == (None, ())


def test_without_an_answer_nothing_is_known(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    with exchange.silent():
        assert isinstance(ReadAdoption(ADOPTION).run(client), AdoptionFailed)
