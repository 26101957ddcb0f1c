"""Numbers as people type them: one meaning is taken, two are asked about, everything else is refused in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.number_text import (
    DecimalSign,
    NumberKind,
    NumberRole,
    Reading,
    Unclear,
    Understood,
    Unreadable,
    decimal_sign_of,
    read_number,
    spelled,
)

AMOUNT = NumberKind(NumberRole.AMOUNT)
LOSS = NumberKind(NumberRole.LOSS)
EDITED_STOP = NumberKind(NumberRole.LOSS_OR_PROFIT)
GAIN = NumberKind(NumberRole.GAIN)
FINE_PRICE = NumberKind(NumberRole.AMOUNT, unit="", decimals=4)
LEVERAGE = NumberKind(NumberRole.WHOLE, unit="×", least=1, most=125)
TIMES = NumberKind(NumberRole.WHOLE_OR_NONE, unit="")
D = Decimal
BOTH = (DecimalSign.POINT, DecimalSign.COMMA)


def value(reading: Reading) -> Decimal | None:
    assert isinstance(reading, Understood), reading
    return reading.value


@pytest.mark.parametrize("sign", BOTH)
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5", "5"),
        ("5.5", "5.5"),
        ("5,5", "5.5"),
        ("0.001", "0.001"),
        ("0,001", "0.001"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("5.", "5"),
        ("05", "5"),
        ("1000", "1000"),
        ("1 000", "1000"),
        ("1 000,50", "1000.50"),
        ("1 000.50", "1000.50"),
        ("1,000.50", "1000.50"),
        ("1.000,50", "1000.50"),
        ("1'000.50", "1000.50"),
        ("1’000,50", "1000.50"),
        ("1\u00a0000,5", "1000.5"),
        ("1\u202f000", "1000"),
        ("1.000.000", "1000000"),
        ("1,000,000", "1000000"),
        ("1.000.000,25", "1000000.25"),
        ("1,00,000", "100000"),
        ("12,34,567.5", "1234567.5"),
        ("61000.500", "61000.5"),
        ("61000,500", "61000.5"),
        ("1000.123", "1000.123"),
        ("12.3456", "12.3456"),
        ("  150  ", "150"),
        ("150 USDT", "150"),
        ("150usdt", "150"),
        ("+150", "150"),
        ("٥٫٥", "5.5"),
        ("١٬٠٠٠٫٥٠", "1000.50"),
        ("۱۲۳", "123"),
        ("１５０", "150"),
        ("\u200e150\u200f", "150"),
        ("-0", "0"),
    ],
)
def test_text_with_one_meaning_is_taken(text: str, meant: str, sign: DecimalSign) -> None:
    assert value(read_number(text, AMOUNT, sign)) == D(meant)


@pytest.mark.parametrize("sign", BOTH)
@pytest.mark.parametrize(
    ("text", "thousands", "small"),
    [("1.000", "1000", "1"), ("1,000", "1000", "1"), ("12.345", "12345", "12.345"), ("999,999", "999999", "999.999")],
)
def test_text_with_two_meanings_is_asked_about(text: str, thousands: str, small: str, sign: DecimalSign) -> None:
    reading = read_number(text, AMOUNT, sign)

    assert isinstance(reading, Unclear)
    assert reading.choices == (D(thousands), D(small))
    assert reading.words.startswith("Do you mean ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type a number."),
        ("   ", "Type a number."),
        ("abc", "not a number"),
        ("five", "not a number"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("1e30", "Write the number out in digits."),
        ("1E5", "Write the number out in digits."),
        ("5 %", "counts USDT"),
        ("1/2", "not a number"),
        ("5-3", "not a number"),
        ("--5", "not a number"),
        ("5-", "not a number"),
        (".", "not a number"),
        ("1k", "not a number"),
        ("1,00.5", "grouped oddly"),
        ("1.00.00", "grouped oddly"),
        ("1,000.50,5", "grouped oddly"),
        ("10 0", "grouped oddly"),
        ("1 00 000,5", "grouped oddly"),
        ("9" * 16, "more than any account holds"),
        ("1" * 60, "not a number"),
        ("½", "not a number"),
        ("²", "not a number"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(text: str, words: str) -> None:
    reading = read_number(text, AMOUNT)

    assert isinstance(reading, Unreadable)
    assert words in reading.words


@pytest.mark.parametrize(
    ("kind", "text", "meant", "words"),
    [
        (AMOUNT, "1000.5", "1000.5", "= 1\u202f000.50 USDT"),
        (GAIN, "15", "15", "= 15.00 USDT"),
        (LOSS, "5", "5", "= 5.00 USDT"),
        (LOSS, "-5", "5", "a loss of 5.00 USDT"),
        (LOSS, "−5,25", "5.25", "a loss of 5.25 USDT"),
        (EDITED_STOP, "-5", "5", "a loss of 5.00 USDT"),
        (EDITED_STOP, "+5", "-5", "a profit of 5.00 USDT kept at the stop"),
        (LEVERAGE, "20", "20", "= 20×"),
        (LEVERAGE, "20x", "20", "= 20×"),
        (FINE_PRICE, "2.345", "2.345", "= 2.345"),
        (NumberKind(NumberRole.GAIN, unit="%"), "1,5 %", "1.5", "= 1.5 %"),
        (TIMES, "", None, "no limit"),
        (TIMES, "3", "3", "= 3"),
    ],
)
def test_it_is_said_how_a_text_was_read(kind: NumberKind, text: str, meant: str | None, words: str) -> None:
    assert read_number(text, kind) == Understood(None if meant is None else D(meant), words)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (GAIN, "-15", "A take-profit is a gain: type it without the minus."),
        (AMOUNT, "-15", "This is never below zero: type it without the minus."),
        (LOSS, "+5", "A new trade cannot keep a profit at its stop. Type the loss without a plus."),
        (LEVERAGE, "2.5", "Type a whole number from 1 to 125."),
        (LEVERAGE, "126", "Type a whole number from 1 to 125."),
        (LEVERAGE, "-3", "Type a whole number from 1 to 125."),
        (TIMES, "0", "Type a whole number from 1 to 1\u202f000\u202f000."),
    ],
)
def test_sign_or_bound_that_makes_no_sense_is_refused(kind: NumberKind, text: str, words: str) -> None:
    assert read_number(text, kind) == Unreadable(words)


@given(
    number=st.decimals(min_value=0, max_value=10**9, places=4),
    sign=st.sampled_from(BOTH),
    kind=st.sampled_from((AMOUNT, FINE_PRICE, GAIN, LOSS)),
)
def test_what_a_field_shows_is_read_back_as_the_same(number: Decimal, sign: DecimalSign, kind: NumberKind) -> None:
    assert value(read_number(spelled(number, sign), kind, sign)) == number


@given(text=st.text(max_size=50), sign=st.sampled_from(BOTH))
def test_every_text_is_read_asked_about_or_refused_and_never_both_signs_differ(text: str, sign: DecimalSign) -> None:
    reading, other = read_number(text, AMOUNT, sign), read_number(text, AMOUNT, sign.other)

    assert isinstance(reading, Understood | Unclear | Unreadable)
    if isinstance(reading, Understood) and isinstance(other, Understood):
        assert reading.value == other.value


@pytest.mark.parametrize(
    ("locale", "sign"),
    [
        ("en-US", "."),
        ("de-DE", ","),
        ("de-CH", "."),
        ("tr-TR", ","),
        ("fr", ","),
        ("ar", "."),
        ("ja-JP", "."),
        ("es-MX", "."),
        ("pt-BR", ","),
        (None, "."),
        ("", "."),
    ],
)
def test_the_browsers_locale_says_the_decimal_sign(locale: str | None, sign: str) -> None:
    assert decimal_sign_of(locale).value == sign
