"""Typed reading of parameters and its refusals."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from simulator.errors import ApiError
from simulator.params import Params, parse_json


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (lambda params: params.text("missing"), -1102),
        (lambda params: params.text("empty"), -1102),
        (lambda params: params.optional_text("empty"), -1105),
        (lambda params: params.decimal("missing"), -1102),
        (lambda params: params.decimal("exponent"), -1100),
        (lambda params: params.integer("word"), -1102),
        (lambda params: params.optional_integer("price"), -1102),
        (lambda params: params.boolean("python"), -1130),
    ],
)
def test_refusals_have_the_documented_codes(read: Callable[[Params], object], code: int) -> None:
    sent = {"empty": "", "exponent": "1e-05", "word": "abc", "price": "1.5", "python": "True"}
    params = Params(sent, capitalised_booleans=False)

    with pytest.raises(ApiError) as refusal:
        read(params)

    assert refusal.value.code == code


def test_values_are_exact_and_absent_ones_none() -> None:
    params = Params({"price": "61000.10", "id": "42", "flag": "false"})

    assert params.decimal("price") == Decimal("61000.10")
    assert str(params.decimal("price")) == "61000.10"
    assert params.integer("id") == 42
    assert params.boolean("flag") is False
    assert params.optional_decimal("absent") is None
    assert params.optional_integer("absent") is None
    assert params.optional_boolean("absent") is None
    assert params.has("price")
    assert not params.has("absent")


@pytest.mark.parametrize("text", ["1\n", "١", "１.5", "1e5", "0x10", " 1"])
def test_numbers_are_plain_ascii_from_end_to_end(text: str) -> None:
    params = Params({"number": text})

    with pytest.raises(ApiError):
        params.decimal("number")
    with pytest.raises(ApiError):
        params.integer("number")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "", "{", "9" * 5000])
def test_text_that_is_not_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json(text)
