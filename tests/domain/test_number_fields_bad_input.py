"""Whatever is typed into a number field is read as one number in its range, asked about, or refused in words."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.number_text import (
    MOST_DIGITS,
    DecimalSign,
    NumberKind,
    Unclear,
    Understood,
    Unreadable,
    Wish,
    read_number,
)
from domain.risk.limits import MOST_IN_A_ROW, MOST_OPEN
from tests.support.bad_input import BAD_TEXTS, EXAMPLES

# Every number field there is, by what the pages say that it takes.
FIELDS = {
    "New trade: amount, USDT": NumberKind(Wish.AMOUNT),
    "New trade: amount, %": NumberKind(Wish.AMOUNT, unit="%"),
    "New trade, next trade: leverage": NumberKind(Wish.WHOLE, unit="×", least=1, most=125),
    "New trade, next trade, adopt: stop, USDT": NumberKind(Wish.LOSS),
    "New trade: stop, %": NumberKind(Wish.LOSS, unit="%"),
    "New trade, next trade, adopt: target, USDT": NumberKind(Wish.GAIN),
    "New trade, edit: target, %": NumberKind(Wish.GAIN, unit="%"),
    "New trade, edit, practice: price": NumberKind(Wish.AMOUNT, unit="", decimals=1),
    "New trade, edit, practice: fine price": NumberKind(Wish.AMOUNT, unit="", decimals=7),
    "Edit: stop, USDT": NumberKind(Wish.LOSS_OR_KEPT),
    "Edit: stop, %": NumberKind(Wish.LOSS_OR_KEPT, unit="%"),
    "Repeat up to": NumberKind(Wish.WHOLE_OR_NONE, unit=""),
    "Limits: minutes": NumberKind(Wish.AMOUNT, unit="min"),
    "Limits: losses in a row": NumberKind(Wish.WHOLE_OR_NONE, unit="", most=MOST_IN_A_ROW),
    "Limits: open positions": NumberKind(Wish.WHOLE_OR_NONE, unit="", most=MOST_OPEN),
}
WHAT_WORKS = re.compile(r"\b([Tt]ype|[Ww]rite|[Cc]hoose|for example)\b")


@pytest.mark.parametrize("field", FIELDS)
@given(text=BAD_TEXTS, sign=st.sampled_from(DecimalSign))
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_text_is_a_fault_or_a_number_out_of_range(field: str, text: str, sign: DecimalSign) -> None:
    kind = FIELDS[field]
    reading = read_number(text, kind, sign)

    match reading:
        case Understood(value=None):
            assert kind.wish is Wish.WHOLE_OR_NONE
            assert not "".join(character for character in text if character.isalnum())
        case Understood(value=Decimal() as value):
            assert value.is_finite()
            assert abs(value) < Decimal(10) ** MOST_DIGITS
            assert value >= 0 or kind.wish is Wish.LOSS_OR_KEPT
            if kind.wish in (Wish.WHOLE, Wish.WHOLE_OR_NONE):
                assert kind.least <= value <= kind.most
                assert value == int(value)
        case Unclear(choices=choices):
            assert all(choice.is_finite() and 0 <= choice < Decimal(10) ** MOST_DIGITS for choice in choices)
        case Unreadable(words=words):
            assert WHAT_WORKS.search(words), words
            assert words.isprintable() or "\u202f" in words
