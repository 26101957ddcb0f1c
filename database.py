"""PostgreSQL through SQLAlchemy: engines, sessions, and the rows that every part of the bot loads and saves."""

import secrets
import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, create_engine, delete, func, make_url, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Severity
from storage.migration import DatabaseIsNewer, MigrationBlocked, migrate
from storage.tables import AccountRow, ApiCredentialRow, JournalRow, SettingRow

__all__ = [
    "DatabaseIsNewer",
    "MigrationBlocked",
    "NotPostgres",
    "create_database_engine",
    "delete_credentials",
    "install_id",
    "load_account",
    "load_credentials",
    "load_setting",
    "migrate",
    "save_account",
    "save_credentials",
    "save_journal",
    "save_setting",
    "sessions",
]

CONNECT_TIMEOUT_SECONDS: Final = 3
STATEMENT_TIMEOUT_SECONDS: Final = 5
LOCK_TIMEOUT_SECONDS: Final = 2
IDLE_IN_TRANSACTION_SECONDS: Final = 3
INSTALL_ID_LENGTH: Final = 6


class NotPostgres(ValueError):
    """The address is not one of a PostgreSQL database; the bot keeps its rows nowhere else."""

    def __init__(self) -> None:
        super().__init__("The database must be PostgreSQL: postgresql://user:password@host:5432/database")


def create_database_engine(url: str, application_name: str, pool_size: int = 5) -> Engine:
    """Return an engine whose sessions cannot hang: the server ends what takes too long.

    Args:
        url: address of a PostgreSQL database; postgres:// and postgresql:// mean the same.
        application_name: shown in pg_stat_activity; the lease ends the connections of a frozen instance by it.
        pool_size: connections kept; as many again may be opened for a moment.

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
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_SECONDS,
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


def load_setting(session: Session, name: str) -> dict[str, Any] | None:
    """Return the setting of that name, or None when it was never saved."""
    return session.scalar(select(SettingRow.value).where(SettingRow.name == name))


def save_setting(session: Session, name: str, value: Mapping[str, Any]) -> None:
    """Save a setting under its name, in place of what was there."""
    row = insert(SettingRow).values(name=name, value=dict(value), changed_at=func.now())
    session.execute(
        row.on_conflict_do_update(
            index_elements=[SettingRow.name], set_={"value": row.excluded.value, "changed_at": row.excluded.changed_at}
        )
    )


def install_id(session: Session) -> str:
    """Return the six characters [a-z0-9] that mark this database's orders, made at the first call and kept for good."""
    made = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(INSTALL_ID_LENGTH))
    row = insert(SettingRow).values(name="install", value={"id": made}, changed_at=func.now())
    session.execute(row.on_conflict_do_nothing())
    return str(session.scalars(select(SettingRow.value).where(SettingRow.name == "install")).one()["id"])


def save_journal(
    session: Session,
    *,
    at: datetime,
    severity: Severity,
    event: str,
    text: str,
    account_id: int | None = None,
    position_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> JournalRow:
    """Add a line to the journal; it is written with the session's next flush.

    Args:
        session: the transaction whose effect the line tells of.
        at: when it happened.
        severity: how much it matters to the person.
        event: a short machine word, e.g. entry_filled.
        text: the sentence a person reads.
        account_id: the account it belongs to, None = the bot as a whole.
        position_id: the position it belongs to.
        details: facts behind the sentence; money as strings.
    """
    row = JournalRow(
        account_id=account_id,
        position_id=position_id,
        at=at,
        severity=severity,
        event=event,
        text=text,
        details=dict(details or {}),
    )
    session.add(row)
    return row


def load_account(session: Session, family: str, alias: str) -> AccountRow | None:
    """Return the account with the exchange's alias in a family of venues, or None when it was never seen."""
    return session.scalar(select(AccountRow).where(AccountRow.family == family, AccountRow.alias == alias))


def save_account(session: Session, family: str, alias: str, first_seen_at: datetime) -> AccountRow:
    """Return the account's row, made now when it is new; first_seen_at of a known account stays."""
    row = insert(AccountRow).values(family=family, alias=alias, first_seen_at=first_seen_at)
    session.execute(row.on_conflict_do_nothing())
    return session.scalars(select(AccountRow).where(AccountRow.family == family, AccountRow.alias == alias)).one()


def load_credentials(session: Session, family: str) -> ApiCredentialRow | None:
    """Return the saved keys of a family of venues, encrypted, or None when none are saved."""
    return session.scalar(select(ApiCredentialRow).where(ApiCredentialRow.family == family))


def save_credentials(
    session: Session, family: str, *, api_key_token: str, api_secret_token: str, last_four: str, now: datetime
) -> None:
    """Save the encrypted keys of a family of venues, in place of those that were there."""
    row = insert(ApiCredentialRow).values(
        family=family,
        api_key_token=api_key_token,
        api_secret_token=api_secret_token,
        last_four=last_four,
        created_at=now,
    )
    replaced = ("api_key_token", "api_secret_token", "last_four", "created_at")
    session.execute(
        row.on_conflict_do_update(
            index_elements=[ApiCredentialRow.family], set_={name: row.excluded[name] for name in replaced}
        )
    )


def delete_credentials(session: Session, family: str) -> None:
    """Delete the saved keys of a family of venues; nothing happens when there are none."""
    session.execute(delete(ApiCredentialRow).where(ApiCredentialRow.family == family))
