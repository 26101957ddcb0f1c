"""Taking over a position: the fills that made it, and what becomes of it."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import CommissionRates, SymbolSettings
from domain.terms import Fill, Phase, Side
from engine.reconciliation.adoption import Adopter, fills_that_make
from engine.requests.adoption import Adoption, AdoptionFacts
from tests.engine.building import D, OpenTrade, fill_at, held
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def facts(*trades: Fill, quantity: str | None = "0.05", close: bool = False) -> AdoptionFacts:
    return AdoptionFacts(
        Adoption("adopt-1", "BTCUSDT", Side.LONG, D(10), D(5), close_at_once=close),
        NOW,
        None if quantity is None else held(quantity),
        trades,
        SymbolSettings("BTCUSDT", 20, cross_margin=True),
        CommissionRates(maker=D("0.0002"), taker=D("0.0005")),
    )


def test_the_newest_fills_that_add_up_made_the_position() -> None:
    before, closed, opened = (
        fill_at(1, "90000", "0.02"),
        fill_at(2, "91000", "0.02", opening=False),
        fill_at(3, "100000", "0.05"),
    )

    assert fills_that_make((opened, before, closed), D("0.05")) == [opened]
    assert fills_that_make((opened,), D("0.07")) is None


def test_a_position_of_others_becomes_a_trade_that_is_protected(trade: OpenTrade) -> None:
    trade.position.phase = Phase.CLOSED
    trade.begin_cycle()

    words = Adopter(trade.lifecycle).adopt(facts(fill_at(11, "100000", "0.05", exchange_order_id=77)))

    adopted = max(trade.rows.positions.values(), key=lambda position: position.id)
    assert words == "BTCUSDT LONG is taken over and gets a stop-loss now."
    assert (adopted.phase, adopted.entry_quantity) == (Phase.OPEN, D("0.05"))
    assert adopted.stop_price is not None
    assert adopted.unprotected_since == NOW


def test_one_that_is_to_be_closed_is_closed_by_the_strategy(trade: OpenTrade) -> None:
    trade.position.phase = Phase.CLOSED
    trade.begin_cycle()

    words = Adopter(trade.lifecycle).adopt(facts(fill_at(11, "100000", "0.05", exchange_order_id=77), close=True))

    assert words == "BTCUSDT LONG is being closed."
    assert max(trade.rows.positions.values(), key=lambda position: position.id).close_asked_by_person


def test_what_the_history_does_not_explain_is_left_as_it_is(trade: OpenTrade) -> None:
    trade.position.phase = Phase.CLOSED
    trade.begin_cycle()

    assert "cannot be taken over" in Adopter(trade.lifecycle).adopt(facts())
    assert Adopter(trade.lifecycle).adopt(facts(quantity=None)) == "BTCUSDT LONG is no longer open; nothing was done."


def test_a_trade_of_the_bot_alone_has_nothing_to_take_over(trade: OpenTrade) -> None:
    assert "of this bot alone" in Adopter(trade.lifecycle).adopt(facts())
