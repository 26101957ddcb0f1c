"""The rows behind the lock: read and written in the session of whoever asks."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.access.sessions import KnownSession, Lock
from services.access.tokens import new_signing_key
from services.access.views import PasswordSource, SessionView
from storage.access_tables import AccessDelayRow, AccessRecoveryCodeRow, AccessRow, AccessSessionRow

IDLE_FOR: Final = timedelta(hours=8)  # until Settings says otherwise


def load_lock(session: Session, now: datetime, *, for_update: bool = False) -> AccessRow:
    """Return the one row of the lock, made open when it is missing; for_update keeps others from changing it."""
    made = insert(AccessRow).values(
        id=1, signing_key=new_signing_key(), idle_seconds=int(IDLE_FOR.total_seconds()), changed_at=now
    )
    wanted = select(AccessRow)
    row = session.scalars(wanted.with_for_update() if for_update else wanted).one_or_none()
    if row is None:
        session.execute(made.on_conflict_do_nothing())
        row = session.scalars(wanted.with_for_update()).one()
    return row


def load_sessions(session: Session) -> tuple[AccessSessionRow, ...]:
    """Return the sessions that are kept, newest activity first."""
    return tuple(session.scalars(select(AccessSessionRow).order_by(AccessSessionRow.active_at.desc())))


def is_known_address(session: Session, address: str) -> bool:
    """Say whether somebody is signed in from an address."""
    return session.scalar(select(func.count()).where(AccessSessionRow.address == address)) != 0


def save_activity(session: Session, active: dict[int, datetime]) -> None:
    """Note when sessions were last active; another process may know of a later moment."""
    for session_id, at in active.items():
        moved = update(AccessSessionRow).where(AccessSessionRow.id == session_id, AccessSessionRow.active_at < at)
        session.execute(moved.values(active_at=at))


def delete_sessions(session: Session, ids: Iterable[int] | None = None) -> None:
    """End sessions: those named, or all of them."""
    ended = delete(AccessSessionRow)
    session.execute(ended if ids is None else ended.where(AccessSessionRow.id.in_(list(ids))))


def replace_recovery_codes(session: Session, hashes: Iterable[str], now: datetime) -> None:
    """Keep these recovery codes in place of those that were there."""
    session.execute(delete(AccessRecoveryCodeRow))
    session.add_all(AccessRecoveryCodeRow(code_hash=code_hash, created_at=now) for code_hash in hashes)


def use_recovery_code(session: Session, code_hash: str) -> bool:
    """Take a recovery code away and say whether it was there."""
    used = delete(AccessRecoveryCodeRow).where(AccessRecoveryCodeRow.code_hash == code_hash)
    return session.scalar(used.returning(AccessRecoveryCodeRow.code_hash)) is not None


def count_recovery_codes(session: Session) -> int:
    """Return how many recovery codes are left."""
    return session.scalar(select(func.count()).select_from(AccessRecoveryCodeRow)) or 0


def delete_delays(session: Session) -> None:
    """Forget all wrong tries."""
    session.execute(delete(AccessDelayRow))


def password_source(row: AccessRow) -> PasswordSource:
    """Return where the password in force comes from."""
    if row.environment_hash is not None:
        return PasswordSource.ENVIRONMENT
    return PasswordSource.NONE if row.password_hash is None else PasswordSource.SETTINGS


def hash_in_force(row: AccessRow) -> str | None:
    """Return the hash that a password is held against, None while there is none; the environment's wins."""
    return row.environment_hash or row.password_hash


def lock_of(row: AccessRow, kept: tuple[AccessSessionRow, ...]) -> Lock:
    """Return the lock as memory keeps it."""
    return Lock(
        password=password_source(row),
        signing_key=row.signing_key,
        idle_for=timedelta(seconds=row.idle_seconds),
        second_factor=row.totp_token is not None,
        sessions={one.token_hash: KnownSession(one.id, one.active_at, one.expires_at) for one in kept},
    )


def view_of(row: AccessSessionRow, active: dict[int, datetime], own_session: int | None) -> SessionView:
    """Return a session as Settings shows it; active: what memory knows better than the row."""
    return SessionView(
        id=row.id,
        created_at=row.created_at,
        active_at=max(row.active_at, active.get(row.id, row.active_at)),
        address=row.address,
        browser=row.browser,
        own=own_session == row.id,
    )
