"""Encryption of saved API keys: the key derived from the session secret, and how to change that secret.

`python -m crypto_utils rotate` encrypts everything anew under another secret.
"""

import base64
import getpass
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from domain.start_refused import StartRefused
from storage.commands import opened_database
from storage.session_secret import (
    API_KEY,
    API_SECRET,
    SHORTEST_SECRET,
    SecretProof,
    SecretUnavailable,
    adopt_next_secret,
    encrypted_rows_exist,
    keep_bot_from_starting,
    load_or_make_session_secret,
    load_proof,
    read_next_secret,
    replace_tokens,
    save_proof,
    write_next_secret,
)

CHECK_TEXT: Final = "this secret is the right one"
SALT_BYTES: Final = 16
_ONCE_WITHOUT_FIELD: Final = ("", API_KEY, API_SECRET)  # what the versions before fields encrypted


class WrongSecret(SecretUnavailable):
    """The secret is not the one that the saved keys were encrypted with: they stay as they are."""

    def __init__(self) -> None:
        super().__init__(
            "The saved API keys were encrypted with another SESSION_SECRET. Start the bot with that one, "
            "or delete the saved keys in Settings and enter them again."
        )


class RotationRefused(Exception):
    """The secret cannot be changed now: show the message; nothing was changed."""


class SecretBox:
    """Encrypts and decrypts with the key derived from one secret and one salt."""

    def __init__(self, secret: str, salt: bytes) -> None:
        self._fernet = Fernet(_derived_key(secret, salt))
        self._salt = salt

    @classmethod
    def make(cls, secret: str) -> "SecretBox":
        """Return a box with a salt of its own."""
        return cls(secret, secrets.token_bytes(SALT_BYTES))

    def encrypt(self, plain: str, field: str = "") -> str:
        """Return the text as a Fernet token; twice the same text gives two tokens.

        Args:
            plain: the text, without NUL.
            field: what it is the secret of; the token can be read as that only.
        """
        return self._fernet.encrypt((f"{field}\0{plain}" if field else plain).encode()).decode()

    def decrypt(self, token: str, field: str = "") -> str:
        """Return the text of a token. The API keys of versions that did not know fields yet are read without one.

        Raises:
            WrongSecret: the token was made with another secret, is of another field, or is damaged.
        """
        try:
            bound, separator, plain = self._fernet.decrypt(token).decode().partition("\0")
        except (InvalidToken, ValueError):  # what is no base 64 is said in the second way
            raise WrongSecret from None
        if not separator and field in _ONCE_WITHOUT_FIELD:
            return bound
        if not separator or bound != field:
            raise WrongSecret
        return plain

    def proof(self) -> SecretProof:
        """Return what proves the secret later."""
        return SecretProof(self._salt, self.encrypt(CHECK_TEXT))


@lru_cache(maxsize=4)
def _derived_key(secret: str, salt: bytes) -> bytes:
    """Derive the Fernet key, about a tenth of a second of work; done once per process."""
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(secret.encode()))


def open_box(session: Session, secret: str) -> SecretBox:
    """Return the box for a secret, proved to be the one that the saved keys were encrypted with.

    To be called in the transaction that saves: a change of the secret waits until it has ended. While no keys are
    saved any secret is right, and becomes the one.

    Raises:
        WrongSecret: keys are saved, and were encrypted with another secret.
    """
    proof = load_proof(session)
    if proof is not None:
        box = SecretBox(secret, proof.salt)
        try:
            box.decrypt(proof.check_token)
        except WrongSecret:
            if encrypted_rows_exist(session):
                raise
        else:
            return box
    elif encrypted_rows_exist(session):
        raise WrongSecret
    box = SecretBox.make(secret)
    save_proof(session, box.proof())
    return box


def open_secret_box(session: Session, config: Config) -> SecretBox:
    """Return the box for the configured secret; see load_or_make_session_secret() and open_box().

    A change of the secret that was cut off after its commit is brought to its end here.

    Raises:
        SecretUnavailable: the saved keys can be neither read nor saved.
    """
    secret = load_or_make_session_secret(config, encrypted_rows_exist(session))
    try:
        return open_box(session, secret)
    except WrongSecret:
        next_secret = read_next_secret(config)
        if not next_secret:
            raise
    box = open_box(session, next_secret)
    adopt_next_secret(config)
    return box


def rotate(session: Session, box: SecretBox, new_secret: str) -> int:
    """Encrypt all saved keys anew under another secret and return how many pairs there were.

    Takes effect with the session's commit, all or nothing.

    Raises:
        WrongSecret: a saved pair cannot be read; the transaction must be rolled back.
    """
    load_proof(session, for_change=True)
    new_box = SecretBox.make(new_secret)
    save_proof(session, new_box.proof())
    return replace_tokens(session, lambda token, field: new_box.encrypt(box.decrypt(token, field), field))


def change_session_secret(config: Config, sessions: sessionmaker[Session], new_secret: str) -> int:
    """Encrypt all saved keys under a new secret and return how many pairs there were; the bot must not run.

    With the embedded database and no SESSION_SECRET, the file in DATA_DIR follows.

    Raises:
        RotationRefused: the bot is running, or the new secret is too short.
        SecretUnavailable: the saved keys cannot be read with the present secret.
    """
    new_secret = new_secret.strip()
    if len(new_secret) < SHORTEST_SECRET:
        raise RotationRefused(f"The new secret needs at least {SHORTEST_SECRET} characters. Use a long random text.")
    with sessions.begin() as session:
        if not keep_bot_from_starting(session):
            raise RotationRefused("The bot is running. Stop it, change the secret, and start it again.")
        box = open_secret_box(session, config)
        write_next_secret(config, new_secret)
        changed = rotate(session, box, new_secret)
    adopt_next_secret(config)
    return changed


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; returns its exit status.

    The present secret comes from SESSION_SECRET or DATA_DIR/session_secret, the new one from NEW_SESSION_SECRET or,
    without it, from the keyboard.
    """
    if list(arguments) != ["rotate"]:
        sys.stderr.write("usage: python -m crypto_utils rotate\n")
        return 2
    try:
        config = Config.from_environment(environ)
        new_secret = environ.get("NEW_SESSION_SECRET") or getpass.getpass("New secret: ")
        with opened_database(config, "bot-rotation") as sessions:
            changed = change_session_secret(config, sessions, new_secret)
    except (StartRefused, RotationRefused, SecretUnavailable) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    follow_up = "" if config.session_secret is None else " Start the bot with SESSION_SECRET set to the new secret."
    sys.stdout.write(f"Saved key pairs encrypted under the new secret: {changed}.{follow_up}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
