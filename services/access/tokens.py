"""The value of the session's cookie: a random token and its signature; only its hash is kept."""

import hashlib
import hmac
import re
import secrets
from typing import Final

_VALUE: Final = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9a-f]{64})")


def new_signing_key() -> str:
    """Return a key for signatures, as hexadecimal text."""
    return secrets.token_hex(32)


def new_cookie(signing_key: str) -> str:
    """Return the value of a new session's cookie."""
    token = secrets.token_urlsafe(32)
    return f"{token}.{_signature(signing_key, token)}"


def stored_hash(cookie: str, signing_key: str) -> str | None:
    """Return the hash under which a cookie's session is kept, None when its signature is not ours."""
    match = _VALUE.fullmatch(cookie)
    if match is None or not hmac.compare_digest(match[2], _signature(signing_key, match[1])):
        return None
    return hashlib.sha256(match[1].encode()).hexdigest()


def _signature(signing_key: str, token: str) -> str:
    return hmac.new(bytes.fromhex(signing_key), token.encode(), hashlib.sha256).hexdigest()
