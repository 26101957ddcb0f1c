"""Runs the HTTP side over the tiny market and core: python -m tests.simulator.http.serve_tiny [STATE]."""

import asyncio
import sys
from pathlib import Path

from simulator.app import PracticeExchange
from simulator.assembly import assemble
from simulator.endpoints import Routes
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.server import listen, serve
from simulator.store import LogStore
from simulator.switches import Switches
from simulator.ticker import load_clock
from tests.simulator.http.tiny import TinyCore, TinyMarket


def tiny_exchange(state: Path | None = None) -> PracticeExchange:
    """Return the HTTP side assembled over the tiny market and core."""
    store = LogStore(state)
    clock = load_clock(store)
    faults = FaultBook()
    hub = Hub(clock, faults)
    core, routes = TinyCore(hub), Routes()
    core.register(routes)
    return assemble(store, clock, hub, faults, routes, TinyMarket(clock, hub), core, ("practice", "second"), Switches())


if __name__ == "__main__":
    exchange = tiny_exchange(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    asyncio.run(serve(exchange, listen("127.0.0.1", 0), "127.0.0.1"))
    exchange.store.close()
