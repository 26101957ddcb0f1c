"""What may be a password: ten characters or more that a keyboard types."""

import pytest

from domain.passwords import LONGEST, PasswordRefused, require_usable_password


def refusal_of(password: str) -> str:
    """Return why a text cannot be a password; empty when it can."""
    try:
        require_usable_password(password)
    except PasswordRefused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("password", ["ten signs!", "ein längerer Satz", "x" * LONGEST])
def test_a_password_that_can_be_typed_passes(password: str) -> None:
    assert refusal_of(password) == ""


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("nine sign", "at least 10 characters"),
        ("x" * (LONGEST + 1), "at most 256 characters"),
        (" " * 10, "nothing invisible"),
        ("with a tab\t", "nothing invisible"),
        ("with\u200bzero width", "nothing invisible"),
    ],
)
def test_what_cannot_be_one_is_refused_with_what_can(password: str, words: str) -> None:
    assert words in refusal_of(password)
