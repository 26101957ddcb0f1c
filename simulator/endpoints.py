"""What an endpoint is: method, path, security, cost and the function that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.params import Params


class Security(StrEnum):
    """How a request proves who sent it."""

    NONE = "NONE"  # public market data
    API_KEY = "API_KEY"  # X-MBX-APIKEY only (listenKey)
    SIGNED = "SIGNED"  # X-MBX-APIKEY, timestamp, recvWindow, HMAC signature


@dataclass(frozen=True, slots=True)
class EngineFault:
    """A fault that the trading core itself acts out: partial_fill, unfilled, reject_at_trigger, read_lag."""

    kind: str
    seconds: float
    fraction: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request after the pipeline has checked it."""

    params: Params
    account: str | None  # account name, None on public endpoints
    now_ms: int
    fault: EngineFault | None = None


Handler = Callable[[Call], Any]
Weight = int | Callable[[Mapping[str, str]], int]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route of the exchange.

    weight is request weight (a number, or a function of the raw parameters); order_count says by how much the 10 s
    and 1 m order counters rise, (0, 0) for everything but placing and amending.
    """

    method: str
    path: str
    handler: Handler
    security: Security = Security.NONE
    weight: Weight = 1
    order_count: tuple[int, int] = (0, 0)


class Routes:
    """All endpoints by method and path."""

    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], Endpoint] = {}

    def add(self, endpoint: Endpoint) -> None:
        """Add one endpoint; the same method and path twice is a programming error."""
        key = (endpoint.method, endpoint.path)
        if key in self._endpoints:
            raise ValueError(f"endpoint defined twice: {key}")
        self._endpoints[key] = endpoint

    def find(self, method: str, path: str) -> Endpoint | None:
        """Return the endpoint, None when the exchange has no such path."""
        return self._endpoints.get((method, path))

    def paths(self) -> list[tuple[str, str]]:
        """Return every (method, path), sorted."""
        return sorted(self._endpoints)
