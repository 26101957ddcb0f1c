"""Questions wait while the exchange wants a pause or its limit is near; what protects never does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.exchange import RequestUsage
from domain.terms import Basis, OrderIntent, Purpose, ReopenRule, Side, TradeTerms
from engine.dispatch.throttle import held_back
from engine.requests.account import ReadAccount
from engine.requests.entry import PrepareEntry
from engine.requests.orders import QueryOrder, SendOrder
from engine.requests.reports import EntryNotPrepared, SentOrder, TaskFailed

D = Decimal
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IDLE = RequestUsage(
    weight_1m=0,
    weight_limit_1m=2400,
    orders_10s=0,
    orders_limit_10s=300,
    orders_1m=0,
    orders_limit_1m=1200,
    blocked_until=None,
)
PAUSED = replace(IDLE, blocked_until=NOW + timedelta(seconds=5))
STOP = SendOrder(
    1, OrderIntent("t1-abcdef-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, D("80000"), True), NOW, 0.0
)
QUESTION = QueryOrder(SentOrder(1, "t1-abcdef-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, NOW), None)
TERMS = TradeTerms("BTCUSDT", Side.LONG, D(100), 10, D(10), D(5), Basis.NET, ReopenRule(enabled=False))


def test_with_room_nothing_waits() -> None:
    assert held_back(ReadAccount(), IDLE) is None


def test_a_stop_is_never_held_back() -> None:
    assert held_back(STOP, PAUSED) is None
    assert held_back(STOP, replace(IDLE, weight_1m=2400)) is None


def test_every_question_waits_for_the_end_of_a_pause() -> None:
    assert isinstance(held_back(ReadAccount(), PAUSED), TaskFailed)
    assert isinstance(held_back(QUESTION, PAUSED), TaskFailed)


def test_an_entry_counts_as_not_prepared_for_a_passing_reason() -> None:
    answer = held_back(PrepareEntry("reopen-1", TERMS), PAUSED)

    assert isinstance(answer, EntryNotPrepared)
    assert (answer.key, answer.lasting) == ("reopen-1", False)


def test_above_seventy_percent_of_the_weight_only_single_orders_are_asked_about() -> None:
    near = replace(IDLE, weight_1m=1681)  # 70 % of 2400 is 1680

    assert isinstance(held_back(ReadAccount(), near), TaskFailed)
    assert held_back(QUESTION, near) is None
    assert held_back(ReadAccount(), replace(IDLE, weight_1m=1680)) is None
