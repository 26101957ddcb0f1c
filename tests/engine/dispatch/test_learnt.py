"""What reports since the last commit say of a trade's stop, the newest one first."""

from dataclasses import replace
from decimal import Decimal

from domain.position_key import PositionKey
from domain.terms import OrderIntent, Purpose, Side
from engine.dispatch.learnt import held, listed_ids, newest_answer, next_stop
from engine.requests.reports import Cancelled, Observation, OrderAck, Received, SymbolRead
from engine.state.staged_stop import SpareStops, StagedOrder

STOP, SPARE = 7, 8
INTENT = OrderIntent("t1-a-1-s-2", Purpose.STOP, "BTCUSDT", Side.LONG, None, Decimal(50000), close_position=True)
KEY = PositionKey("BTCUSDT", Side.LONG)
FIRST = StagedOrder(SPARE, INTENT)
SECOND = StagedOrder(SPARE + 1, replace(INTENT, client_order_id="t1-a-1-s-3"))
TRADE = SpareStops(
    (FIRST, SECOND), KEY, Decimal(1), Decimal(0), {STOP: "t1-a-1-s-1"}, frozenset({STOP, SPARE, SPARE + 1}), as_of=3
)


def heard(*reports: Observation, batch: int = 4) -> list[Received]:
    return [Received(report, batch) for report in reports]


def test_the_newest_answer_to_an_order_counts() -> None:
    received = heard(OrderAck(SPARE, text="first"), OrderAck(SPARE, text="second"), OrderAck(STOP))

    answer = newest_answer(SPARE, received)

    assert answer is not None
    assert answer.text == "second"
    assert newest_answer(99, received) is None


def test_a_stop_is_gone_when_it_was_cancelled_or_is_not_listed() -> None:
    assert next_stop(TRADE, []) is None
    assert next_stop(TRADE, heard(Cancelled(STOP))) is FIRST
    assert next_stop(TRADE, heard(SymbolRead("BTCUSDT", (), ()))) is FIRST


def test_a_spare_that_was_taken_is_followed_by_the_next_once_it_is_gone_too() -> None:
    taken = heard(SymbolRead("BTCUSDT", (), ()), OrderAck(SPARE, code=-4116), batch=5)
    older = heard(SymbolRead("BTCUSDT", (), ()), batch=5)
    newer = heard(SymbolRead("BTCUSDT", (), ()), batch=6)

    assert next_stop(TRADE, taken) is None
    assert next_stop(TRADE, taken + older) is None
    assert next_stop(TRADE, taken + newer) is SECOND
    assert next_stop(TRADE, taken + heard(Cancelled(SPARE), batch=6)) is SECOND


def test_one_that_was_refused_keeps_its_turn() -> None:
    refused = heard(Cancelled(STOP), OrderAck(SPARE, code=-2021))

    assert next_stop(TRADE, refused) is FIRST


def test_what_was_read_before_the_commit_says_nothing() -> None:
    read = SymbolRead("BTCUSDT", (), ())

    assert listed_ids(TRADE, heard(read, batch=3)) is None
    assert held(TRADE, heard(read, batch=3)) is None
    assert listed_ids(TRADE, heard(read)) == set()
    assert held(TRADE, heard(read)) == 0
    assert held(TRADE, heard(SymbolRead("ETHUSDT", (), ()))) is None
