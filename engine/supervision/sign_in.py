"""The way in: signing in to the wanted exchange, again when the wish changes, and keeping clock and modes right."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from database import save_account, save_journal
from domain.bot_status import BotState, MonitorHealth
from domain.terms import Severity
from domain.venues import Venue
from engine.state.backoff import CLOCK_EVERY, MODES_EVERY, SIGN_IN_RETRY_SECONDS
from engine.state.inbox import Bell
from engine.state.working_set import Memory
from engine.supervision.connection import (
    Connection,
    NotPossible,
    Wanted,
    bring_into_shape,
    load_wanted,
    sign_in,
    wanted_mark,
)
from engine.supervision.problems import Problems
from engine.supervision.status import not_signed_in
from engine.supervision.watchdog import Pulse
from exchange.errors import Refused, TradingError
from storage.account_settings import load_ignored
from storage.lease import Lease

log = logging.getLogger(__name__)


class Door:
    """Holds the connection of the account the bot is signed in to; used by the actor, read by everybody."""

    def __init__(
        self,
        config: Config,
        sessions: sessionmaker[Session],
        lease: Lease,
        bell: Bell,
        problems: Problems,
        pulse: Pulse,
        before_sign_in: Callable[[Wanted], None],
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._lease = lease
        self._bell = bell
        self._problems = problems
        self._pulse = pulse
        self._before_sign_in = before_sign_in
        self._mark: str | None = None
        self._again_at = 0.0
        self._clock_due = 0.0
        self._modes_due = 0.0
        self.connection: Connection | None = None
        self.outside: MonitorHealth = not_signed_in(Venue.PRACTICE, BotState.STARTING, ())

    def now(self) -> datetime:
        """Return the exchange's time, this machine's while not signed in."""
        connection = self.connection
        return connection.client.exchange_now() if connection is not None else datetime.now(UTC)

    def enter(self) -> Memory | None:
        """Sign in where that is wanted and not done.

        Returns:
            A fresh memory when this call signed in; None otherwise: look at connection.

        Raises:
            TradingError: the exchange does not let us in; tried again every 2 seconds.
            LeaseLost: somebody else is to act.
        """
        with self._sessions.begin() as session:
            mark = wanted_mark(session)
            if mark == self._mark and self.connection is not None:
                return None
            wanted = load_wanted(session, self._config)
        if mark != self._mark:
            self.leave()
            self._again_at = 0.0
            self._mark = mark
        if isinstance(wanted, NotPossible):
            self._problems.cannot_sign_in(wanted, self.now())
            self.outside = not_signed_in(wanted.venue, wanted.state, ())
            return None
        if time.monotonic() < self._again_at:
            return None
        self._again_at = time.monotonic() + SIGN_IN_RETRY_SECONDS
        self.outside = not_signed_in(wanted.venue, BotState.STARTING, ())
        return self._sign_in(wanted)

    def look(self) -> None:
        """Follow which exchange is wanted without signing in: what a standby shows."""
        with self._sessions() as session:
            mark, wanted = wanted_mark(session), load_wanted(session, self._config)
        if mark != self._mark:
            self.leave()
            self._mark = mark
        self.outside = not_signed_in(wanted.venue, BotState.STANDBY, ())

    def leave(self) -> None:
        """Sign out; stops and targets stay on the exchange."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
            self._bell.drain()  # what that account's streams still named is about its orders alone
        self._problems.left_account()

    def _sign_in(self, wanted: Wanted) -> Memory:
        self._before_sign_in(wanted)
        connection = sign_in(wanted, self._bell.take_event, self._bell.take_gap, self._get_on)
        now = connection.client.exchange_now()
        alias = connection.balance.account_alias
        try:
            with self._sessions.begin() as session:
                self._lease.guard(session)
                account = save_account(session, wanted.exchange.family, alias, now)
                connection.account_id = account.id
                ignored = load_ignored(session, account.id)
                text = f"Signed in to {wanted.venue.value}, account {alias}."
                save_journal(
                    session, at=now, severity=Severity.INFO, event="signed_in", text=text, account_id=account.id
                )
                self._problems.recall(session, account.id)
        except BaseException:
            connection.close()
            raise
        self.connection = connection
        self._problems.signed_in(now)
        self._clock_due = time.monotonic() + CLOCK_EVERY.total_seconds()
        self._modes_due = time.monotonic() + MODES_EVERY.total_seconds()
        return Memory(rules=connection.rules, ignored=ignored, balance=connection.balance, reachable_since=now)

    def _get_on(self) -> None:
        """Say between two answers of a sign-in that it gets on: a slow exchange is not a standstill."""
        self._pulse.beat()
        self._lease.keep()

    def keep_right(self, memory: Memory) -> None:
        """Measure the clock and verify the modes now and then: after a sleep, a clock jump or a doubt at once."""
        connection = self.connection
        if connection is None:
            return
        try:
            if memory.modes_in_doubt or time.monotonic() >= self._modes_due:
                memory.modes_in_doubt = True
                self._verify_modes(connection)
                memory.modes_in_doubt = False
                self._modes_due = time.monotonic() + MODES_EVERY.total_seconds()
            if time.monotonic() >= self._clock_due or self._problems.clock_jumped():
                reading = connection.client.measure_clock()
                connection.clock_offset_ms = round(reading.offset.total_seconds() * 1000)
                self._clock_due = time.monotonic() + CLOCK_EVERY.total_seconds()
        except TradingError as error:
            # Signed in all the same: what is overdue is tried again with the next check.
            log.warning("clock or modes not read reason=%s", error)
            self._clock_due = 0.0

    def _verify_modes(self, connection: Connection) -> None:
        """Look whether the account is still in hedge mode with one margin asset, and bring it back if it is not."""
        try:
            connection.modes = bring_into_shape(connection.client)
            self._problems.settle("refused", self.now())
        except Refused:
            connection.modes = connection.client.fetch_account_modes()
            self._problems.raise_("refused", self.now())
