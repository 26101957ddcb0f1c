"""What reports since the last commit say of a trade's stop, the newest one first."""

from decimal import Decimal

from domain.position_key import PositionKey
from domain.terms import OrderIntent, Purpose, Side
from engine.dispatch.learnt import held, is_gone, listed_ids, newest_answer, rests
from engine.requests.reports import Cancelled, Observation, OrderAck, Received, SymbolRead
from engine.state.staged_stop import SpareStop

STOP, SPARE = 7, 8
INTENT = OrderIntent("t1-a-1-s-2", Purpose.STOP, "BTCUSDT", Side.LONG, None, Decimal(50000), close_position=True)
KEY = PositionKey("BTCUSDT", Side.LONG)
TRADE = SpareStop(SPARE, INTENT, KEY, Decimal(1), True, {STOP: "t1-a-1-s-1"}, frozenset({STOP}), as_of=3)


def heard(*reports: Observation, batch: int = 4) -> list[Received]:
    return [Received(report, batch) for report in reports]


def test_the_newest_answer_to_an_order_counts() -> None:
    received = heard(OrderAck(SPARE, text="first"), OrderAck(SPARE, text="second"), OrderAck(STOP))

    answer = newest_answer(SPARE, received)

    assert answer is not None
    assert answer.text == "second"
    assert newest_answer(99, received) is None


def test_a_stop_is_gone_when_it_was_cancelled_or_is_not_listed() -> None:
    unlisted = heard(SymbolRead("BTCUSDT", (), ()))

    assert not is_gone(TRADE, [])
    assert is_gone(TRADE, heard(Cancelled(STOP)))
    assert is_gone(TRADE, unlisted)
    assert not rests(TRADE, unlisted)


def test_what_was_read_before_the_commit_says_nothing() -> None:
    read = SymbolRead("BTCUSDT", (), ())

    assert listed_ids(TRADE, heard(read, batch=3)) is None
    assert held(TRADE, heard(read, batch=3)) is None
    assert listed_ids(TRADE, heard(read)) == set()
    assert held(TRADE, heard(read)) == 0
    assert held(TRADE, heard(SymbolRead("ETHUSDT", (), ()))) is None
