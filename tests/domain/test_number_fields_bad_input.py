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
    NumberRole,
    Unclear,
    Understood,
    Unreadable,
    read_number,
)
from domain.risk.limits import MOST_IN_A_ROW, MOST_OPEN
from tests.support.bad_input import BAD_TEXTS, EXAMPLES

# Every number field there is, by what the pages say that it takes.
FIELDS = {
    "New trade: amount, USDT": NumberKind(NumberRole.AMOUNT),
    "New trade: amount, %": NumberKind(NumberRole.AMOUNT, unit="%"),
    "New trade, next trade: leverage": NumberKind(NumberRole.WHOLE, unit="×", least=1, most=125),
    "New trade, next trade, adopt: stop, USDT": NumberKind(NumberRole.LOSS),
    "New trade: stop, %": NumberKind(NumberRole.LOSS, unit="%"),
    "New trade, next trade, adopt: target, USDT": NumberKind(NumberRole.GAIN),
    "New trade, edit: target, %": NumberKind(NumberRole.GAIN, unit="%"),
    "New trade, edit, practice: price": NumberKind(NumberRole.AMOUNT, unit="", decimals=1),
    "New trade, edit, practice: fine price": NumberKind(NumberRole.AMOUNT, unit="", decimals=7),
    "Edit: stop, USDT": NumberKind(NumberRole.LOSS_OR_PROFIT),
    "Edit: stop, %": NumberKind(NumberRole.LOSS_OR_PROFIT, unit="%"),
    "Repeat up to": NumberKind(NumberRole.WHOLE_OR_NONE, unit=""),
    "Moving exits: USDT; limits: USDT": NumberKind(NumberRole.AMOUNT, unit="USDT"),
    "Moving exits: %; limits: %; preferences: share at risk": NumberKind(NumberRole.AMOUNT, unit="%"),
    "Moving exits: hours": NumberKind(NumberRole.AMOUNT, unit="hours"),
    "Moving exits: distance as a price": NumberKind(NumberRole.AMOUNT, unit=""),
    "Limits: minutes": NumberKind(NumberRole.AMOUNT, unit="min"),
    "Limits: losses in a row": NumberKind(NumberRole.WHOLE_OR_NONE, unit="", most=MOST_IN_A_ROW),
    "Limits: open positions": NumberKind(NumberRole.WHOLE_OR_NONE, unit="", most=MOST_OPEN),
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
            assert kind.role is NumberRole.WHOLE_OR_NONE
            assert not "".join(character for character in text if character.isalnum())
        case Understood(value=Decimal() as value):
            assert value.is_finite()
            assert abs(value) < Decimal(10) ** MOST_DIGITS
            assert value >= 0 or kind.role is NumberRole.LOSS_OR_PROFIT
            if kind.role in (NumberRole.WHOLE, NumberRole.WHOLE_OR_NONE):
                assert kind.least <= value <= kind.most
                assert value == int(value)
        case Unclear(choices=choices):
            assert all(choice.is_finite() and 0 <= choice < Decimal(10) ** MOST_DIGITS for choice in choices)
        case Unreadable(words=words):
            assert WHAT_WORKS.search(words), words
            assert words.isprintable() or "\u202f" in words
