"""What is wrong, in plain words: raised when it begins, resolved when it is over, worst first."""

import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from database import save_event
from domain.bot_status import CHECK_ALERTS, Alert
from domain.journal.bot_facts import AlertRaised, AlertResolved
from domain.journal.events import JournalEvent
from domain.journal.facts import JournalFacts, facts_from_json
from domain.terms import LIVE_PHASES, Severity
from engine.cycle import Cycle
from engine.state.engine_state import EngineState
from engine.state.wording import position_name
from engine.state.working_set import WorkingSet
from engine.supervision.alert_texts import (
    DEAF_TEXT,
    OWN_DATABASE,
    STREAMS_TEXT,
    TEXTS,
    TITLES,
    overclosed_trades,
    sign_in_words,
    stall,
)
from engine.supervision.connection import Connection, SignInBlocked
from engine.supervision.findings import (
    Finding,
    finding,
    of_income,
    of_the_check,
    of_the_listing,
    of_the_trades,
    of_the_wallet,
    of_what_was_read,
)
from exchange.errors import PracticeNotRunning, TradingError
from storage.bot_tables import JournalRow
from storage.tables import PositionRow

UNEXPLAINED_ALERT_AFTER = timedelta(seconds=5)
CLOCK_JUMP_SECONDS = 1.0
STREAMS_DOWN_AFTER = timedelta(seconds=15)
PENDING_AT_MOST = 100
_OUTSIDE = ("locked", "no_keys", "keys", "refused", "unreachable", "practice", "paused")  # why the bot is not signed in
_OF_THE_BOT = ("database", "internal", "newer")  # whatever the account; the others are about the one in use
_KNOWN_AGAIN = (
    "unprotected",
    "external",
    "overclosed",
    "streams",
    "deaf",
    "ending",
    "unlisted",
    "assets",
    "income",
    *CHECK_ALERTS.values(),
)  # each cycle says anew whether these last
# What rows of 0.1.0 call it.
_OLD_CODES = {"naked": "unprotected", "joined": "external"}
_BEGAN = (JournalEvent.ALERT_RAISED, "problem_began")
_ENDED = (JournalEvent.ALERT_RESOLVED, "problem_ended")


@dataclass(frozen=True, slots=True)
class _PendingEntry:
    """An alert that began, or ended; not in the journal yet."""

    alert: Alert
    ended_at: datetime | None = None

    def write(self, session: Session, account_id: int | None) -> None:
        alert, at = self.alert, self.ended_at or self.alert.since
        facts: JournalFacts = AlertRaised(alert.code, alert.title, alert.text, alert.severity)
        if self.ended_at is not None:
            lasted = int((self.ended_at - alert.since).total_seconds())
            facts = AlertResolved(alert.code, alert.title, lasted)
        save_event(session, facts, at=at, account_id=account_id)


class Alerts:
    """The open alerts by code; each beginning and each end goes into the journal, once it can be written."""

    def __init__(self, *, own_database: bool = False) -> None:
        """Begin without alerts; own_database: the bot runs the database itself, and starts it again."""
        self._own_database = own_database
        self._open: dict[str, Alert] = {}
        self._pending: deque[_PendingEntry] = deque(maxlen=PENDING_AT_MOST)
        self._streams_down_since: datetime | None = None
        self._clock_gap = _clock_gap()
        self._overclosed_since: dict[int, datetime] = {}  # by trade

    def listed(self) -> tuple[Alert, ...]:
        """Return the open alerts, worst and oldest first."""
        order = list(Severity)
        return tuple(sorted(self._open.values(), key=lambda p: (-order.index(p.severity), p.since)))

    def has_pending(self) -> bool:
        """Whether something is to be written that can be: not while the database is what is wrong."""
        return bool(self._pending) and "database" not in self._open

    def write_pending(self, session: Session, account_id: int | None) -> None:
        """Write what began and what ended into the journal; drop_pending() once that is committed."""
        for entry in self._pending:
            entry.write(session, account_id)

    def drop_pending(self) -> None:
        """Forget what began and ended: it is written, or another process tells it."""
        self._pending.clear()

    def recall(self, session: Session, account_id: int) -> None:
        """Know again what was wrong when the account was last watched: told already, and keeping its beginning."""
        code = JournalRow.details["code"].astext
        newest = (
            select(JournalRow)
            .ext(distinct_on(code))
            .where(
                JournalRow.account_id == account_id,
                JournalRow.event.in_(_BEGAN + _ENDED),
                code.in_((*_KNOWN_AGAIN, *_OLD_CODES)),
            )
            .order_by(code, JournalRow.id.desc())
        )
        for row in session.scalars(newest):
            if row.event in _BEGAN:
                alert = _recalled(row)
                self._open[alert.code] = alert

    def raise_(self, code: str, now: datetime) -> None:
        """Open an alert with fixed words; one that is open keeps its beginning."""
        title, text = OWN_DATABASE if code == "database" and self._own_database else TEXTS[code]
        self._put(Alert(code, Severity.WARNING, title, text, now))

    def resolve(self, code: str, now: datetime) -> None:
        """Close an alert; closed already is fine."""
        known = self._open.pop(code, None)
        if known is not None:
            self._pending.append(_PendingEntry(known, now))

    def cannot_sign_in(self, reason: SignInBlocked, now: datetime) -> None:
        """Open the alert that there is nobody to sign in as."""
        self._outside(Alert(reason.state.value.lower(), Severity.WARNING, reason.title, reason.text, now))

    def sign_in_failed(self, error: TradingError, now: datetime) -> None:
        """Open the alert that signing in did not work."""
        if isinstance(error, PracticeNotRunning):
            title, text = TEXTS["practice"]
            self._outside(Alert("practice", Severity.WARNING, title, f"{error} {text}", now))
            return
        code, title, text = sign_in_words(error)
        self._outside(Alert(code, Severity.WARNING, title, text, now))

    def _outside(self, alert: Alert) -> None:
        for code in _OUTSIDE:
            if code != alert.code:
                self.resolve(code, alert.since)
        self._put(alert)

    def signed_in(self, now: datetime) -> None:
        """Close everything that stood in the way of signing in."""
        for code in _OUTSIDE:
            self.resolve(code, now)

    def left_account(self) -> None:
        """Forget what was wrong with an account that is not watched any more: nobody knows whether it is over."""
        self._forget(self._open.keys() - {*_OF_THE_BOT, *_OUTSIDE})

    def stand_by(self) -> None:
        """Forget what another process now has to do with."""
        self._forget(self._open.keys() - {*_OF_THE_BOT})

    def _forget(self, codes: set[str]) -> None:
        for code in codes:
            del self._open[code]
        self._streams_down_since = None

    def stalled_for(self, seconds: float, now: datetime) -> None:
        """Tell that the bot stood still until now, e.g. because the machine slept."""
        alert = stall(seconds, now)
        self._pending += [_PendingEntry(alert), _PendingEntry(alert, now)]

    def judge(self, work: Cycle, state: EngineState, connection: Connection, now: datetime) -> None:
        """Open and close what follows from one cycle."""
        live = [p for p in work.rows.positions.values() if p.phase in LIVE_PHASES]
        self.follow(*self._streams(connection, now))
        self.follow(*of_the_check(state, connection, live, now))
        self.follow(*of_the_trades(live, now), of_the_wallet(state, now), of_income(state, now))
        self.follow(self._overclosed(work.rows, live, now))
        self.follow(*of_the_listing(live, work.rows, state, now))
        self.follow(*of_what_was_read(work, connection, now))

    def follow(self, *findings: Finding) -> None:
        """Open what a finding says is wrong, close what it says is over."""
        for one in findings:
            if one.alert is None:
                self.resolve(one.code, one.at)
            else:
                self._put(one.alert)

    def _overclosed(self, rows: WorkingSet, live: list[PositionRow], now: datetime) -> Finding:
        """Say which trades closed more than they held, once the fill that explains it would have been found."""
        beyond = {p: -rows.own_quantity(p) for p in live if rows.own_quantity(p) < 0}
        self._overclosed_since = {p.id: self._overclosed_since.get(p.id, now) for p in beyond}
        lasting = {
            p: more for p, more in beyond.items() if now - self._overclosed_since[p.id] > UNEXPLAINED_ALERT_AFTER
        }
        text = overclosed_trades((position_name(p), more) for p, more in lasting.items())
        since = min((self._overclosed_since[p.id] for p in lasting), default=None)
        return finding("overclosed", bool(lasting), text, now, since=since)

    def _streams(self, connection: Connection, now: datetime) -> tuple[Finding, Finding]:
        streams = connection.stream_health()
        up = streams.user_connected and streams.prices_connected
        self._streams_down_since = None if up else self._streams_down_since or now
        since = self._streams_down_since
        down = since is not None and now - since > STREAMS_DOWN_AFTER
        deaf = streams.user_connected and streams.user_deaf
        return (
            finding("streams", down, STREAMS_TEXT, now, Severity.INFO, since=since),
            finding("deaf", deaf, DEAF_TEXT, now, Severity.INFO),
        )

    def _put(self, alert: Alert) -> None:
        known = self._open.get(alert.code)
        self._open[alert.code] = replace(alert, since=known.since) if known else alert
        if known is None:
            self._pending.append(_PendingEntry(alert))

    def clock_jumped(self) -> bool:
        """Whether wall clock and monotonic clock have drifted apart since the last call: sleep, or a clock set."""
        gap, self._clock_gap = self._clock_gap, _clock_gap()
        return abs(self._clock_gap - gap) > CLOCK_JUMP_SECONDS


def _recalled(row: JournalRow) -> Alert:
    """Return the alert that a row tells of; the text of one without facts is shown whole, until it is judged anew."""
    facts = facts_from_json(row.event, row.details)
    if isinstance(facts, AlertRaised):
        return Alert(facts.code, row.severity, facts.title, facts.text, row.at)
    code = str(row.details["code"])
    code = _OLD_CODES.get(code, code)
    return Alert(code, row.severity, TITLES[code], row.text, row.at)


def _clock_gap() -> float:
    return datetime.now(UTC).timestamp() - time.monotonic()
