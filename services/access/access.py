"""The lock on the dashboard: signing in and out, the password, the second factor; kept in rows, asked in memory."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from crypto_utils import open_secret_box
from database import save_event
from domain.journal.facts import JournalFacts
from domain.journal.person_facts import (
    PasswordRemoved,
    PasswordSet,
    SecondFactorAdded,
    SecondFactorRemoved,
    SignedOutEverywhere,
)
from domain.passwords import PasswordRefused, require_usable_password
from services.access import delays, rows, second_factor
from services.access.passwords import hash_password, is_password
from services.access.sessions import SessionMemory
from services.access.signing_in import open_session, second_factor_refused_because
from services.access.views import AccessStatus, PasswordSource, SignedIn, SignIn, SignInOutcome
from services.errors import NotReadable, ServiceError
from storage.connections import DATABASE_SILENT
from storage.session_secret import SECOND_FACTOR, SecretUnavailable

log = logging.getLogger(__name__)

IDLE_CHOICES: Final = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 8 * 60, 24 * 60, 7 * 24 * 60))


class AccessRefused(ServiceError):
    """The lock is not changed: show the words."""


class Access:
    """Who may come in. May be shared by all threads; session_of() and what it needs never touch the database."""

    def __init__(self, config: Config, sessions: sessionmaker[Session], now: Callable[[], datetime]) -> None:
        self._config = config
        self._sessions = sessions
        self._now = now
        self._memory = SessionMemory()
        self._refreshing = threading.Lock()

    def start(self) -> None:
        """Read the lock for the first time; another DASHBOARD_PASSWORD than before ends all sessions.

        Raises:
            OperationalError: the database does not answer.
        """
        given = self._config.dashboard_password
        with self._sessions.begin() as session:
            row = rows.load_lock(session, self._now(), for_update=True)
            same = (
                row.environment_hash is None
                if given is None
                else row.environment_hash is not None and is_password(row.environment_hash, given)
            )
            if not same:
                row.environment_hash = None if given is None else hash_password(given)
                row.changed_at = self._now()
                rows.delete_sessions(session)
        self.refresh()

    def refresh(self) -> None:
        """Bring memory and database together; called every few seconds. While the database is silent memory stands."""
        try:
            with self._refreshing, self._sessions.begin() as session:
                rows.save_activity(session, self._memory.activity())
                rows.delete_sessions(session, self._memory.over(self._now()))
                row = rows.load_lock(session, self._now())
                self._memory.replace(rows.lock_of(row, rows.load_sessions(session)))
        except DATABASE_SILENT as silence:
            log.debug("sessions not read: %s", type(silence).__name__)

    @property
    def is_locked(self) -> bool:
        """Whether a password shuts the dashboard. From memory."""
        return self._memory.lock.password is not PasswordSource.NONE

    @property
    def wants_second_factor(self) -> bool:
        """Whether signing in needs a code too. From memory."""
        return self._memory.lock.second_factor

    def session_of(self, cookie: str | None) -> SignedIn | None:
        """Return the session of a cookie, None when it may not come in. From memory."""
        return self._memory.session_of(cookie, self._now())

    def note_activity(self, session_id: int) -> None:
        """Note a press or a key: the session was not idle. In memory, kept at the next refresh."""
        self._memory.note_activity(session_id, self._now())

    def sign_in(self, address: str, browser: str, password: str, code: str) -> SignIn:
        """Look at a try to sign in; about a tenth of a second of work.

        Args:
            address: where it comes from, as tries are counted by it.
            browser: what the browser calls itself; shown in Settings, cut.
            password: as typed.
            code: six digits or a recovery code; not looked at without a second factor.
        """
        try:
            wait = self._charge(address)
            if wait > timedelta(0):
                return SignIn(SignInOutcome.TOO_EARLY, wait=wait)
            with self._sessions() as session:
                row = rows.load_lock(session, self._now())
            verified = rows.hash_in_force(row)
            if verified is None or not is_password(verified, password):
                log.warning("sign-in refused: wrong password address=%s", address)
                return SignIn(SignInOutcome.WRONG)
            with self._sessions.begin() as session:
                cookie = open_session(session, self._config, verified, address, browser, code, self._now())
        except DATABASE_SILENT:
            return SignIn(SignInOutcome.SILENT)
        if cookie is None:
            log.warning("sign-in refused: wrong code address=%s", address)
            return SignIn(SignInOutcome.WRONG)
        self.refresh()
        return SignIn(SignInOutcome.SIGNED_IN, cookie=cookie)

    def sign_out(self, session_id: int) -> None:
        """End one session; its open pages are cut off within a second."""
        with self._changing() as session:
            rows.delete_sessions(session, [session_id])

    def sign_out_everywhere(self) -> None:
        """End all sessions, the one that asks included."""
        with self._changing() as session:
            rows.delete_sessions(session)
            self._note(session, SignedOutEverywhere())

    def set_password(self, present: str, new: str) -> None:
        """Set or change the password of Settings; every session ends, also the one that asks.

        Args:
            present: the password in force; anything while there is none.
            new: the next one.

        Raises:
            AccessRefused: the new one cannot be a password, or the present one is wrong, or comes from outside.
        """
        self._require_own_password()
        try:
            require_usable_password(new)
        except PasswordRefused as refusal:
            raise AccessRefused(str(refusal)) from refusal
        self._require_present(present)
        made = hash_password(new)
        with self._changing() as session:
            row = rows.load_lock(session, self._now(), for_update=True)
            row.password_hash = made
            row.changed_at = self._now()
            rows.delete_sessions(session)
            self._note(session, PasswordSet())

    def remove_password(self, present: str) -> None:
        """Open the dashboard again: no password, no second factor.

        Raises:
            AccessRefused: the present password is wrong or comes from outside.
        """
        self._require_own_password()
        self._require_present(present)
        with self._changing() as session:
            row = rows.load_lock(session, self._now(), for_update=True)
            row.password_hash = row.totp_token = row.totp_step = None
            row.changed_at = self._now()
            rows.replace_recovery_codes(session, (), self._now())
            rows.delete_sessions(session)
            self._note(session, PasswordRemoved())

    def add_second_factor(self, present: str, secret: str, code: str) -> tuple[str, ...]:
        """Ask for a code from a phone from now on, and return the recovery codes, to be shown once.

        Args:
            present: the password in force.
            secret: what second_factor.new_secret() made and the phone was shown.
            code: what the phone shows now: proof that it took the secret.

        Raises:
            AccessRefused: there is no password, it is wrong, the code is, or secrets cannot be kept here.
        """
        if not self.is_locked:
            raise AccessRefused("Set a password first.")
        step = second_factor.matching_step(secret, code, self._now(), None)
        if step is None:
            raise AccessRefused("That is not the code your phone should show now. Is its clock right?")
        self._require_present(present)
        codes = second_factor.new_recovery_codes()
        hashes = [made for made in map(second_factor.recovery_hash, codes) if made is not None]
        with self._changing() as session:
            row = rows.load_lock(session, self._now(), for_update=True)
            try:
                row.totp_token = open_secret_box(session, self._config).encrypt(secret, SECOND_FACTOR)
            except SecretUnavailable as refusal:
                raise AccessRefused(str(refusal)) from refusal
            row.totp_step = step
            row.changed_at = self._now()
            rows.replace_recovery_codes(session, hashes, self._now())
            self._note(session, SecondFactorAdded())
        return codes

    def remove_second_factor(self, present: str) -> None:
        """Ask for the password alone from now on.

        Raises:
            AccessRefused: the present password is wrong.
        """
        self._require_present(present)
        with self._changing() as session:
            row = rows.load_lock(session, self._now(), for_update=True)
            row.totp_token = row.totp_step = None
            row.changed_at = self._now()
            rows.replace_recovery_codes(session, (), self._now())
            self._note(session, SecondFactorRemoved())

    def set_idle_time(self, idle_for: timedelta) -> None:
        """Choose after how long without a press or a key a browser has to sign in again; one of IDLE_CHOICES."""
        if idle_for not in IDLE_CHOICES:
            raise AccessRefused("Choose one of the times offered.")
        with self._changing() as session:
            row = rows.load_lock(session, self._now(), for_update=True)
            row.idle_seconds = int(idle_for.total_seconds())
            row.changed_at = self._now()

    def status(self, own_session: int | None) -> AccessStatus:
        """Return what Settings shows; own_session says which of them asks."""
        try:
            with self._sessions.begin() as session:
                row = rows.load_lock(session, self._now())
                kept = rows.load_sessions(session)
                left = rows.count_recovery_codes(session)
                refusal = second_factor_refused_because(session, self._config)
        except DATABASE_SILENT as error:
            raise NotReadable from error
        active = self._memory.activity()
        return AccessStatus(
            password=rows.password_source(row),
            second_factor=row.totp_token is not None,
            second_factor_refused_because=refusal,
            recovery_codes_left=left,
            idle_for=timedelta(seconds=row.idle_seconds),
            sessions=tuple(rows.view_of(one, active, own_session) for one in kept),
        )

    def _charge(self, address: str) -> timedelta:
        with self._sessions.begin() as session:
            known = rows.is_known_address(session, address)
            return delays.charge(session, address, known, self._now())

    def _require_own_password(self) -> None:
        if self._config.dashboard_password is not None:
            raise AccessRefused("The password comes from DASHBOARD_PASSWORD. Change it there and start the bot again.")

    def _require_present(self, present: str) -> None:
        """Let only those pass who know the password in force; wrong tries wait like those at the login page."""
        if not self.is_locked:
            return
        try:
            wait = self._charge(_SETTINGS_KEY)
            with self._sessions() as session:
                verified = rows.hash_in_force(rows.load_lock(session, self._now()))
        except DATABASE_SILENT as error:
            raise NotReadable from error
        if wait > timedelta(0):
            raise AccessRefused(f"Too many wrong tries: wait {delays.wait_words(wait)}.")
        if verified is None or not is_password(verified, present):
            raise AccessRefused("The present password is wrong.")
        with self._changing() as session:
            delays.forgive(session, _SETTINGS_KEY, self._now())

    @contextmanager
    def _changing(self) -> Iterator[Session]:
        """Change rows, then let memory follow before anything else is answered."""
        try:
            with self._sessions.begin() as session:
                yield session
        except DATABASE_SILENT as error:
            raise NotReadable from error
        self.refresh()

    def _note(self, session: Session, facts: JournalFacts) -> None:
        save_event(session, facts, at=self._now())


_SETTINGS_KEY: Final = "settings"
