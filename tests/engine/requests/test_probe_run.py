"""A probe on the practice exchange: every switch of it is named, as measured or as not measurable; nothing is left."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal

import pytest

from domain.rejections import Rejection
from domain.terms import OrderIntent, Purpose, Side
from domain.venue_probe.questions import BY_TRADES, NOT_MEASURED, NOT_TRIED, TRIED, Question, sentence_of
from exchange.errors import Rejected
from exchange.private_forms import KeyPlace
from simulator.switches import Switches
from tests.engine.requests.probing import PAIR, closing_order, fired_stop, left_of, probe, signed_in
from tests.support.practice import PracticeExchange

D = Decimal
SWITCHES = tuple(field.name for field in fields(Switches))
# By switch: another value than the default, the question that is about it, the answers by default and when flipped.
FLIPS: Mapping[str, tuple[str, Question, str, str]] = {
    "duplicate_algo_id_code": ("-4015", Question.DUPLICATE_ID, "-4116", "-4015"),
    "accept_capitalised_booleans": ("false", Question.BOOLEANS, "accepted", "refused"),
    "signature_over": ("decoded", Question.SIGNATURE, "either", "decoded"),
    "countdown_cancels_algo_orders": ("true", Question.COUNTDOWN, "orders_only", "stops_too"),
    "list_flat_side": ("true", Question.FLAT_SIDE, "left_out", "listed"),
    "close_position_time_in_force": ("GTC", Question.CLOSER_TIME, "GTE_GTC", "GTC"),
    "child_original_type": ("STOP_MARKET", Question.CHILD_TYPE, "MARKET", "STOP_MARKET"),
    "legacy_order_answer": ("true", Question.ORDER_ANSWER, "short", "long"),
    "strict_routing": ("false", Question.ROUTING, "strict", "loose"),
    "show_closers_as_reduce_only": ("false", Question.CLOSING_ORDERS, "reduce_only", "plain"),
    "income_page": ("honoured", Question.INCOME_PAGE, "ignored", "honoured"),
    "tick_on_triggers": ("false", Question.TRIGGER_TICK, "enforced", "free"),
    "bound_stop_prices": ("true", Question.STOP_BAND, "free", "bounded"),
    "private_stream_without_events": ("none", Question.EVENTS_UNNAMED, "all", "none"),
    "listen_key_in_path": ("none", Question.KEY_IN_PATH, "heard", "silent"),
    "demo_rules": ("true", Question.BITCOIN_STEP, "0.001", "0.0001"),
    "refusal_status": ("409", Question.REFUSAL_STATUS, "400", "409"),
    "taker_fee_rate": ("0.000450", Question.FEES, "0.000200 / 0.000500", "0.000150 / 0.000450"),
    "maker_fee_rate": ("0.000150", Question.FEES, "0.000200 / 0.000500", "0.000150 / 0.000450"),
    # Read from rows of trades; tests/system/flow/test_venue_probe.py flips it.
    "close_position_key_includes_family": ("false", Question.CLOSERS, NOT_MEASURED, NOT_MEASURED),
    # What no order far from the price can show.
    "reuse_client_id_after_fill": ("false", Question.NUMBER_USED_AGAIN, "", ""),
    "waive_min_notional_for_hedge_close": ("false", Question.SMALL_CLOSE, "", ""),
    "triggering_milliseconds": ("300", Question.FIRING, "", ""),
    "quantity_stop_outlives_position": ("false", Question.STOP_LEFT_BEHIND, "", ""),
    "insurance_cover": ("account", Question.INSURANCE, "", ""),
}


@pytest.fixture(scope="module")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    values = {name: value for name, (value, *_) in FLIPS.items()}
    yield from _switched(tmp_path_factory, values)


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    yield from _switched(tmp_path_factory, {"income_page": "refused", "signature_over": "sent"})


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    yield from _switched(tmp_path_factory, {})


def _switched(folders: pytest.TempPathFactory, values: Mapping[str, str]) -> Iterator[PracticeExchange]:
    switches = [part for name, value in values.items() for part in ("--switch", f"{name}={value}")]
    state = folders.mktemp("probed") / "state.json"
    exchange = PracticeExchange(state, "--prices", "hold", "--seed", "1", *switches)
    exchange.start()
    yield exchange
    exchange.kill()


@pytest.fixture(scope="module")
def found_by_default(by_default: PracticeExchange) -> dict[str, str]:
    client = signed_in(by_default)
    return probe(client, fired=fired_stop(client, by_default), closing=closing_order(client)).findings


@pytest.fixture(scope="module")
def found_when_flipped(flipped: PracticeExchange) -> dict[str, str]:
    client = signed_in(flipped)
    return probe(client, fired=fired_stop(client, flipped), closing=closing_order(client)).findings


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_is_named_as_measured_or_as_not_measurable(
    switch: str, found_by_default: dict[str, str], found_when_flipped: dict[str, str]
) -> None:
    _, question, as_usual, otherwise = FLIPS[switch]

    if question in NOT_TRIED:
        assert sentence_of(question, NOT_MEASURED).startswith("Not measured: it takes ")
        assert question not in found_by_default
        return
    assert (found_by_default[question], found_when_flipped[question]) == (as_usual, otherwise)
    assert as_usual != otherwise or question in BY_TRADES


def test_everything_that_is_tried_has_an_answer(found_when_flipped: dict[str, str]) -> None:
    assert set(found_when_flipped) == set(TRIED)
    assert {name for name, answer in found_when_flipped.items() if answer == NOT_MEASURED} == {Question.CLOSERS}


def test_the_third_readings_are_named(third: PracticeExchange) -> None:
    found = probe(signed_in(third)).findings

    assert (found[Question.INCOME_PAGE], found[Question.SIGNATURE]) == ("refused", "sent")


def test_nothing_is_left_and_nothing_traded(exchange: PracticeExchange) -> None:
    report = probe(signed_in(exchange))

    assert report.findings[Question.STREAM_HOSTS] == exchange.stream_url
    assert int(report.findings[Question.READ_LAG]) >= 0
    assert [form.key_place for form in report.heard] == [KeyPlace.QUERY, KeyPlace.PATH]
    assert report.clean
    assert report.problem == ""
    assert left_of(exchange) == []
    assert exchange.ledger()["trades"] == []


def test_the_client_knows_the_measured_code_of_a_number_in_use(
    flipped: PracticeExchange, found_when_flipped: dict[str, str]
) -> None:
    assert left_of(flipped) == []
    client = signed_in(flipped)
    client.expect_duplicate_id_code(int(found_when_flipped[Question.DUPLICATE_ID]))
    stop = OrderIntent("t1-abcdef-3-s-1", Purpose.STOP, PAIR, Side.LONG, D("1"), D("13.5"), close_position=False)
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
