"""Typed reading of request parameters, refusing in the exchange's own words."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from simulator.errors import ApiError

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{0,20})?|-?\.[0-9]{1,20}")
_Choice = TypeVar("_Choice", bound=StrEnum)
_INTEGER = re.compile(r"-?[0-9]{1,19}")


def parse_json(text: str | bytes, parse_float: Callable[[str], object] = Decimal) -> object:
    """Return the value that JSON text stands for, numbers with a fraction as parse_float makes them.

    Raises:
        ValueError: the text is not JSON, or is nested more deeply than can be read.
    """
    try:
        return json.loads(text, parse_float=parse_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _missing(name: str) -> ApiError:
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


class Values(dict[str, str]):
    """Request parameters by name; as on the exchange, upper and lower case of a name are the same."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        super().__init__({name.lower(): value for name, value in (values or {}).items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name.lower(), value)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return the value of a name in any spelling."""
        return super().get(name.lower(), default)


class Params:
    """Parameters of one request, query and body merged, values as received, names in any case.

    Getters without `optional_` refuse with -1102 when the parameter is absent or empty.
    """

    def __init__(self, values: Mapping[str, str], *, capitalised_booleans: bool = True) -> None:
        self._values = Values(values)
        self._capitalised_booleans = capitalised_booleans

    def instead(self, values: Mapping[str, str]) -> "Params":
        """Return other parameters read by the same rules, such as one order of a batch."""
        return Params(values, capitalised_booleans=self._capitalised_booleans)

    def count(self) -> int:
        """Return how many parameters were sent."""
        return len(self._values)

    def sent(self, name: str) -> str | None:
        """Return the parameter as received, None when it was not sent."""
        return self._values.get(name)

    def has(self, name: str) -> bool:
        """Return whether the parameter was sent at all, empty included."""
        return name in self._values

    def optional_text(self, name: str) -> str | None:
        """Return the text, None when not sent; sent but empty is -1105."""
        value = self._values.get(name)
        if value == "":
            raise ApiError(-1105, f"Parameter '{name}' was empty.")
        return value

    def text(self, name: str) -> str:
        """Return the text or refuse with -1102."""
        value = self._values.get(name)
        if not value:
            raise _missing(name)
        return value

    def optional_decimal(self, name: str) -> Decimal | None:
        """Return an exact decimal; exponents and other characters are -1100 as on the exchange."""
        value = self.optional_text(name)
        if value is None:
            return None
        if not _DECIMAL.fullmatch(value):
            legal_range = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
            raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal_range}'.")
        return Decimal(value)

    def decimal(self, name: str) -> Decimal:
        """Return an exact decimal or refuse with -1102."""
        self.text(name)
        value = self.optional_decimal(name)
        assert value is not None
        return value

    def optional_integer(self, name: str) -> int | None:
        """Return an integer; anything else sent is -1102 as on the exchange."""
        value = self.optional_text(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise _missing(name)
        return int(value)

    def integer(self, name: str) -> int:
        """Return an integer or refuse with -1102."""
        self.text(name)
        value = self.optional_integer(name)
        assert value is not None
        return value

    def optional_boolean(self, name: str) -> bool | None:
        """Return a boolean from "true" or "false", in capitals too unless the switch forbids it."""
        value = self.optional_text(name)
        if value is None:
            return None
        if self._capitalised_booleans:
            value = value.lower()
        if value not in ("true", "false"):
            raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return value == "true"

    def boolean(self, name: str) -> bool:
        """Return a boolean or refuse with -1102."""
        self.text(name)
        return bool(self.optional_boolean(name))

    def choice(self, name: str, choices: type[_Choice], refusal: ApiError) -> _Choice | None:
        """Return the member of choices, None when not sent; an unknown word raises refusal."""
        value = self.optional_text(name)
        if value is None:
            return None
        try:
            return choices(value)
        except ValueError:
            raise refusal from None
