"""What the monitor tells the rest of the process about itself: an immutable snapshot, replaced after every check."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.exchange import Balance, ExchangePosition, RequestUsage
from domain.terms import Severity, Side
from domain.venues import Venue


class BotState(StrEnum):
    """The one word beside the state dot."""

    STARTING = "STARTING"
    TRADING = "TRADING"
    PAUSED = "PAUSED"  # the person paused opening; protection goes on
    STANDBY = "STANDBY"  # another process holds the lease
    DEGRADED = "DEGRADED"  # something is wrong; see alerts
    LOCKED = "LOCKED"  # saved keys cannot be read
    NO_KEYS = "NO_KEYS"  # a Binance venue is chosen and there are no keys


# Why the account could not be checked lately, and the alert that says so.
CHECK_ALERTS = {"silent": "silent", "refused": "refusing", "keys": "keys_refused", "unread": "not_understood"}


@dataclass(frozen=True, slots=True)
class Alert:
    """One degraded condition in plain words: what is wrong, is money at risk, what the bot does, what to do."""

    code: str  # e.g. silent, keys, database
    severity: Severity
    title: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """State of the two sockets; ages in seconds, None when nothing has arrived yet.

    user_deaf: the account's socket stayed silent though orders changed, and has not been heard since.
    """

    user_connected: bool
    prices_connected: bool
    price_age_seconds: float | None
    reconnects: int
    user_deaf: bool = False

    @property
    def tells_trades(self) -> bool:
        """Whether news of the account's orders can be expected from its socket."""
        return self.user_connected and not self.user_deaf


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
    external_positions: tuple[ExchangePosition, ...]  # on keys of the account where no trade of ours lives
    alerts: tuple[Alert, ...]
    ignored: frozenset[tuple[str, Side]] = frozenset()  # keys of those that the person said to ignore

    @property
    def exchange_is_silent(self) -> bool:
        """Whether the exchange has given the bot no usable answer for a while."""
        return any(alert.code in CHECK_ALERTS.values() for alert in self.alerts)
