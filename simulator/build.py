"""Builds the whole practice exchange that the command line describes."""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from simulator.app import PracticeExchange
from simulator.assembly import assemble
from simulator.endpoints import Routes
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.market import market_endpoints
from simulator.market.build import build_market
from simulator.store import LogStore
from simulator.switches import Switches
from simulator.ticker import load_clock
from simulator.trading import routes as trading_routes
from simulator.trading.accounts import AccountSpec
from simulator.trading.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line chose; mode is walk, hold or replay, the last with a csv."""

    state: Path | None
    accounts: tuple[AccountSpec, ...]
    seed: int
    mode: str
    csv: Path | None
    speed: Decimal
    made_up_symbols: int
    switches: Switches = field(default_factory=Switches)


def build(settings: Settings) -> PracticeExchange:
    """Return the exchange that the settings describe, its state loaded.

    Raises:
        StateFileBusy, StateFileDamaged: the state file cannot be used.
    """
    store = LogStore(settings.state)
    clock = load_clock(store)
    faults = FaultBook()
    hub = Hub(clock, faults, settings.switches)
    market = build_market(
        clock,
        store,
        hub,
        seed=settings.seed,
        mode=settings.mode,
        csv=settings.csv,
        speed=settings.speed,
        made_up_symbols=settings.made_up_symbols,
        demo_rules=settings.switches.demo_rules,
    )
    exchange = Exchange(clock, store, market, hub, settings.accounts, settings.switches)
    exchange.core.refuses_child = lambda: faults.for_trigger(time.monotonic()) is not None
    routes = Routes()
    market_endpoints.register(routes, market, clock, settings.switches)
    trading_routes.register(routes, exchange)
    names = tuple(account.name for account in settings.accounts)
    return assemble(store, clock, hub, faults, routes, market, exchange, names, settings.switches)
