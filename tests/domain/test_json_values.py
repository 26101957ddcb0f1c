"""A single value out of JSON is exactly what it should be, or refused."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from domain.json_values import money, switch, text, whole

D = Decimal


def test_what_is_right_comes_back() -> None:
    assert (text("day"), money("0.10"), whole(3), switch(False)) == ("day", D("0.10"), 3, False)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (text, 1),
        (text, None),
        (money, 0.1),  # a float has lost its digits already
        (money, 1),
        (whole, "3"),
        (whole, 3.0),
        (whole, True),
        (switch, 1),
        (switch, "true"),
    ],
)
def test_another_type_is_refused(read: Callable[[object], object], value: object) -> None:
    with pytest.raises(TypeError, match="is n"):
        read(value)


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'a lot' is not a number"):
        money("a lot")
