"""How the dashboard's password is kept: as its Argon2id hash."""

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from domain.passwords import LONGEST

WORK: Final = RFC_9106_LOW_MEMORY  # RFC 9106, second recommended option: 64 MiB, 3 passes
_HASHER: Final = PasswordHasher.from_parameters(WORK)
# Each hash needs 64 MiB for a tenth of a second: one at a time, however many knock.
_ONE_AT_A_TIME: Final = threading.Lock()


def hash_password(password: str) -> str:
    """Return the Argon2id hash to keep, about a tenth of a second of work."""
    with _ONE_AT_A_TIME:
        return _HASHER.hash(_normal(password))


def is_password(stored_hash: str, password: str) -> bool:
    """Say whether this is the password of a kept hash; takes equally long for every text of allowed length."""
    if len(password) > LONGEST:
        return False
    try:
        with _ONE_AT_A_TIME:
            return _HASHER.verify(stored_hash, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> bytes:
    # Keyboards differ in how they compose an accent. Lone surrogates cannot come from one, but from a hostile form.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
