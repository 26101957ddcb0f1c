"""Engines and sessions: the only way to the database, with limits that let nothing hang."""

from typing import Final

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from domain.start_refused import StartRefused

CONNECT_TIMEOUT_SECONDS: Final = 3
STATEMENT_TIMEOUT_SECONDS: Final = 5
LOCK_TIMEOUT_SECONDS: Final = 2
# The script of a page gets its turn late when many run at once. Its transactions hold nothing that others need soon.
IDLE_IN_TRANSACTION_SECONDS: Final = 30
# The monitor's hold rows of positions and the epoch of the lease: frozen, it must let go before a standby gives up.
MONITOR_IDLE_IN_TRANSACTION_SECONDS: Final = 3


class NotPostgres(StartRefused):
    """The address is not one of a PostgreSQL database; the bot keeps its rows nowhere else."""

    def __init__(self) -> None:
        super().__init__("The database must be PostgreSQL: postgresql://user:password@host:5432/database")


def create_database_engine(
    url: str,
    application_name: str,
    pool_size: int = 5,
    idle_in_transaction_seconds: int = IDLE_IN_TRANSACTION_SECONDS,
) -> Engine:
    """Return an engine whose sessions cannot hang: the server ends what takes too long.

    Args:
        url: address of a PostgreSQL database; postgres:// and postgresql:// mean the same.
        application_name: shown in pg_stat_activity; the lease ends the connections of a frozen instance by it.
        pool_size: connections kept; as many again may be opened for a moment.
        idle_in_transaction_seconds: how long a transaction may stand still before the server ends its session.

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
    limits = {
        "statement_timeout": STATEMENT_TIMEOUT_SECONDS,
        "lock_timeout": LOCK_TIMEOUT_SECONDS,
        "idle_in_transaction_session_timeout": idle_in_transaction_seconds,
    }
    return create_engine(
        address.set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=STATEMENT_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "application_name": application_name,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            # A server whose machine is gone cannot end anything: the connection notices on its own.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": STATEMENT_TIMEOUT_SECONDS * 1000,
            "options": " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items()) + " -c timezone=UTC",
        },
    )


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the maker of sessions: `with maker.begin() as session:` commits at the end, or rolls back.

    Rows stay readable after their commit.
    """
    return sessionmaker(engine, expire_on_commit=False)
