"""The quiet line in the header: one word, ages, and what is wrong, worst first."""

from datetime import datetime

from domain.bot_status import Alert, BotState, MonitorHealth
from domain.terms import Severity
from domain.venues import Venue
from services.dashboard.views import Status

STATE_WORDS = {
    BotState.STARTING: "Starting",
    BotState.TRADING: "Trading",
    BotState.PAUSED: "Opening paused",
    BotState.STANDBY: "Standing by",
    BotState.DEGRADED: "Needs attention",
    BotState.LOCKED: "Keys locked",
    BotState.NO_KEYS: "No keys",
}
_GRAVITY = (Severity.DANGER, Severity.WARNING, Severity.INFO, Severity.GOOD)


def status_of(health: MonitorHealth, opening_paused: bool, now: datetime) -> Status:
    """Return the header's values; ages in seconds at now, None where nothing has happened yet."""
    return Status(
        state=health.state,
        word=_word(health),
        venue=health.venue,
        venue_label=health.venue.label,
        price_age_seconds=health.streams.price_age_seconds,
        check_age_seconds=_age_seconds(health.last_check_at, now),
        stream_word=_stream_word(health),
        clock_offset_ms=health.clock_offset_ms,
        weight_used=None if health.usage is None else health.usage.weight_1m,
        weight_limit=None if health.usage is None else health.usage.weight_limit_1m,
        opening_paused=opening_paused,
        holds_lease=health.holds_lease,
        alerts=worst_first(health.alerts),
    )


def worst_first(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """Return alerts by gravity, the longest lasting first among equals."""
    return tuple(sorted(alerts, key=lambda alert: (_GRAVITY.index(alert.severity), alert.since)))


def _word(health: MonitorHealth) -> str:
    if health.state is BotState.DEGRADED and health.exchange_is_silent:
        return "Waiting for practice" if health.venue is Venue.PRACTICE else "Waiting for Binance"
    return STATE_WORDS[health.state]


def _age_seconds(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _stream_word(health: MonitorHealth) -> str:
    streams = health.streams
    if streams.tells_trades and streams.prices_connected:
        return "live"
    if streams.prices_connected:
        return "live prices, trade news by checking"
    if streams.tells_trades:
        return "live trade news, no live prices"
    return "no live connection, checking every 5 seconds"
