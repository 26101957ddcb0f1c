"""Reading the fields of a fault that a control request asks for, refusing with a sentence that says what would work."""

import re
from decimal import Decimal, InvalidOperation

from simulator.fault_kinds import Kind

_LONGEST_SECONDS = 366 * 86_400


class BadFault(ValueError):
    """A fault rule that cannot work; the text says what would."""


def read_kind(value: object) -> Kind:
    """Return the kind of that name.

    Raises:
        BadFault: there is none.
    """
    try:
        return Kind(str(value))
    except ValueError:
        raise BadFault(f"unknown kind {value!r}; use one of {', '.join(Kind)}") from None


def read_times(value: object) -> int:
    """Return how often a rule acts, 1 or more.

    Raises:
        BadFault: the value is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadFault("times must be a whole number from 1 up; DELETE /control/faults ends a rule early")
    return value


def read_seconds(value: object, kind: Kind) -> float:
    """Return a rule's seconds, negative for a skewed clock only.

    Raises:
        BadFault: the value is no such number.
    """
    try:
        seconds = Decimal(str(value))
    except InvalidOperation:
        seconds = Decimal("NaN")
    if isinstance(value, bool) or not seconds.is_finite():
        raise BadFault("seconds must be a number such as 2 or 0.5")
    if abs(seconds) > _LONGEST_SECONDS:
        raise BadFault(f"seconds must be at most {_LONGEST_SECONDS}, a year")
    if seconds < 0 and kind is not Kind.CLOCK_SKEW:
        raise BadFault("seconds must not be negative; only clock_skew can go either way")
    return float(seconds)


def read_fraction(value: object) -> str:
    """Return a fraction from 0 to 1 as it was given.

    Raises:
        BadFault: the value is no such number.
    """
    try:
        fraction = Decimal(str(value))
    except InvalidOperation:
        fraction = Decimal("NaN")
    if not fraction.is_finite() or not 0 <= fraction <= 1:
        raise BadFault('fraction must be a string between "0" and "1", such as "0.5"')
    return str(value)


def read_code(value: object, kind: Kind) -> int | None:
    """Return the error code that a refusal answers, None for every other kind.

    Raises:
        BadFault: a refusal without one, or one where there is none to be answered.
    """
    if kind is not Kind.REFUSED:
        if value is not None:
            raise BadFault("code goes with the kind refused alone")
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not -9999 <= value <= -1000:
        raise BadFault("refused needs a code, an error of the exchange such as -4400")
    return value


def split_match(match: object) -> tuple[str, str]:
    """Return (method, path) of a match; a lone path means any method, a lone * means everything.

    Raises:
        BadFault: the match is not text, or empty.
    """
    if not isinstance(match, str) or not match.strip():
        raise BadFault('match must be a method and a path such as "POST /fapi/v1/order"; * stands for anything')
    first, _, rest = match.strip().partition(" ")
    if rest:
        return first.upper(), rest.strip()
    return ("*", first) if first.startswith(("/", "*")) else (first.upper(), "*")


def pattern_of(text: str) -> re.Pattern[str]:
    """Return the pattern of a text in which * stands for anything."""
    first, *rest = (re.escape(piece) for piece in text.split("*"))
    if not rest:
        return re.compile(first)
    *middle, last = rest
    # The groups are atomic: a piece once found is not looked for again, so many stars cost no more than one.
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last)


def socket_pattern_of(path: str) -> re.Pattern[str]:
    """Return the pattern of a socket's path, which may go on: WS /private speaks of /private/ws too."""
    if not path.startswith("/"):
        return re.compile(".*")
    return re.compile(pattern_of(path.rstrip("/")).pattern + "(/.*)?")
