"""Signing in to the target, again when it changes, and keeping clock and modes right."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from database import save_account, save_event
from domain.bot_status import BotState
from domain.journal.bot_facts import SignedIn
from domain.venue_probe.habits import habits_of
from domain.venues import Venue
from engine.execution.practice_beginning import begin_anew
from engine.state.backoff import ACCOUNT_AT_LATEST, CLOCK_AT_LATEST, SIGN_IN_RETRY_SECONDS
from engine.state.engine_state import EngineState
from engine.state.probe_state import ProbeState, forms_heard
from engine.state.routines import Routine
from engine.state.wake_up import WakeUp
from engine.supervision.alerts import Alerts
from engine.supervision.connection import (
    Connection,
    SignInBlocked,
    SignInTarget,
    ensure_account_modes,
    load_target,
    sign_in,
    target_version,
)
from engine.supervision.watchdog import Watchdog
from exchange.errors import Rejected, TradingError
from exchange.gate import gate_of
from storage.account_settings import load_ignored, load_pause, save_pause
from storage.lease import Lease
from storage.symbol_rules import save_listing
from storage.venue_probes import VenueProbeRow, load_latest_probe

log = logging.getLogger(__name__)

SAME_PAUSE = timedelta(seconds=2)
PROBED_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the bot is to sign in, and why it is not signed in."""

    venue: Venue
    state: BotState


def probe_state(latest: VenueProbeRow | None, venue: Venue, now: datetime) -> ProbeState:
    """Return what is known of how the exchange behaves, and whether it is to be measured at this sign-in.

    The practice exchange is only measured when asked; a bot that starts again and again does not measure each time.
    """
    stale = latest is None or now - latest.began_at > PROBED_AGAIN_AFTER
    habits = habits_of((latest.findings or {}) if latest else {})
    return ProbeState(
        wanted=stale and venue is not Venue.PRACTICE, habits=habits, heard=forms_heard(latest.heard if latest else None)
    )


class ConnectionSupervisor:
    """Holds the connection of the account the bot is signed in to; used by the actor, read by everybody."""

    def __init__(
        self,
        config: Config,
        sessions: sessionmaker[Session],
        lease: Lease,
        wake_up: WakeUp,
        alerts: Alerts,
        watchdog: Watchdog,
        before_sign_in: Callable[[SignInTarget], None],
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._lease = lease
        self._wake_up = wake_up
        self._alerts = alerts
        self._watchdog = watchdog
        self._before_sign_in = before_sign_in
        self._target_version: str | None = None
        self._again_at = 0.0
        self._clock_due = 0.0
        self._account_due = 0.0
        self._kept_until: datetime | None = None  # the end of the last pause that is saved
        self.connection: Connection | None = None
        self.outside = Outside(Venue.PRACTICE, BotState.STARTING)

    def now(self) -> datetime:
        """Return the exchange's time, this machine's while not signed in."""
        connection = self.connection
        return connection.client.exchange_now() if connection is not None else datetime.now(UTC)

    def connect(self) -> EngineState | None:
        """Sign in where that is wanted and not done.

        Returns:
            A fresh state when this call signed in; None otherwise: look at connection.

        Raises:
            TradingError: the exchange does not let us in; tried again every 2 seconds.
            LeaseLost: somebody else is to act.
        """
        with self._sessions.begin() as session:
            version = target_version(session)
            if version == self._target_version and self.connection is not None:
                return None
            target = load_target(session, self._config)
        if version != self._target_version:
            self.disconnect()
            self._again_at = 0.0
            self._target_version = version
        if isinstance(target, SignInBlocked):
            self._alerts.cannot_sign_in(target, self.now())
            self.outside = Outside(target.venue, target.state)
            return None
        if time.monotonic() < self._again_at:
            return None
        self._again_at = time.monotonic() + SIGN_IN_RETRY_SECONDS
        self.outside = Outside(target.venue, BotState.STARTING)
        self._recall_pause(target)
        try:
            return self._sign_in(target)
        finally:
            self.keep_pause(target)

    def _recall_pause(self, target: SignInTarget) -> None:
        """Keep to a pause that the exchange asked for before this process began."""
        with self._sessions() as session:
            known = load_pause(session, urlsplit(target.exchange.rest_url).netloc)
        if known is not None and self._kept_until is None:
            until, banned = known
            self._kept_until = until
            gate_of(target.exchange.rest_url).close(until - datetime.now(UTC), banned=banned)

    def keep_pause(self, target: SignInTarget) -> None:
        """Save a pause that the exchange asked for, so that a restart keeps to it too."""
        pause = gate_of(target.exchange.rest_url).pause()
        if pause is None or (self._kept_until and abs(pause.ends_at() - self._kept_until) < SAME_PAUSE):
            return
        self._kept_until = pause.ends_at()
        with self._sessions.begin() as session:
            save_pause(session, urlsplit(target.exchange.rest_url).netloc, self._kept_until, banned=pause.banned)

    def refresh_target(self) -> None:
        """Follow which exchange is wanted without signing in: what a standby shows."""
        with self._sessions() as session:
            version, target = target_version(session), load_target(session, self._config)
        if version != self._target_version:
            self.disconnect()
            self._target_version = version
        self.outside = Outside(target.venue, BotState.STANDBY)

    def disconnect(self) -> None:
        """Sign out; stops and targets stay on the exchange."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
            self._wake_up.drain()  # what that account's streams still named is about its orders alone
        self._alerts.left_account()

    def _sign_in(self, target: SignInTarget) -> EngineState:
        self._before_sign_in(target)
        connection = sign_in(target, self._wake_up, self._on_progress)
        now = connection.client.exchange_now()
        alias = connection.balance.account_alias
        try:
            with self._sessions.begin() as session:
                self._lease.guard(session)
                account = save_account(session, target.exchange.family, alias, now)
                connection.account_id = account.id
                begin_anew(session, target.beginning, account, now)
                rules = save_listing(session, target.exchange.family, connection.rules, now)
                ignored = load_ignored(session, account.id)
                probed = load_latest_probe(session, account.id)
                save_event(session, SignedIn(target.venue.value, alias), at=now, account_id=account.id)
                self._alerts.recall(session, account.id)
        except BaseException:
            connection.close()
            raise
        self.connection = connection
        self._alerts.signed_in(now)
        self._clock_due = time.monotonic() + CLOCK_AT_LATEST.total_seconds()
        self._account_due = time.monotonic() + ACCOUNT_AT_LATEST.total_seconds()
        state = EngineState.signed_in(rules, ignored, connection.balance, now)
        state.probe = probe_state(probed, target.venue, now)
        return state

    def _on_progress(self) -> None:
        """Say between two answers of a sign-in that it gets on: a slow exchange is not a standstill."""
        self._watchdog.feed()
        self._lease.keep()

    def make_due(self, routine: Routine) -> None:
        """Do a routine of the connection with the next verify(), as its job asks."""
        if routine is Routine.MEASURE_CLOCK:
            self._clock_due = 0.0
        elif routine is Routine.VERIFY_ACCOUNT:
            self._account_due = 0.0

    def verify(self, state: EngineState) -> None:
        """Measure the clock, verify the modes when due; after a sleep or a doubt at once."""
        connection = self.connection
        if connection is None:
            return
        self.keep_pause(connection.target)
        try:
            if state.flags.modes_in_doubt or time.monotonic() >= self._account_due:
                state.flags.modes_in_doubt = True
                self._verify_modes(connection)
                state.flags.modes_in_doubt = False
                self._account_due = time.monotonic() + ACCOUNT_AT_LATEST.total_seconds()
            if time.monotonic() >= self._clock_due or self._alerts.clock_jumped():
                connection.client.measure_clock()
                self._clock_due = time.monotonic() + CLOCK_AT_LATEST.total_seconds()
        except TradingError as error:
            # Signed in all the same: what is overdue is tried again with the next check.
            log.warning("clock or modes not read reason=%s", error.details)
            self._clock_due = 0.0

    def _verify_modes(self, connection: Connection) -> None:
        """Look whether the account is still in hedge mode with one margin asset, and bring it back if it is not."""
        try:
            connection.modes = ensure_account_modes(connection.client)
            self._alerts.resolve("refused", self.now())
        except Rejected:
            connection.modes = connection.client.fetch_account_modes()
            self._alerts.raise_("refused", self.now())
