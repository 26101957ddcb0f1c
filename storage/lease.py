"""The lease: which one instance may send orders, whatever freezes, dies or runs twice."""

import logging
import os
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, NoReturn

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from storage.connections import ACTING, create_database_engine
from storage.migration import LEASE_LOCK, MIGRATION_NAME, is_current

logger = logging.getLogger(__name__)

STALE_AFTER: Final = timedelta(seconds=8)
LOCK_WAIT_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 0.5


class LeaseLost(Exception):
    """Another instance holds the lease, or nobody knows: send nothing more and try to take it again."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the lease is lost: {reason}")
        self.reason = reason


def new_instance() -> str:
    """Return a name for this run of this process, unique; all its connections carry it as application_name."""
    host = re.sub(r"[^A-Za-z0-9-]", "", socket.gethostname())[:24]
    return f"bot-{host}-{os.getpid()}-{secrets.token_hex(4)}"


def seconds_since_boot() -> float:
    """Return a clock that no clock step moves and that also counts while the machine sleeps, seconds."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Lease:
    """One instance's claim to the lease, on a database connection of its own.

    Held = this connection has the session advisory lock, and the row carries our epoch. The lock tells at once when a
    holder dies; the row tells when it is frozen, and shuts it out when it wakes up. For one thread at a time, but for
    give_up().
    """

    def __init__(
        self,
        url: str,
        instance: str,
        *,
        stale_after: timedelta = STALE_AFTER,
        clock: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self.instance = instance
        self.epoch: int | None = None  # None = not held
        self._stale_after = stale_after
        self._clock = clock
        self._engine = create_database_engine(url, instance, pool_size=1, limits=ACTING).execution_options(
            isolation_level="AUTOCOMMIT"
        )
        self._connection: Connection | None = None
        self._ending = threading.Lock()  # the connection is ended by its own thread or by give_up(), not by both
        self._given_up: str | None = None  # why; until the thread that uses the lease has noticed
        self._last_good_at: float | None = None
        self._last_beat_at: float | None = None

    @property
    def held(self) -> bool:
        """Whether we hold the lease as far as we know."""
        return self.epoch is not None and not self.given_up

    @property
    def given_up(self) -> bool:
        """Whether give_up() ended it and its own thread has not noticed yet."""
        return self._given_up is not None

    def try_take(self) -> bool:
        """Take the lease if it is free, or if its holder has not gone round for eight seconds.

        Returns:
            True when we hold it now. False when another instance does, or may.

        Raises:
            DatabaseIsNewer: the tables belong to a newer version of the bot.
            DBAPIError: the database does not answer.
        """
        if self.held:
            return True
        if self.given_up:
            self._drop()
        try:
            connection = self._connection = self._connection or self._engine.connect()
            if not (_try_lock(connection) or (self._end_frozen_holder(connection) and _wait_for_lock(connection))):
                return False
            is_current(connection)
            requested_at = self._clock()
            self.epoch = _next_epoch(connection, self.instance)
        except BaseException:
            self._drop()
            raise
        self._last_good_at = self._last_beat_at = requested_at
        logger.info("lease taken epoch=%d instance=%s", self.epoch, self.instance)
        return True

    def guard(self, session: Session) -> None:
        """Make a transaction ours alone: to be its first statement; nobody else can take the lease until it ends.

        Raises:
            LeaseLost: the epoch is not ours any more; the transaction must be rolled back.
        """
        requested_at = self._clock()
        epoch = session.scalar(text("SELECT epoch FROM lease WHERE id = 1 FOR SHARE"))
        if not self.held or epoch != self.epoch:
            self._lose(f"epoch {epoch} is the current one, ours was {self.epoch}")
        self._last_good_at = requested_at

    def heartbeat(self) -> None:
        """Say that the cycle goes round; outside of transactions, before each exchange call.

        Writes at most twice a second; between two writes it costs nothing. A connection that was cut is made anew, and
        with it the lock: whoever takes the lease changes the epoch, so nobody has had it while the row carries ours.

        Raises:
            LeaseLost: somebody else took the lease, or may be about to, or it was given up.
            DBAPIError: the database is slow or gone; the lease is still ours as far as we know.
        """
        if self._connection is None or not self.held:
            self._lose("it was not held")
        cut = self._connection.invalidated
        if not cut and self._has_just_beaten():
            return
        try:
            ours = self._beat_or_lock_again()
        except DBAPIError as failure:
            if not self.held:
                self._lose("it was given up")
            if not failure.connection_invalidated:
                raise
            ours = self._beat_or_lock_again()
        if not ours:
            self._lose("another instance has taken it")

    def keep(self) -> None:
        """Say that the cycle goes round while it waits for answers; what is wrong, the next heartbeat() finds out."""
        if self._connection is None or not self.held or self._connection.invalidated or self._has_just_beaten():
            return
        with suppress(DBAPIError):
            self._write_beat(self._connection)

    def last_good_age(self) -> float | None:
        """Return seconds since the lease was last known to be ours, counted from the question; None = not held."""
        if not self.held or self._last_good_at is None:
            return None
        return self._clock() - self._last_good_at

    def give_up(self, reason: str) -> None:
        """End the lease of a thread that stands still; from any thread, at once, whatever that thread waits for.

        The connection is cut at its socket: everything else would wait until the thread lets go of it. The server
        then gives the lock free, and the thread finds out with its next guard() or heartbeat().
        """
        if not self.held:
            return
        self._given_up = reason
        logger.error("lease given up epoch=%s instance=%s reason=%s", self.epoch, self.instance, reason)
        with self._ending:
            if self._connection is None or self._connection.closed or self._connection.invalidated:
                return
            driver = self._connection.connection.driver_connection
            if driver is not None and not driver.closed:
                with socket.socket(fileno=os.dup(driver.fileno())) as wire:
                    wire.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Give the lease back, so that a standby can take it at once; harmless when it is not held."""
        if self.held:
            logger.info("lease released epoch=%s instance=%s", self.epoch, self.instance)
        self._drop()
        self._engine.dispose()

    def _has_just_beaten(self) -> bool:
        return self._last_beat_at is not None and self._clock() - self._last_beat_at < HEARTBEAT_SECONDS

    def _beat_or_lock_again(self) -> bool:
        """Write that the cycle goes round; return whether the lease is still ours, on a new connection too."""
        assert self._connection is not None
        if not self._connection.invalidated:
            return self._write_beat(self._connection)
        fresh = self._engine.connect()
        with self._ending:
            self._connection.close()
            self._connection = fresh
        try:
            # The server may not have noticed yet that the old connection is gone.
            ours = self._write_beat(fresh) and _wait_for_lock(fresh) and self._write_beat(fresh)
            _tune(fresh)
        except BaseException:
            fresh.invalidate()  # without the lock it counts as cut
            raise
        if ours:
            logger.info("lease locked again epoch=%s instance=%s", self.epoch, self.instance)
        return ours

    def _write_beat(self, connection: Connection) -> bool:
        """Write that the cycle goes round; return whether the row is still ours."""
        requested_at = self._clock()
        beat = connection.execute(
            text("UPDATE lease SET cycle_at = clock_timestamp() WHERE id = 1 AND epoch = :epoch"),
            {"epoch": self.epoch},
        )
        if beat.rowcount != 1:
            return False
        self._last_good_at = self._last_beat_at = requested_at
        return True

    def _lose(self, reason: str) -> NoReturn:
        reason = self._given_up or reason
        self._drop()
        raise LeaseLost(reason)

    def _drop(self) -> None:
        """Forget the lease and end its connection; the lock goes with it."""
        with self._ending:
            connection, self._connection = self._connection, None
            self.epoch = self._last_good_at = self._last_beat_at = self._given_up = None
            if connection is not None:
                connection.invalidate()
                connection.close()

    def _end_frozen_holder(self, connection: Connection) -> bool:
        """End the connections of a holder that has not gone round for too long; say whether there was one.

        A process that is stopped, or hangs, keeps its lock for ever. Two clocks must agree: the row may still be the
        one of an earlier holder while a new one, which has the lock already, is about to write it.
        """
        frozen = connection.execute(
            text("""
                SELECT holder.application_name, lease.instance
                FROM pg_locks AS lock
                JOIN pg_stat_activity AS holder ON holder.pid = lock.pid
                LEFT JOIN lease ON lease.id = 1
                WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 1
                  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND (lock.classid::bigint << 32) + lock.objid::bigint = :lock
                  AND holder.application_name <> :migration
                  AND holder.state_change < clock_timestamp() - CAST(:stale_after AS interval)
                  AND (lease.id IS NULL OR lease.cycle_at < clock_timestamp() - CAST(:stale_after AS interval))
            """),
            {"lock": LEASE_LOCK, "migration": MIGRATION_NAME, "stale_after": self._stale_after},
        ).one_or_none()
        if frozen is None:
            return False
        ended = connection.scalar(
            text("""
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE application_name = ANY(:instances) AND datname = current_database() AND pid <> pg_backend_pid()
            """),
            {"instances": [name for name in frozen if name and name != self.instance]},
        )
        logger.warning("lease holder is frozen, ended its %s connections instance=%s", ended, frozen[0])
        return True


def _try_lock(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEASE_LOCK}))


def _wait_for_lock(connection: Connection) -> bool:
    """Wait until the ended connections have let go."""
    give_up_at = time.monotonic() + LOCK_WAIT_SECONDS
    while not _try_lock(connection):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def _next_epoch(connection: Connection, instance: str) -> int:
    """Write ourselves into the row; waits for transactions that the last holder has still open."""
    epoch = connection.scalar(
        text("""
            INSERT INTO lease (id, epoch, instance, cycle_at) VALUES (1, 1, :instance, clock_timestamp())
            ON CONFLICT (id) DO UPDATE
            SET epoch = lease.epoch + 1, instance = excluded.instance, cycle_at = excluded.cycle_at
            RETURNING epoch
        """),
        {"instance": instance},
    )
    _tune(connection)
    return int(epoch)


def _tune(connection: Connection) -> None:
    """Let heartbeats not wait for the disk: one lost in a power cut does no harm, and the epoch is on disk."""
    connection.execute(text("SET synchronous_commit = off"))
