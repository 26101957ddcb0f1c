"""Reading the fields of control requests; what cannot be read is refused with a sentence that says what would work."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qs

from simulator.params import parse_json

_LONGEST_EXPONENT = 20  # 1e999999999 is a number too, whose digits nobody could write out
_Word = TypeVar("_Word", bound=StrEnum)

Fields = Mapping[str, Any]


class BadRequest(ValueError):
    """A control request that cannot be followed; the text says what would work."""


def read_fields(query: bytes, body: bytes) -> Fields:
    """Return the JSON object of the body, or the query string's values when there is no body."""
    if not body.strip():
        return {name: values[-1] for name, values in parse_qs(query.decode("utf-8", "replace")).items()}
    try:
        request = parse_json(body)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise BadRequest("the body must be a JSON object")
    return request


def allow_only(fields: Fields, *names: str) -> None:
    """Refuse fields that nobody reads: a misspelt one would do nothing in silence."""
    unknown = sorted(set(fields) - set(names))
    if unknown:
        raise BadRequest(f"unknown field {', '.join(unknown)}; use {', '.join(names)}")


def optional_number(fields: Fields, name: str) -> Decimal | None:
    """Return a number given as a number or a string, None when it is not given."""
    value = fields.get(name)
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise BadRequest(f"{name} must be a number, not {value!r}")
    if number and abs(number.adjusted()) > _LONGEST_EXPONENT:
        raise BadRequest(f"{name} must not be so {'large' if number.adjusted() > 0 else 'close to zero'}")
    return number


def optional_money(fields: Fields, name: str, *, zero: bool = False) -> Decimal | None:
    """Return an amount above zero, or from zero up."""
    number = optional_number(fields, name)
    if number is not None and (number < 0 or not (number or zero)):
        raise BadRequest(f"{name} must be {'zero or more' if zero else 'above zero'}")
    return number


def optional_id(fields: Fields, name: str) -> int | None:
    """Return a whole number from zero up."""
    number = optional_number(fields, name)
    if number is not None and (number < 0 or number != int(number)):
        raise BadRequest(f"{name} must be a whole number")
    return None if number is None else int(number)


def optional_flag(fields: Fields, name: str) -> bool | None:
    """Return true or false as JSON has them."""
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequest(f"{name} must be true or false")
    return value


def optional_word(fields: Fields, name: str, words: type[_Word]) -> _Word | None:
    """Return a member of an enumeration."""
    value = fields.get(name)
    if value is None:
        return None
    try:
        return words(str(value))
    except ValueError:
        raise BadRequest(f"{name} must be one of {', '.join(words)}") from None


def choice(fields: Fields, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
    """Return one of the choices."""
    value = fields.get(name, default)
    if value not in choices:
        raise BadRequest(f"{name} must be one of {', '.join(choices)}")
    return str(value)
