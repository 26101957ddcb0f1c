"""A market on a clock that stands still until it is moved, and questions to its endpoints."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.clock import ExchangeClock
from simulator.endpoints import Call, Routes
from simulator.interfaces import Json, Store
from simulator.market import market_endpoints
from simulator.market.build import build_market
from simulator.market.synthetic import SyntheticMarket
from simulator.params import Params
from simulator.store import LogStore
from simulator.switches import Switches

NOON_MS = 1_795_305_600_000 + 12 * 3_600_000  # 2026-11-22 12:00:00 UTC
MINUTE_MS = 60_000
HOUR_MS = 3_600_000


class StillClock(ExchangeClock):
    """Server time that only moves when told to."""

    def __init__(self, start_ms: int = NOON_MS) -> None:
        super().__init__()
        self._now_ms = start_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, milliseconds: int) -> None:
        self._now_ms += milliseconds


class Listener:
    """A publisher whose subscribers want the given streams and keep what they get."""

    def __init__(self, *streams: str) -> None:
        self.streams = set(streams)
        self.heard: list[tuple[str, Any]] = []

    def user(self, account: str, event: Json) -> None:
        raise AssertionError("the market has no user events")

    def market(self, stream: str, payload: Json | list[Json]) -> None:
        self.heard.append((stream, payload))

    def market_wanted(self, stream: str) -> bool:
        return stream in self.streams


@dataclass
class Room:
    clock: StillClock
    store: Store
    listener: Listener
    market: SyntheticMarket
    routes: Routes

    def play(self, milliseconds: int, tick_ms: int = 50) -> list[tuple[int, set[str]]]:
        """Let time pass tick by tick as the ticker does; return every step."""
        steps: list[tuple[int, set[str]]] = []
        while milliseconds > 0:
            self.clock.advance(min(tick_ms, milliseconds))
            milliseconds -= tick_ms
            steps.extend(self.market.steps())
            self.market.publish()
        return steps

    def jump(self, milliseconds: int) -> Iterator[tuple[int, set[str]]]:
        self.clock.advance(milliseconds)
        return self.market.steps()

    def get(self, path: str, **params: object) -> Any:
        endpoint = self.routes.find("GET", path)
        assert endpoint is not None
        texts = {name: str(value) for name, value in params.items()}
        return endpoint.handler(Call(Params(texts), None, self.clock.now_ms()))


def open_room(
    mode: str = "walk",
    *,
    seed: int = 7,
    speed: str = "1",
    symbols: int = 0,
    csv: Path | None = None,
    store: Store | None = None,
    start_ms: int = NOON_MS,
    streams: tuple[str, ...] = (),
    demo_rules: bool = False,
) -> Room:
    clock, listener = StillClock(start_ms), Listener(*streams)
    kept = store if store is not None else LogStore(None)
    market = build_market(
        clock,
        kept,
        listener,
        seed=seed,
        mode=mode,
        csv=csv,
        speed=Decimal(speed),
        made_up_symbols=symbols,
        demo_rules=demo_rules,
    )
    routes = Routes()
    market_endpoints.register(routes, market, clock, Switches())
    return Room(clock, kept, listener, market, routes)
