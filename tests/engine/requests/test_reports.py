"""What can be an order of ours, and which answers are clear."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.exchange import ExchangeOrder, ExchangeStatus
from domain.terms import OrderSide, Purpose, Side
from engine.requests.reports import TIMESTAMP_AHEAD_AT_MOST, OrderAck, SentOrder
from tests.domain.trades import D
from tests.services.building import NOW

SENT = SentOrder(1, "t1-abcdef-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.03"), NOW)
FOUND = ExchangeOrder(
    symbol="BTCUSDT",
    exchange_order_id=9,
    client_order_id=SENT.client_order_id,
    order_side=OrderSide.BUY,
    position_side=Side.LONG,
    order_type="MARKET",
    status=ExchangeStatus.FILLED,
    quantity=D("0.03"),
    executed_quantity=D("0.03"),
    updated_at=NOW,
)


def test_the_same_order_is_ours_also_when_the_clocks_differ_a_little() -> None:
    assert SENT.may_be(FOUND)
    assert SENT.may_be(replace(FOUND, updated_at=NOW - TIMESTAMP_AHEAD_AT_MOST))


@pytest.mark.parametrize(
    "other",
    [
        replace(FOUND, updated_at=NOW - timedelta(seconds=2)),
        replace(FOUND, quantity=D("0.02")),
        replace(FOUND, position_side=Side.SHORT),
        replace(FOUND, symbol="ETHUSDT"),
    ],
    ids=["older", "of another size", "of the other side", "of another pair"],
)
def test_what_differs_is_somebody_elses_under_the_same_id(other: ExchangeOrder) -> None:
    assert not SENT.may_be(other)


def test_an_answer_is_clear_when_it_says_what_became_of_the_order() -> None:
    assert OrderAck(1, order=FOUND).is_clear
    assert OrderAck(1, code=0).is_clear
    assert not OrderAck(1, text="timed out").is_clear
