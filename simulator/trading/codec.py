"""Records as JSON rows and back, losing nothing: decimals travel as strings."""

from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, TypeVar, get_args, get_origin, get_type_hints

from simulator.interfaces import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")


def to_row(record: "DataclassInstance") -> Json:
    """Return the record as a JSON-able row."""
    return {name: _plain(getattr(record, name)) for name, _ in _columns(type(record))}


def from_row(record_type: type[_Record], row: Json) -> _Record:
    """Build the record that to_row took apart; columns that an older row lacks have their defaults.

    Raises:
        TypeError: the row is not one of this type.
    """
    values = {
        name: row[name] if convert is None or row[name] is None else convert(row[name])
        for name, convert in _columns(record_type)
        if name in row
    }
    return record_type(**values)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal | StrEnum) else value


@cache
def _columns(record_type: type["DataclassInstance"]) -> tuple[tuple[str, "Callable[[str], object] | None"], ...]:
    hints = get_type_hints(record_type)
    return tuple((field.name, _converter(hints[field.name])) for field in fields(record_type))


def _converter(hint: object) -> "Callable[[str], object] | None":
    if get_origin(hint) is UnionType:
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is Decimal or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return hint
    return None
