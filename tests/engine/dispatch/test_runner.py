"""A cycle's requests on the practice exchange: orders first, the full check last, nobody waits for one that hangs."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from binance_client import BinanceTestnetClient
from domain.terms import OrderIntent, Purpose, Side
from engine.dispatch.runner import Requests
from engine.requests.account import ReadAccount, ReadBalance, ReadSymbol
from engine.requests.orders import SendOrder
from engine.requests.reports import AccountRead, BalanceRead, Observation, OrderAck, Received, SymbolRead, TaskFailed
from engine.state.engine_state import EngineState
from engine.state.wake_up import WakeUp
from tests.engine.building import D
from tests.support.waiting import eventually

ENTRY = OrderIntent("t1-abcdef-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
MAY_GO_ON = threading.Event()


@dataclass(frozen=True, slots=True)
class Hanging(ReadSymbol):
    """A question that is answered when the test says so."""

    def run(self, client: BinanceTestnetClient) -> Observation:
        assert MAY_GO_ON.wait(60)
        return SymbolRead(self.symbol, (), ())


@pytest.fixture
def requests() -> Iterator[Requests]:
    MAY_GO_ON.clear()
    made = Requests(WakeUp(), lambda: None)
    yield made
    MAY_GO_ON.set()
    made.stop()


def late(requests: Requests, state: EngineState) -> list[Received]:
    """Return what comes of requests that nobody waited for, as soon as there is something."""
    return eventually(lambda: requests.late(state.exchange), "a result")


def test_the_full_check_is_read_after_what_was_sent_with_it(requests: Requests, client: BinanceTestnetClient) -> None:
    order = SendOrder(1, ENTRY, client.exchange_now(), time.monotonic())

    sent, checked = requests.perform(client, [ReadAccount(), order], EngineState())

    assert isinstance(sent.observation, OrderAck)
    assert [fill.quantity for fill in sent.observation.fills] == [D("0.010")]
    assert isinstance(checked.observation, AccountRead)
    assert [(held.symbol, held.quantity) for held in checked.observation.positions] == [("BTCUSDT", D("0.010"))]
    assert checked.batch > sent.batch


def test_what_takes_long_reports_to_a_later_cycle(requests: Requests, client: BinanceTestnetClient) -> None:
    state = EngineState()

    at_once = requests.perform(client, [ReadBalance()], state)

    assert at_once == []
    assert isinstance(late(requests, state)[0].observation, BalanceRead)


def test_one_that_hangs_holds_up_nothing_and_is_not_asked_again_at_once(
    requests: Requests, client: BinanceTestnetClient
) -> None:
    state, hanging = EngineState(), Hanging("ETHUSDT", with_resting=False)

    together = requests.perform(client, [hanging, ReadSymbol("BTCUSDT", with_resting=False)], state)
    batch_then = state.exchange.batch
    again = requests.perform(client, [hanging], state)
    MAY_GO_ON.set()

    assert [item.observation.symbol for item in together if isinstance(item.observation, SymbolRead)] == ["BTCUSDT"]
    assert again == []
    (answer,) = late(requests, state)
    assert answer == Received(SymbolRead("ETHUSDT", (), ()), batch_then - 1)


def test_a_refusal_is_a_report_like_any_other(requests: Requests, client: BinanceTestnetClient) -> None:
    (received,) = requests.perform(client, [ReadSymbol("NOSUCHUSDT", with_resting=True)], EngineState())

    assert isinstance(received.observation, SymbolRead | TaskFailed)
