"""What every conformance test starts from: an exchange of its own, asked by hand over HTTP and WebSocket."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from websockets.sync.client import connect

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient

BTC = "BTCUSDT"
ORDER, ALGO = "/fapi/v1/order", "/fapi/v1/algoOrder"


class Venue(BareClient):
    """A bare client that knows the common orders of BTCUSDT in hedge mode."""

    def fresh(self, *, hedge: bool = True, leverage: int = 10, price: str = "84000.0") -> "Venue":
        """Start every account anew at a price."""
        self.control("POST", "/reset")
        self.control("POST", "/prices", mode="hold")
        self.move(price)
        if hedge:
            self.ok("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
        self.ok("POST", "/fapi/v1/leverage", symbol=BTC, leverage=leverage)
        return self

    def ok(self, method: str, path: str, **parameters: Any) -> Any:
        """Send a signed request that must succeed and return its answer."""
        answer = self.signed(method, path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, method: str, path: str, **parameters: Any) -> tuple[int, int, str]:
        """Send a signed request that must be refused and return status, code and text."""
        answer = self.signed(method, path, **parameters)
        assert answer.status_code != 200, answer.text
        return answer.status_code, answer.json()["code"], answer.json()["msg"]

    def market(self, side: str = "BUY", position_side: str = "LONG", quantity: str = "0.010", **rest: Any) -> Any:
        sent = {"symbol": BTC, "side": side, "positionSide": position_side, "type": "MARKET", "quantity": quantity}
        return self.ok("POST", ORDER, **(sent | {"newOrderRespType": "RESULT"} | rest))

    def limit(self, price: str, side: str = "BUY", position_side: str = "LONG", **rest: Any) -> Any:
        sent = {"symbol": BTC, "side": side, "positionSide": position_side, "type": "LIMIT", "quantity": "0.010"}
        return self.ok("POST", ORDER, **(sent | {"price": price, "timeInForce": "GTC"} | rest))

    def stop_request(self, trigger_price: str, **rest: Any) -> dict[str, Any]:
        """Return the parameters of a closePosition stop of a LONG by the mark price, or of one with a quantity."""
        sent = {
            "algoType": "CONDITIONAL",
            "symbol": BTC,
            "side": "SELL",
            "positionSide": "LONG",
            "type": "STOP_MARKET",
        }
        sent |= {"triggerPrice": trigger_price, "workingType": "MARK_PRICE"}
        if "quantity" not in rest:
            sent["closePosition"] = "true"
        return sent | rest

    def stop(self, trigger_price: str, **rest: Any) -> Any:
        return self.ok("POST", ALGO, **self.stop_request(trigger_price, **rest))

    def move(self, price: str | None = None, **apart: str) -> None:
        """Put mark and last of BTCUSDT at a price, or set them apart."""
        self.control("POST", "/price", symbol=BTC, **({"price": price} if price else apart))

    def advance(self, seconds: float) -> None:
        self.control("POST", "/clock", advance_seconds=seconds)

    def begin_minute(self) -> None:
        """Move the clock to the start of its next minute, where every counter starts again."""
        self.advance(60 - self.time() % 60_000 / 1000)

    def account_ledger(self, account: str = "practice") -> Any:
        return self.control("GET", "/ledger")["accounts"][account]

    def position(self, side: str = "LONG") -> Decimal:
        rows = self.ok("GET", "/fapi/v3/positionRisk", symbol=BTC)
        return next((Decimal(row["positionAmt"]) for row in rows if row["positionSide"] == side), Decimal(0))


@contextmanager
def venue_of(*arguments: str) -> Iterator[Venue]:
    """Start an exchange that holds its prices, on a free port."""
    with running("simulator", "--port", "0", "--prices", "hold", *arguments) as (url, _):
        yield Venue(url)


class Ear:
    """A WebSocket that is listened to with a time limit."""

    def __init__(self, venue: Venue, path: str) -> None:
        self._opening = connect(venue.url.replace("http", "ws") + path)

    def __enter__(self) -> "Ear":
        self._socket = self._opening.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._opening.__exit__(None, None, None)

    def say(self, message: object) -> None:
        self._socket.send(message if isinstance(message, str) else json.dumps(message))

    def hear(self, timeout: float = 5.0) -> Any:
        return json.loads(self._socket.recv(timeout=timeout))

    def until(self, wanted: Callable[[Any], bool], timeout: float = 5.0) -> list[Any]:
        """Return everything heard up to the first wanted message."""
        heard: list[Any] = []
        end = time.monotonic() + timeout
        while not heard or not wanted(heard[-1]):
            heard.append(self.hear(max(0.01, end - time.monotonic())))
        return heard

    def silent_for(self, seconds: float) -> bool:
        try:
            self._socket.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False


def listen_key(venue: Venue) -> str:
    return str(venue.send("POST", "/fapi/v1/listenKey").json()["listenKey"])


@contextmanager
def private_ear(venue: Venue, events: str = "") -> Iterator[Ear]:
    """Open a socket that hears the account's user data, or only some kinds of events."""
    with Ear(venue, f"/private/ws?listenKey={listen_key(venue)}" + (f"&events={events}" if events else "")) as ear:
        ear.say({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        ear.hear()
        yield ear


def word_of(event: Any) -> str:
    """Return an event in two or three words: ORDER TRADE FILLED, ALGO NEW, ACCOUNT ORDER."""
    match event["e"]:
        case "ORDER_TRADE_UPDATE":
            return f"ORDER {event['o']['x']} {event['o']['X']}"
        case "ALGO_UPDATE":
            return f"ALGO {event['o']['X']}"
        case "ACCOUNT_UPDATE":
            return f"ACCOUNT {event['a']['m']}"
        case other:
            return str(other)
