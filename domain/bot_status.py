"""What the monitor tells the rest of the process about itself: an immutable picture, replaced after every check."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from binance_client import BinanceTestnetClient
from domain.exchange import Balance, ExchangePosition, RequestUsage
from domain.terms import Severity, Side, SymbolRules


class Venue(StrEnum):
    """Where orders go; testnet and demo are two hosts of one account family."""

    PRACTICE = "practice"
    TESTNET = "testnet"
    DEMO = "demo"


class BotState(StrEnum):
    """The one word beside the state dot."""

    STARTING = "STARTING"
    TRADING = "TRADING"
    PAUSED = "PAUSED"  # the person paused opening; protection goes on
    STANDBY = "STANDBY"  # another process holds the lease
    DEGRADED = "DEGRADED"  # something is wrong; see problems
    LOCKED = "LOCKED"  # saved keys cannot be read
    NO_KEYS = "NO_KEYS"  # a Binance venue is chosen and there are no keys


@dataclass(frozen=True, slots=True)
class Problem:
    """One degraded condition in plain words: what is wrong, is money at risk, what the bot does, what to do."""

    code: str  # e.g. silent, keys, database
    severity: Severity
    title: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """State of the two sockets; ages in seconds, None when nothing has arrived yet."""

    user_connected: bool
    prices_connected: bool
    price_age_seconds: float | None
    reconnects: int


@dataclass(frozen=True, slots=True)
class MonitorHealth:
    """The monitor at one moment. last_check_at is None before the first full check succeeded."""

    state: BotState
    holds_lease: bool
    venue: Venue
    account_id: int | None
    account_alias: str | None
    last_check_at: datetime | None
    last_cycle_age_seconds: float
    streams: StreamHealth
    clock_offset_ms: int | None
    usage: RequestUsage | None
    balance: Balance | None
    foreign: tuple[ExchangePosition, ...]  # on places of the account where no run of ours lives
    problems: tuple[Problem, ...]
    left_alone: frozenset[tuple[str, Side]] = frozenset()  # places of those that the person said to ignore


class MonitorFeed(Protocol):
    """What pages may take from the monitor without costing the exchange or the actor anything."""

    def health(self) -> MonitorHealth:
        """Return the latest picture."""

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds) from the price stream, None when never seen."""

    def symbol_rules(self) -> dict[str, SymbolRules]:
        """Return the rules of every symbol of the venue as last read, empty before the first read."""

    def viewer_client(self) -> BinanceTestnetClient | None:
        """Return the pages' own signed-in client, None while not signed in."""

    def ring(self) -> None:
        """Wake the monitor: an instruction or a setting was written."""
