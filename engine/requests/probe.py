"""Measuring how the exchange behaves, and tidying up after a measurement that was cut short."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.terms import SymbolRules
from domain.venue_probe.placing import ClosingOrder, FiredOrder
from domain.venue_probe.questions import Question
from engine.requests.probe_cleaning import clean_up
from engine.requests.probe_run import ProbeRun
from engine.requests.reports import Observation, ProbeCleaned, VenueProbed
from exchange.clock import to_milliseconds

WEIGHT_SHARE = Decimal("0.5")  # of the allowance; beyond it a probe leaves the rest to trades


@dataclass(frozen=True, slots=True)
class ProbeVenue:
    """Measure on a pair that nobody trades; that it begins is committed before the first order goes out."""

    probe_id: int
    rules: SymbolRules
    prefix: str
    began_at: datetime
    bitcoin_step: Decimal | None
    fired: FiredOrder | None
    closing: ClosingOrder | None
    room: Callable[[], bool] = field(compare=False)  # whether no trade needs the requests

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Measure, then take away whatever is left."""
        run = ProbeRun(client, self.rules, self.prefix, lambda: self.room() and has_room(client))
        run.measure(self.fired, self.closing)
        if self.bitcoin_step is not None:
            run.findings[Question.BITCOIN_STEP] = f"{self.bitcoin_step.normalize():f}"
        listed_clean = clean_up(client, self.rules.symbol, self.prefix, to_milliseconds(self.began_at) - 1000)
        return VenueProbed(self.probe_id, run.findings, run.heard, listed_clean and not run.left, run.problem)


@dataclass(frozen=True, slots=True)
class CleanProbe:
    """Take away what a probe that was cut short has left."""

    probe_id: int
    symbol: str
    prefix: str
    began_at: datetime

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Look for its orders and cancel them."""
        clean = clean_up(client, self.symbol, self.prefix, to_milliseconds(self.began_at) - 1000)
        return ProbeCleaned(self.probe_id, clean)


def has_room(client: BinanceTestnetClient) -> bool:
    """Whether requests that can wait may go out."""
    usage = client.usage()
    return usage.blocked_until is None and (usage.weight_1m or 0) <= WEIGHT_SHARE * usage.weight_limit_1m
