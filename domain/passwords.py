"""What may be a password of the dashboard."""

import unicodedata
from typing import Final

SHORTEST: Final = 10
LONGEST: Final = 256


class PasswordRefused(ValueError):
    """The text cannot be a password: show the message."""


def require_usable_password(password: str) -> None:
    """Let a text pass that can be a password.

    Raises:
        PasswordRefused: shorter than SHORTEST or longer than LONGEST characters, or with characters that no keyboard
            types.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused(f"A password needs at least {SHORTEST} characters. A short sentence is easy to remember.")
    if len(password) > LONGEST:
        raise PasswordRefused(f"A password may have at most {LONGEST} characters.")
    if not password.strip() or any(unicodedata.category(character).startswith("C") for character in password):
        raise PasswordRefused("Use letters, digits, signs and spaces that a keyboard types, nothing invisible.")
