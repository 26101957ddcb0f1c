"""What one cycle shows to be wrong, or no longer wrong: values that alerts follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.bot_status import CHECK_ALERTS, Alert
from domain.terms import Phase, ReopenState, Severity
from domain.venues import Venue
from domain.wording import format_quantity
from engine.cycle import Cycle
from engine.state.engine_state import EngineState
from engine.state.wording import position_name
from engine.state.working_set import WorkingSet
from engine.supervision.alert_texts import (
    CONFLICT_TITLE,
    EXTERNAL_TEXT,
    INCOME_TEXT,
    TITLES,
    UNPROTECTED_TEXT,
    ending_pairs,
    pause_words,
    unlisted_pairs,
    unread_rows,
    unusable_assets,
)
from engine.supervision.connection import Connection
from engine.supervision.silence import check_alert
from storage.tables import PositionRow

INCOME_ALERT_AFTER = 5  # failures in a row
PAUSE_ALERT_FROM = timedelta(seconds=5)
UNPROTECTED_ALERT_AFTER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a cycle says of one alert: how it reads now, or None where it is not so (any more)."""

    code: str
    alert: Alert | None
    at: datetime


def finding(
    code: str,
    wrong: bool,
    text: str,
    now: datetime,
    severity: Severity = Severity.WARNING,
    *,
    since: datetime | None = None,
) -> Finding:
    """Return a finding with the title of its code; since: from when on, where that is known better than now."""
    return Finding(code, Alert(code, severity, TITLES[code], text, since or now) if wrong else None, now)


def of_the_check(
    state: EngineState, connection: Connection, live: Sequence[PositionRow], now: datetime
) -> Iterator[Finding]:
    """Say whether the exchange answers the full check, or wants a pause."""
    exchange = "The practice exchange" if connection.target.venue is Venue.PRACTICE else "Binance"
    needy = [p.phase is Phase.CLOSING or p.unprotected_since is not None for p in live]
    usage, known = connection.client.usage(), state.exchange
    paused = usage.blocked_until is not None and (usage.banned or usage.blocked_until - now > PAUSE_ALERT_FROM)
    title, text = pause_words(exchange, usage.blocked_until or now, needy, banned=usage.banned)
    yield Finding("paused", Alert("paused", Severity.WARNING, title, text, now) if paused else None, now)
    alert = check_alert(known.check_failure, known.last_full_check_at, now, exchange, needy)
    if paused:
        alert = None  # it is not silent: it was told not to be asked
    yield from (Finding(code, None, now) for code in CHECK_ALERTS.values() if alert is None or code != alert.code)
    if alert is not None:
        yield Finding(alert.code, alert, now)


def of_the_trades(live: Sequence[PositionRow], now: datetime) -> Iterator[Finding]:
    """Say which trades have no stop, and to which somebody else has added."""
    bare = {p: p.unprotected_since for p in live if p.unprotected_since is not None}
    unprotected = {p: since for p, since in bare.items() if now - since > UNPROTECTED_ALERT_AFTER}
    text = f"{', '.join(map(position_name, unprotected))}: {UNPROTECTED_TEXT}"
    since = min(unprotected.values(), default=None)
    yield finding("unprotected", bool(unprotected), text, now, Severity.DANGER, since=since)
    shared = [p for p in live if p.external_quantity > 0 and not p.own_part_only]
    named = ", ".join(f"{format_quantity(p.external_quantity)} of {position_name(p)}" for p in shared)
    yield finding("external", bool(shared), f"{named}. {EXTERNAL_TEXT}", now)


def of_the_wallet(state: EngineState, now: datetime) -> Finding:
    """Say that money is there which the bot cannot use: without USDT it would only say that nothing is free."""
    balance = state.exchange.balance
    others = balance.other_assets if balance is not None and balance.wallet_usdt <= 0 else ()
    return finding("assets", bool(others), unusable_assets(others), now)


def of_income(state: EngineState, now: datetime) -> Finding:
    """Say that the income history has not been read for long."""
    return finding("income", state.schedule.income_failures >= INCOME_ALERT_AFTER, INCOME_TEXT, now)


def of_the_listing(
    live: Sequence[PositionRow], rows: WorkingSet, state: EngineState, now: datetime
) -> Iterator[Finding]:
    """Say that pairs end, days ahead, and that they have left the listing while something is open in them."""
    waiting = [p for p in rows.positions.values() if p.reopen_state is ReopenState.WAITING]
    rules = state.exchange.rules
    traded = [(position_name(p), rules[p.symbol]) for p in (*live, *waiting) if p.symbol in rules]
    ending = [(name, known.delivers_at) for name, known in traded if known.delivers_at and known.listed]
    yield finding("ending", bool(ending), ending_pairs(ending), now)
    known = [(p, rules.get(p.symbol)) for p in live]
    gone = [(position_name(p), r.read_at if r else None) for p, r in known if r is None or not r.listed]
    yield finding("unlisted", bool(gone), unlisted_pairs(gone), now)


def of_what_was_read(work: Cycle, connection: Connection, now: datetime) -> Iterator[Finding]:
    """Say which rows cannot be read, and which contradict what is recorded; that one stays until it is looked into."""
    unread = connection.client.unread_rows()
    title, text = unread_rows(unread)
    yield Finding("unread", Alert("unread", Severity.WARNING, title, text, now) if unread else None, now)
    if work.conflicts:
        text = f"Nothing was recorded over them: {'; '.join(work.conflicts)}. Trading goes on."
        yield Finding("ledger", Alert("ledger", Severity.WARNING, CONFLICT_TITLE, text, now), now)
