"""Where the session secret and what it encrypted are kept: the file in DATA_DIR and the rows of the database."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from config import Config
from storage.access_tables import AccessRow
from storage.bot_tables import ApiCredentialRow, SettingRow
from storage.migration import LEASE_LOCK
from storage.notification_tables import NotificationChannelRow
from storage.settings import DAMAGE, save_setting

SETTING: Final = "encryption"
FILE_NAME: Final = "session_secret"
NEXT_FILE_NAME: Final = "session_secret.next"
SHORTEST_SECRET: Final = 16
# What a token is the secret of: it opens nowhere else.
API_KEY: Final = "api key"
API_SECRET: Final = "api secret"  # noqa: S105  its name, not itself
SECOND_FACTOR: Final = "second factor"
NOTIFICATION_ADDRESS: Final = "notification address"


class SecretUnavailable(Exception):
    """Saved keys can be neither read nor saved: show the message; nothing saved was changed."""


class SecretLost(SecretUnavailable):
    """The file with the secret is gone while keys encrypted with it are still saved."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The saved API keys cannot be read: the file {file} with their secret is gone. Put it back, "
            "or delete the saved keys in Settings and enter them again."
        )


class SecretMissing(SecretUnavailable):
    """The database is somebody else's and no secret was given: keys are not saved under a made-up one."""

    def __init__(self) -> None:
        super().__init__(
            "API keys can be saved only encrypted: set SESSION_SECRET to a long random text and start the bot again. "
            "With DATABASE_URL set the bot does not make one up, because other servers would not know it."
        )


@dataclass(frozen=True, slots=True)
class SecretProof:
    """What tells the right secret from a wrong one: its salt, and a text that is known encrypted with it."""

    salt: bytes
    check_token: str


def load_proof(session: Session, *, for_change: bool = False) -> SecretProof | None:
    """Return the proof that is saved, None before the first secret; it cannot change until the transaction ends.

    A proof that cannot be read is none: what was encrypted with its salt is locked then.

    Args:
        session: the transaction that reads or writes keys.
        for_change: the caller is about to save another proof.
    """
    locked = select(SettingRow.value).where(SettingRow.name == SETTING).with_for_update(read=not for_change)
    saved = session.scalar(locked)
    try:
        return None if saved is None else SecretProof(bytes.fromhex(saved["salt"]), str(saved["check"]))
    except DAMAGE:
        return None


def save_proof(session: Session, proof: SecretProof) -> None:
    """Save the proof of a secret in place of the one before."""
    save_setting(session, SETTING, {"salt": proof.salt.hex(), "check": proof.check_token})


def encrypted_rows_exist(session: Session) -> bool:
    """Say whether anything is saved that only this secret opens: keys, addresses of notifications, a second factor."""
    second_factor = exists(select(AccessRow.id).where(AccessRow.totp_token.is_not(None)))
    encrypted = exists(select(ApiCredentialRow.id)) | exists(select(NotificationChannelRow.id)) | second_factor
    return bool(session.scalar(select(encrypted)))


def replace_tokens(session: Session, renew: Callable[[str, str], str]) -> int:
    """Put renew(token, field) in place of every saved token and return how many pairs of keys there were."""
    rows = session.scalars(select(ApiCredentialRow).with_for_update()).all()
    for row in rows:
        row.api_key_token = renew(row.api_key_token, API_KEY)
        row.api_secret_token = renew(row.api_secret_token, API_SECRET)
    for lock in session.scalars(select(AccessRow).with_for_update()):
        if lock.totp_token is not None:
            lock.totp_token = renew(lock.totp_token, SECOND_FACTOR)
    for channel in session.scalars(select(NotificationChannelRow).with_for_update()):
        channel.address_token = renew(channel.address_token, NOTIFICATION_ADDRESS)
    return len(rows)


def keep_bot_from_starting(session: Session) -> bool:
    """Take the lease's lock until the transaction ends; False when a running bot has it."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LEASE_LOCK}))


def load_or_make_session_secret(config: Config, encrypted_rows_exist: bool) -> str:
    """Return the secret: the environment's, or the one in DATA_DIR/session_secret, made at the first call.

    Args:
        config: where to look.
        encrypted_rows_exist: whether keys are saved; their secret is never replaced by a new one.

    Raises:
        SecretMissing: the database is not the embedded one and the environment brings no secret.
        SecretLost: keys are saved and the file is gone.
    """
    if config.session_secret is not None:
        return config.session_secret
    if config.database_url is not None:
        raise SecretMissing
    file = config.data_dir / FILE_NAME
    if not _read(file):
        if encrypted_rows_exist:
            raise SecretLost(file)
        _write(file, secrets.token_urlsafe(32))
    file.chmod(0o600)
    return _read(file)


def read_next_secret(config: Config) -> str:
    """Return the secret that a change of it was about to put in place, "" when there is none."""
    return "" if config.session_secret is not None else _read(config.data_dir / NEXT_FILE_NAME)


def write_next_secret(config: Config, secret: str) -> None:
    """Write the secret that is to follow; a secret of the environment has no file."""
    if config.session_secret is None:
        next_file = config.data_dir / NEXT_FILE_NAME
        next_file.unlink(missing_ok=True)
        _write(next_file, secret)


def adopt_next_secret(config: Config) -> None:
    """Let the secret that was to follow be the one."""
    if config.session_secret is None:
        (config.data_dir / NEXT_FILE_NAME).replace(config.data_dir / FILE_NAME)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return ""


def _write(file: Path, secret: str) -> None:
    """Write the file whole or not at all; one that another process has just made stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(secret + "\n")
        written.flush()
        os.fsync(descriptor)
    if _read(file):
        making.unlink()
    else:
        making.replace(file)
