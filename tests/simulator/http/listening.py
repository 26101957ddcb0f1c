"""Opening streams of an exchange and hearing what they say, for tests."""

import json
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.simulator.http.client import BareClient


def opened(client: BareClient, path: str) -> ClientConnection:
    return connect(client.url.replace("http", "ws") + path)


def key_of(client: BareClient) -> str:
    return str(client.send("POST", "/fapi/v1/listenKey").json()["listenKey"])


def place(client: BareClient) -> int:
    return int(client.signed("POST", "/fapi/v1/order", symbol="BTCUSDT").json()["orderId"])


def received(socket: ClientConnection, seconds: float = 5) -> Any:
    return json.loads(socket.recv(timeout=seconds))


def silent(socket: ClientConnection, seconds: float = 0.3) -> bool:
    try:
        socket.recv(timeout=seconds)
    except TimeoutError:
        return True
    return False


def asked(socket: ClientConnection, method: str, params: list[Any] | None = None, request_id: int = 1) -> Any:
    """Send a control frame and return its answer, skipping events in between."""
    socket.send(json.dumps({"method": method, "params": params or [], "id": request_id}))
    while True:
        answer = received(socket)
        if "id" in answer:
            return answer
