"""Puts the practice exchange together from its parts."""

import secrets

from simulator import basic_endpoints, listen_keys
from simulator.app import ExchangeApp, PracticeExchange
from simulator.clock import ExchangeClock
from simulator.control import Control
from simulator.endpoints import Routes
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.interfaces import ControlledMarket, TradingCore
from simulator.listen_keys import ListenKeys
from simulator.pipeline import Pipeline
from simulator.store import LogStore
from simulator.switches import Switches
from simulator.ticker import Ticker


def assemble(
    store: LogStore,
    clock: ExchangeClock,
    hub: Hub,
    faults: FaultBook,
    routes: Routes,
    market: ControlledMarket,
    core: TradingCore,
    accounts: tuple[str, ...],
    switches: Switches,
) -> PracticeExchange:
    """Return the exchange of a market and a trading core whose endpoints are among routes already."""
    keys = ListenKeys(store, clock, hub)
    basic_endpoints.register(routes)
    listen_keys.register(routes, keys)
    faults.learn(routes.paths())
    pipeline = Pipeline(routes, clock, store, faults, core.account_of_key, switches)
    ticker = Ticker(clock, store, market, core, pipeline, hub, keys)
    control = Control(clock, store, market, core, pipeline, hub, faults, ticker, accounts, _state_id(store))
    ticker.save_clock()
    store.commit()
    return PracticeExchange(ExchangeApp(pipeline, control, hub), ticker, faults, store)


def _state_id(store: LogStore) -> str:
    row = store.rows("exchange").get("id")
    if row is None:
        row = {"id": secrets.token_hex(16)}
        store.put("exchange", "id", row)
    return str(row["id"])
