"""Engines and sessions: the only way to the database, with limits that let nothing hang."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from domain.start_refused import StartRefused
from storage.patience import Patience, connection_class, limit_waits


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the sessions of an engine may take, seconds.

    Attributes:
        connect: each step of connecting, measured on this side.
        answer: any single answer, measured on this side; None = as long as it takes.
        statement: one statement, measured by the server.
        lock: waiting for a lock, measured by the server.
        idle_in_transaction: doing nothing while a transaction is open: others may wait for its locks.
    """

    connect: float
    answer: float | None
    statement: float
    lock: float
    idle_in_transaction: float


# The bot's own: while it waits for the database it protects nothing, and it has a way to protect without one. Its
# transactions hold rows of positions and the epoch of the lease: frozen, it must let go before a standby gives up.
ACTING: Final = Limits(connect=1.0, answer=1.0, statement=0.8, lock=0.4, idle_in_transaction=3)
# Pages: their scripts get their turn late when many run at once, and hold nothing that others need soon.
SHOWING: Final = Limits(connect=3, answer=10, statement=5, lock=2, idle_in_transaction=30)
# Changes of the tables, and whatever else may take its time; a frozen one is ended by the migration's own settings.
THOROUGH: Final = Limits(connect=3, answer=None, statement=5, lock=2, idle_in_transaction=30)

# The database does not answer, or not in time; anything else it says is a mistake of ours and is not hidden.
DATABASE_SILENT: Final = (OperationalError, InterfaceError, DisconnectionError, PoolTimeout)

DEAD_AFTER_SECONDS: Final = 5  # a server whose machine is gone acknowledges nothing


class NotPostgres(StartRefused):
    """The address is not one of a PostgreSQL database; the bot keeps its rows nowhere else."""

    def __init__(self) -> None:
        super().__init__("The database must be PostgreSQL: postgresql://user:password@host:5432/database")


def create_database_engine(url: str, application_name: str, pool_size: int = 5, limits: Limits = SHOWING) -> Engine:
    """Return an engine whose sessions cannot hang, but for those that are to be thorough.

    What the system takes to look up the name of a remote server is not limited here; an address has none to look up.

    The server ends what takes too long. What a server cannot end, because it is frozen or gone, ends on this side: an
    OperationalError, the connection closed, and what was asked may or may not have happened.

    Args:
        url: address of a PostgreSQL database; postgres:// and postgresql:// mean the same.
        application_name: shown in pg_stat_activity; the lease ends the connections of a frozen instance by it.
        pool_size: connections kept; as many again may be opened for a moment.
        limits: how long its sessions may take.

    Raises:
        NotPostgres: url names no database, or another kind of one.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        # The address may hold a password: it is not repeated.
        raise NotPostgres from None
    if address.drivername.split("+")[0] not in ("postgres", "postgresql"):
        raise NotPostgres
    limit_waits()
    settings = {
        "statement_timeout": limits.statement,
        "lock_timeout": limits.lock,
        "idle_in_transaction_session_timeout": limits.idle_in_transaction,
    }
    connect: dict[str, Any] = {
        "connection_factory": connection_class(Patience(limits.connect, limits.answer)),
        "application_name": application_name,
        # A server whose machine is gone cannot end anything: the connection notices on its own.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": DEAD_AFTER_SECONDS * 1000,
        "options": " ".join(f"-c {name}={round(seconds * 1000)}ms" for name, seconds in settings.items())
        + " -c timezone=UTC",
    }
    return create_engine(
        address.set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=limits.answer or limits.statement,
        pool_pre_ping=True,
        connect_args=connect,
    )


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the maker of sessions: `with maker.begin() as session:` commits at the end, or rolls back.

    Rows stay readable after their commit.
    """
    return sessionmaker(engine, expire_on_commit=False)
