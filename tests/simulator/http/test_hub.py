"""The hub and a client that does not read."""

import asyncio
from typing import Any

from starlette.websockets import WebSocket

from simulator.clock import ExchangeClock
from simulator.connections import Connection
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.sockets import StreamSocket
from simulator.stream_names import Listening, Opening
from simulator.switches import Switches

STREAM = "btcusdt@aggTrade"


class StuckTransport(asyncio.Transport):
    """A transport whose other end has stopped reading."""

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


def open_socket(hub: Hub, transport: StuckTransport) -> StreamSocket:
    async def receive() -> dict[str, Any]:
        return {"type": "websocket.disconnect", "code": 1006} if transport.aborted else await asyncio.Future()

    async def send(message: Any) -> None:
        await asyncio.Future()

    scope = {"type": "websocket", "path": "/market/ws", "headers": []}
    return StreamSocket(
        WebSocket(scope, receive, send), Opening("/market/ws", "market", combined=False), hub, Connection(transport)
    )


def test_a_client_too_slow_for_its_streams_is_cut_and_others_go_on() -> None:
    async def scenario() -> tuple[bool, bool]:
        hub = Hub(ExchangeClock(), FaultBook())
        slow, other = StuckTransport(), StuckTransport()
        busy, idle = open_socket(hub, slow), open_socket(hub, other)
        hub.subscribe(busy, STREAM)
        hub.subscribe(idle, "ethusdt@aggTrade")

        for number in range(5000):
            hub.market(STREAM, {"a": number})
        return slow.aborted, other.aborted

    assert asyncio.run(scenario()) == (True, False)


def test_nothing_is_wanted_of_a_stream_that_everybody_has_left() -> None:
    async def scenario() -> list[bool]:
        hub = Hub(ExchangeClock(), FaultBook())
        first, second = (open_socket(hub, StuckTransport()) for _ in range(2))
        wanted = [hub.market_wanted(STREAM)]
        hub.subscribe(first, STREAM)
        hub.subscribe(second, STREAM)
        hub.unsubscribe(first, STREAM)
        wanted.append(hub.market_wanted(STREAM))
        hub.detach(second)
        return [*wanted, hub.market_wanted(STREAM)]

    assert asyncio.run(scenario()) == [False, True, False]


def test_user_events_go_to_the_account_of_the_key_only() -> None:
    async def scenario() -> bool:
        hub = Hub(ExchangeClock(), FaultBook(), Switches(strict_routing=False))
        transport = StuckTransport()
        socket = open_socket(hub, transport)
        hub.assign_key("practice", "K1")
        hub.assign_key("second", "K2")
        hub.listen(socket, Listening("K1", None))

        for _ in range(5000):
            hub.user("second", {"e": "ACCOUNT_UPDATE", "E": 1})
        return transport.aborted

    assert asyncio.run(scenario()) is False
