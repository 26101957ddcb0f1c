"""Puts the practice exchange together from its parts."""

import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from simulator import basic_endpoints, listen_keys
from simulator.app import ExchangeApp
from simulator.clock import ExchangeClock
from simulator.control import Control
from simulator.endpoints import Surface
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.interfaces import ControlledMarket, TradingCore
from simulator.listen_keys import ListenKeys
from simulator.market import market_endpoints
from simulator.market.build import build_market
from simulator.pipeline import Pipeline
from simulator.pulse import Pulse, load_clock
from simulator.store import LogStore
from simulator.switches import Switches
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


@dataclass(frozen=True, slots=True)
class PracticeExchange:
    """A whole exchange: what to serve, what to keep beating and what to close at the end."""

    app: ExchangeApp
    pulse: Pulse
    store: LogStore


def build(settings: Settings) -> PracticeExchange:
    """Return the exchange that the settings describe, its state loaded.

    Raises:
        StateFileBusy, StateFileDamaged: the state file cannot be used.
    """
    store = LogStore(settings.state)
    clock = load_clock(store)
    faults = FaultBook()
    hub = Hub(clock, faults, settings.switches.strict_routing)
    market = build_market(
        clock,
        store,
        hub,
        seed=settings.seed,
        mode=settings.mode,
        csv=settings.csv,
        speed=settings.speed,
        made_up_symbols=settings.made_up_symbols,
    )
    exchange = Exchange(clock, store, market, hub, settings.accounts, settings.switches)
    surface = Surface()
    market_endpoints.register(surface, market, clock, settings.switches)
    for part in TRADING_ENDPOINTS:
        part.register(surface, exchange)
    names = tuple(account.name for account in settings.accounts)
    return assemble(store, clock, hub, faults, surface, market, exchange, names)


def assemble(
    store: LogStore,
    clock: ExchangeClock,
    hub: Hub,
    faults: FaultBook,
    surface: Surface,
    market: ControlledMarket,
    core: TradingCore,
    accounts: tuple[str, ...],
) -> PracticeExchange:
    """Return the exchange of a market and a trading core whose endpoints are on surface already."""
    keys = ListenKeys(store, clock, hub)
    basic_endpoints.register(surface)
    listen_keys.register(surface, keys)
    faults.learn(surface.paths())
    pipeline = Pipeline(surface, clock, store, faults, core.account_of_key)
    pulse = Pulse(clock, store, market, core, pipeline, hub, keys)
    control = Control(clock, store, market, core, pipeline, hub, faults, pulse, accounts, _state_id(store))
    pulse.save_clock()
    store.commit()
    return PracticeExchange(ExchangeApp(pipeline, control, hub), pulse, store)


def _state_id(store: LogStore) -> str:
    row = store.rows("exchange").get("id")
    if row is None:
        row = {"id": secrets.token_hex(16)}
        store.put("exchange", "id", row)
    return str(row["id"])
