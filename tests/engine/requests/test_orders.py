"""Requests about one order: what is sent once, what is learnt of it, and what proves that it never arrived."""

import time
from datetime import timedelta

import pytest

from binance_client import BinanceTestnetClient
from domain.exchange import ConditionalStatus, ExchangeStatus
from domain.terms import OrderIntent, Purpose, Side
from engine.requests.orders import (
    ABSENT_AFTER,
    SEND_WITHIN_SECONDS,
    CancelOrder,
    QueryOrder,
    SendOrder,
    trades_after,
)
from engine.requests.reports import Cancelled, OrderAck, OrderNotFoundReport, OrderStatusReport, SentOrder, TaskFailed
from tests.domain.trades import D
from tests.support.practice import PracticeExchange

pytestmark = pytest.mark.slow

ENTRY = OrderIntent("t1-abc123-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
STOP = OrderIntent("t1-abc123-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, D(50_000), close_position=True)


def send(client: BinanceTestnetClient, intent: OrderIntent) -> OrderAck:
    answer = SendOrder(1, intent, client.exchange_now(), time.monotonic()).run(client)
    assert isinstance(answer, OrderAck)
    return answer


def sent(client: BinanceTestnetClient, intent: OrderIntent, ago: timedelta = timedelta(0)) -> SentOrder:
    at = client.exchange_now() - ago
    return SentOrder(1, intent.client_order_id, intent.purpose, intent.symbol, intent.side, intent.quantity, at)


def cause(exchange: PracticeExchange, kind: str, match: str, times: int = 1) -> None:
    exchange.control("faults", {"match": match, "kind": kind, "times": times, "seconds": 0, "fraction": "0.5"})


def test_an_entry_comes_back_at_once_and_its_trades_are_another_request(client: BinanceTestnetClient) -> None:
    task = SendOrder(1, ENTRY, client.exchange_now(), time.monotonic())
    answer = task.run(client)
    assert isinstance(answer, OrderAck)

    assert answer.is_clear
    assert answer.order is not None
    assert answer.order.status is ExchangeStatus.FILLED
    assert answer.fills == ()
    reading = trades_after(task, answer)
    assert reading is not None
    whole = reading.run(client)
    assert isinstance(whole, OrderAck)
    assert sum(fill.quantity for fill in whole.fills) == D("0.010")
    assert trades_after(reading, whole) is None


def test_what_waited_too_long_for_its_turn_is_held_back(client: BinanceTestnetClient) -> None:
    late = time.monotonic() - SEND_WITHIN_SECONDS - 0.1

    answer = SendOrder(1, ENTRY, client.exchange_now(), late).run(client)

    assert isinstance(answer, OrderAck)
    assert (answer.code, answer.executed_nothing) == (0, True)
    assert client.fetch_positions("BTCUSDT") == []


def test_a_rejection_is_clear_and_carries_its_code(client: BinanceTestnetClient) -> None:
    answer = send(client, STOP)  # without a position

    assert answer.is_clear
    assert answer.code == -4509


def test_without_an_answer_the_outcome_is_unknown(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    cause(exchange, "drop_after", "POST /fapi/v1/order")

    answer = send(client, ENTRY)

    assert not answer.is_clear


def test_a_stop_that_rests_is_found_by_its_client_id(client: BinanceTestnetClient) -> None:
    send(client, ENTRY)
    send(client, STOP)

    report = QueryOrder(sent(client, STOP, timedelta(seconds=5)), None).run(client)

    assert isinstance(report, OrderStatusReport)
    assert report.conditional is not None
    assert report.conditional.status is ConditionalStatus.NEW


def test_an_older_order_under_our_id_is_not_ours(client: BinanceTestnetClient) -> None:
    send(client, ENTRY)

    report = QueryOrder(sent(client, ENTRY, ago=-timedelta(minutes=1)), None).run(client)

    assert isinstance(report, OrderNotFoundReport)


def test_absence_is_not_proven_before_the_exchange_would_refuse_it(client: BinanceTestnetClient) -> None:
    unsent = sent(client, ENTRY)

    report = QueryOrder(unsent, unsent.sent_at + ABSENT_AFTER).run(client)

    assert isinstance(report, OrderNotFoundReport)
    assert not report.proof_read


def test_absence_is_proven_once_history_and_trades_lack_it_too(client: BinanceTestnetClient) -> None:
    unsent = sent(client, ENTRY, ago=ABSENT_AFTER + timedelta(seconds=1))

    report = QueryOrder(unsent, unsent.sent_at + ABSENT_AFTER).run(client)

    assert isinstance(report, OrderNotFoundReport)
    assert (report.proof_read, report.positions) == (True, ())


def test_a_query_without_an_answer_says_nothing(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    cause(exchange, "html_502", "GET /fapi/v1/order")

    assert not isinstance(QueryOrder(sent(client, ENTRY), None).run(client), OrderStatusReport)


def test_a_cancel_is_confirmed_and_one_of_nothing_asks_what_became_of_it(client: BinanceTestnetClient) -> None:
    send(client, ENTRY)
    send(client, STOP)

    first = CancelOrder(1, STOP.client_order_id, time.monotonic()).run(client)
    second = CancelOrder(1, STOP.client_order_id, time.monotonic()).run(client)

    assert first == Cancelled(1)
    assert second == OrderNotFoundReport(1, proof_read=False)


def test_a_cancel_that_waited_too_long_is_held_back(client: BinanceTestnetClient) -> None:
    late = time.monotonic() - SEND_WITHIN_SECONDS - 0.1

    assert isinstance(CancelOrder(1, STOP.client_order_id, late).run(client), TaskFailed)
