"""What services take from the running bot without costing the exchange or the engine anything."""

from decimal import Decimal
from typing import Protocol

from binance_client import BinanceTestnetClient
from domain.bot_status import MonitorHealth
from domain.terms import SymbolRules


class MonitorFeed(Protocol):
    """What pages may take from the monitor without costing the exchange or the actor anything."""

    def health(self) -> MonitorHealth:
        """Return the latest snapshot."""

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds) from the price stream, None when never seen."""

    def symbol_rules(self) -> dict[str, SymbolRules]:
        """Return the rules of every symbol of the venue as last read, empty before the first read."""

    def viewer_client(self) -> BinanceTestnetClient | None:
        """Return the pages' own signed-in client, None while not signed in."""

    def wake(self) -> None:
        """Wake the monitor: an instruction or a setting was written."""
