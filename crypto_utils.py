"""Encryption of saved API keys: the session secret, the key derived from it, and how to change it.

`python -m crypto_utils rotate` encrypts everything anew under another secret.
"""

import base64
import getpass
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from config import Config, ConfigError
from database import create_database_engine, migrate, save_setting, sessions
from storage.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresFailed
from storage.migration import LEASE_LOCK
from storage.tables import AccessRow, ApiCredentialRow, SettingRow

SETTING: Final = "encryption"
CHECK_TEXT: Final = "this secret is the right one"
SALT_BYTES: Final = 16
FILE_NAME: Final = "session_secret"
NEXT_FILE_NAME: Final = "session_secret.next"


class SecretUnavailable(Exception):
    """Saved keys can be neither read nor saved: show the message; nothing saved was changed."""


class WrongSecret(SecretUnavailable):
    """The secret is not the one that the saved keys were encrypted with: they stay as they are."""

    def __init__(self) -> None:
        super().__init__(
            "The saved API keys were encrypted with another SESSION_SECRET. Start the bot with that one, "
            "or delete the saved keys in Settings and enter them again."
        )


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


class SecretBox:
    """Encrypts and decrypts with the key derived from one secret; made by open()."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def open(cls, session: Session, secret: str) -> "SecretBox":
        """Return the box for a secret, proved to be the one that the saved keys were encrypted with.

        To be called in the transaction that saves: a change of the secret waits until it has ended. While no keys are
        saved any secret is right, and becomes the one.

        Raises:
            WrongSecret: keys are saved, and were encrypted with another secret.
        """
        locked = select(SettingRow.value).where(SettingRow.name == SETTING).with_for_update(read=True)
        saved = session.scalar(locked)
        if saved is not None:
            box = cls(_derived_key(secret, bytes.fromhex(saved["salt"])))
            try:
                box.decrypt(saved["check"])
            except WrongSecret:
                if encrypted_rows_exist(session):
                    raise
            else:
                return box
        elif encrypted_rows_exist(session):
            raise WrongSecret
        return cls._make(session, secret)

    @classmethod
    def _make(cls, session: Session, secret: str) -> "SecretBox":
        salt = secrets.token_bytes(SALT_BYTES)
        box = cls(_derived_key(secret, salt))
        save_setting(session, SETTING, {"salt": salt.hex(), "check": box.encrypt(CHECK_TEXT)})
        return box

    def encrypt(self, plain: str) -> str:
        """Return the text as a Fernet token; twice the same text gives two tokens."""
        return self._fernet.encrypt(plain.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the text of a token.

        Raises:
            WrongSecret: the token was made with another secret, or is damaged.
        """
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            raise WrongSecret from None

    def rotate(self, session: Session, new_secret: str) -> int:
        """Encrypt all saved keys anew under another secret and return how many pairs there were.

        Takes effect with the session's commit, all or nothing.

        Raises:
            WrongSecret: a saved pair cannot be read; the transaction must be rolled back.
        """
        session.execute(select(SettingRow).where(SettingRow.name == SETTING).with_for_update())
        new_box = self._make(session, new_secret)
        rows = session.scalars(select(ApiCredentialRow).with_for_update()).all()
        for row in rows:
            row.api_key_token = new_box.encrypt(self.decrypt(row.api_key_token))
            row.api_secret_token = new_box.encrypt(self.decrypt(row.api_secret_token))
        for lock in session.scalars(select(AccessRow).where(AccessRow.totp_token.is_not(None)).with_for_update()):
            lock.totp_token = new_box.encrypt(self.decrypt(lock.totp_token or ""))
        return len(rows)


@lru_cache(maxsize=4)
def _derived_key(secret: str, salt: bytes) -> bytes:
    """Derive the Fernet key, about a tenth of a second of work; done once per process."""
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(secret.encode()))


def encrypted_rows_exist(session: Session) -> bool:
    """Say whether anything encrypted is saved: keys, or the dashboard's second factor."""
    second_factor = select(AccessRow.id).where(AccessRow.totp_token.is_not(None))
    return bool(session.scalar(select(exists(select(ApiCredentialRow.id)) | exists(second_factor))))


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


def open_secret_box(session: Session, config: Config) -> SecretBox:
    """Return the box for the configured secret; see load_or_make_session_secret() and SecretBox.open().

    A change of the secret that was cut off after its commit is brought to its end here.

    Raises:
        SecretUnavailable: the saved keys can be neither read nor saved.
    """
    next_file = config.data_dir / NEXT_FILE_NAME
    secret = load_or_make_session_secret(config, encrypted_rows_exist(session))
    try:
        return SecretBox.open(session, secret)
    except WrongSecret:
        if config.session_secret is not None or not _read(next_file):
            raise
    box = SecretBox.open(session, _read(next_file))
    next_file.replace(config.data_dir / FILE_NAME)
    return box


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


class RotationRefused(Exception):
    """The secret cannot be changed now: show the message; nothing was changed."""


def change_session_secret(config: Config, database_url: str, new_secret: str) -> int:
    """Encrypt all saved keys under a new secret and return how many pairs there were; the bot must not run.

    With the embedded database and no SESSION_SECRET, the file in DATA_DIR follows.

    Raises:
        RotationRefused: the bot is running, or the new secret is empty.
        SecretUnavailable: the saved keys cannot be read with the present secret.
    """
    if not new_secret.strip():
        raise RotationRefused("The new secret is empty. Use a long random text.")
    engine = create_database_engine(database_url, "bot-rotation", pool_size=1)
    next_file = config.data_dir / NEXT_FILE_NAME
    try:
        migrate(engine)
        with sessions(engine).begin() as session:
            if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LEASE_LOCK}):
                raise RotationRefused("The bot is running. Stop it, change the secret, and start it again.")
            box = open_secret_box(session, config)
            if config.session_secret is None:
                next_file.unlink(missing_ok=True)
                _write(next_file, new_secret.strip())
            changed = box.rotate(session, new_secret.strip())
    finally:
        engine.dispose()
    if config.session_secret is None:
        next_file.replace(config.data_dir / FILE_NAME)
    return changed


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; returns its exit status.

    The present secret comes from SESSION_SECRET or DATA_DIR/session_secret, the new one from NEW_SESSION_SECRET or,
    without it, from the keyboard.
    """
    if list(arguments) != ["rotate"]:
        sys.stderr.write("usage: python -m crypto_utils rotate\n")
        return 2
    embedded = None
    try:
        config = Config.from_environment(environ)
        new_secret = environ.get("NEW_SESSION_SECRET") or getpass.getpass("New secret: ")
        database_url = config.database_url
        if database_url is None:
            embedded = EmbeddedPostgres.start(config.data_dir)
            database_url = embedded.url
        changed = change_session_secret(config, database_url, new_secret)
    except (ConfigError, EmbeddedPostgresFailed, RotationRefused, SecretUnavailable) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        if embedded is not None:
            embedded.stop()
    follow_up = "" if config.session_secret is None else " Start the bot with SESSION_SECRET set to the new secret."
    sys.stdout.write(f"Saved key pairs encrypted under the new secret: {changed}.{follow_up}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
