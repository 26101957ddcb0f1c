"""What keeps the exchange going: prices move, what they cross triggers, events leave, everything becomes durable."""

import asyncio
import logging
import time

from simulator.clock import ExchangeClock
from simulator.hub import Hub
from simulator.interfaces import ControlledMarket, Store, TradingCore
from simulator.listen_keys import ListenKeys
from simulator.pipeline import Pipeline

_INTERVAL_SECONDS = 0.05
_CLOCK_SAVED_EVERY_MS = 1000
_TABLE = "exchange"
_KEY = "clock"

_log = logging.getLogger(__name__)


def load_clock(store: Store) -> ExchangeClock:
    """Return a clock that goes on where the state file's last run stood."""
    row = store.rows(_TABLE).get(_KEY)
    if row is None:
        return ExchangeClock()
    shown_ms, ahead_ms = row["shown_ms"], row["ahead_ms"]
    if time.time_ns() // 1_000_000 + ahead_ms < shown_ms:
        # The wall clock was set back. The last run may have shown a little more than it saved.
        shown_ms += _CLOCK_SAVED_EVERY_MS
    return ExchangeClock(not_before_ms=shown_ms, ahead_ms=ahead_ms)


class Ticker:
    """Calls every part in turn, some twenty times a second and at once after a control request."""

    def __init__(
        self,
        clock: ExchangeClock,
        store: Store,
        market: ControlledMarket,
        core: TradingCore,
        pipeline: Pipeline,
        hub: Hub,
        listen_keys: ListenKeys,
    ) -> None:
        self._clock = clock
        self._store = store
        self._market = market
        self._core = core
        self._pipeline = pipeline
        self._hub = hub
        self._listen_keys = listen_keys
        self._clock_saved_ms = 0

    def tick(self) -> None:
        """Bring everything up to the clock's now."""
        for time_ms, changed in self._market.steps(self._core.symbols_at_stake):
            self._core.on_step(time_ms, changed)
        self._pipeline.run_late()
        self._listen_keys.expire_due()
        self._hub.close_old()
        self._market.publish()
        if self._clock.now_ms() - self._clock_saved_ms >= _CLOCK_SAVED_EVERY_MS:
            self.save_clock()
        self._store.commit()

    def save_clock(self) -> None:
        """Remember how far the clock has come, so that the next run goes on from there."""
        self._clock_saved_ms = self._clock.now_ms()
        self._store.put(_TABLE, _KEY, {"shown_ms": self._clock_saved_ms, "ahead_ms": self._clock.ahead_ms})

    async def run(self) -> None:
        """Tick until cancelled; a tick that fails is logged and the next one tries again."""
        while True:
            await asyncio.sleep(_INTERVAL_SECONDS)
            try:
                self.tick()
            except Exception:
                _log.exception("a tick of the practice exchange failed")
