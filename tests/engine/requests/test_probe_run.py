"""A probe on the practice exchange: every switch that can be told without a trade is named, and nothing is left."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from domain.rejections import Rejection
from domain.terms import OrderIntent, Purpose, Side
from domain.venue_probe.questions import NOT_MEASURED, Question
from exchange.errors import Rejected
from exchange.private_forms import KeyPlace
from tests.engine.requests.probing import PAIR, left_of, probe, signed_in
from tests.support.practice import PracticeExchange

D = Decimal
FLIPPED = {
    "private_stream_without_events": "none",
    "listen_key_in_path": "none",
    "strict_routing": "false",
    "duplicate_algo_id_code": "-4015",
    "income_page": "honoured",
    "tick_on_triggers": "false",
    "bound_stop_prices": "true",
    "accept_capitalised_booleans": "false",
    "legacy_order_answer": "true",
    "list_flat_side": "true",
    "refusal_status": "409",
    "taker_fee_rate": "0.000450",
    "demo_rules": "true",
}


@pytest.fixture
def flipped(tmp_path: Path) -> Iterator[PracticeExchange]:
    switches = [part for name, value in FLIPPED.items() for part in ("--switch", f"{name}={value}")]
    exchange = PracticeExchange(tmp_path / "state.json", "--prices", "hold", "--seed", "1", *switches)
    exchange.start()
    yield exchange
    exchange.kill()


def test_the_defaults_are_named_and_nothing_is_left(exchange: PracticeExchange) -> None:
    report = probe(signed_in(exchange))

    found = dict(report.findings)
    assert int(found.pop(Question.READ_LAG)) >= 0
    assert found == {
        Question.EVENTS_UNNAMED: "all",
        Question.KEY_IN_PATH: "heard",
        Question.STREAM_HOSTS: exchange.stream_url,
        Question.ROUTING: "strict",
        Question.DUPLICATE_ID: "-4116",
        Question.CLOSERS: NOT_MEASURED,
        Question.INCOME_PAGE: "ignored",
        Question.TRIGGER_TICK: "enforced",
        Question.STOP_BAND: "free",
        Question.CHILD_TYPE: NOT_MEASURED,
        Question.CLOSER_TIME: NOT_MEASURED,
        Question.BOOLEANS: "accepted",
        Question.ORDER_ANSWER: "short",
        Question.CLOSING_ORDERS: NOT_MEASURED,
        Question.FLAT_SIDE: "left_out",
        Question.REFUSAL_STATUS: "400",
        Question.FEES: "0.000200 / 0.000500",
        Question.BITCOIN_STEP: "0.001",
    }
    assert [form.key_place for form in report.heard] == [KeyPlace.QUERY, KeyPlace.PATH]
    assert report.clean
    assert report.problem == ""
    assert left_of(exchange) == []
    assert exchange.ledger()["trades"] == []


def test_every_switch_that_is_flipped_is_named(flipped: PracticeExchange) -> None:
    client = signed_in(flipped)
    for side in ("BUY", "SELL"):  # income of two rows and more
        wish = {"account": "practice", "symbol": "ETHUSDT", "side": side, "positionSide": "LONG", "quantity": "0.1"}
        flipped.control("position", wish)

    report = probe(client)

    found = {name: answer for name, answer in report.findings.items() if answer != NOT_MEASURED}
    del found[Question.READ_LAG]
    assert found == {
        Question.EVENTS_UNNAMED: "none",
        Question.KEY_IN_PATH: "silent",
        Question.STREAM_HOSTS: flipped.stream_url,
        Question.ROUTING: "loose",
        Question.DUPLICATE_ID: "-4015",
        Question.INCOME_PAGE: "honoured",
        Question.TRIGGER_TICK: "free",
        Question.STOP_BAND: "bounded",
        Question.BOOLEANS: "refused",
        Question.ORDER_ANSWER: "long",
        Question.FLAT_SIDE: "listed",
        Question.REFUSAL_STATUS: "409",
        Question.FEES: "0.000200 / 0.000450",
        Question.BITCOIN_STEP: "0.0001",
    }
    assert report.clean
    assert left_of(flipped) == []
    client.expect_duplicate_id_code(int(report.findings[Question.DUPLICATE_ID]))
    stop = OrderIntent("t1-abcdef-1-s-1", Purpose.STOP, PAIR, Side.LONG, D("1"), D("13.5"), close_position=False)
    client.place_conditional_order(stop, client.exchange_now())
    with pytest.raises(Rejected) as again:
        client.place_conditional_order(stop, client.exchange_now())
    assert again.value.rejection is Rejection.DUPLICATE_ID


def test_a_pair_in_which_somebody_trades_is_left_alone(exchange: PracticeExchange) -> None:
    exchange.control("price", {"symbol": PAIR, "price": "14.000"})
    client = signed_in(exchange)
    rules = client.fetch_symbol_rules()[PAIR]
    client.probe.place_limit(PAIR, rules.tick_size * 13500, rules.min_quantity, "somebody")

    report = probe(client)

    assert report.problem == "Somebody else has an order in this pair."
    assert left_of(exchange) == ["somebody"]
