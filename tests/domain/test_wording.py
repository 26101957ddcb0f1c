"""Words and numbers as a person reads them."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given

from domain import wording
from domain.terms import CloseReason, OrderState, Phase, Purpose, ReopenState, Side
from domain.wording import (
    closed_sentence,
    decimals_of,
    format_countdown,
    format_duration,
    format_percent,
    format_price,
    format_quantity,
    format_usdt,
)
from tests.domain.trades import decimals

D = Decimal


def _plain(text: str) -> str:
    """Return text with the special space and minus as typed ones, to be read easily here."""
    return text.replace("\u202f", " ").replace("\u2212", "-")


def test_the_special_characters() -> None:
    assert format_usdt(D("-1234.5")) == "\u22121\u202f234.50"


@pytest.mark.parametrize(
    ("amount", "plain", "signed"),
    [
        ("0", "0.00", "0.00"),
        ("-0.004", "0.00", "0.00"),
        ("0.005", "0.01", "+0.01"),
        ("-0.005", "-0.01", "-0.01"),
        ("15", "15.00", "+15.00"),
        ("-5.03", "-5.03", "-5.03"),
        ("999.995", "1 000.00", "+1 000.00"),
        ("1234567.891", "1 234 567.89", "+1 234 567.89"),
        ("1E+3", "1 000.00", "+1 000.00"),
    ],
)
def test_usdt(amount: str, plain: str, signed: str) -> None:
    assert _plain(format_usdt(D(amount))) == plain
    assert _plain(format_usdt(D(amount), signed=True)) == signed


@given(decimals("-1000000000", "1000000000", 8))
def test_usdt_is_never_more_than_half_a_cent_off(amount: D) -> None:
    text = _plain(format_usdt(amount)).replace(" ", "")

    assert abs(D(text) - amount) <= D("0.005")


@pytest.mark.parametrize(
    ("price", "tick", "text"),
    [
        ("0.00001234", "0.00000001", "0.00001234"),
        ("123456.7", "0.10", "123 456.7"),
        ("86461.8", "0.1", "86 461.8"),
        ("2870.91", "0.01", "2 870.91"),
        ("131.4", "0.0100", "131.40"),
        ("86461.84999", "0.10", "86 461.8"),
        ("86461.85", "0.10", "86 461.9"),
        ("123456.7", "5", "123 457"),
        ("1E-8", "1E-8", "0.00000001"),
    ],
)
def test_a_price_has_the_decimals_of_its_tick(price: str, tick: str, text: str) -> None:
    assert _plain(format_price(D(price), D(tick))) == text


def test_quantities_have_no_zeros_at_the_end() -> None:
    assert format_quantity(D("0.03470")) == "0.0347"
    assert _plain(format_quantity(D("1200.000"))) == "1 200"
    assert format_quantity(D("0")) == "0"


def test_percent() -> None:
    assert _plain(format_percent(D("4.56"))) == "4.6 %"
    assert _plain(format_percent(D("0.581"), signed=True, decimals=2)) == "+0.58 %"
    assert _plain(format_percent(D("-0.04"), signed=True)) == "0.0 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0\u202fs"),
        (-5, "0\u202fs"),
        (42.9, "42\u202fs"),
        (60, "1\u202fmin"),
        (48 * 60 + 59, "48\u202fmin"),
        (87 * 60, "1\u202fh 27\u202fmin"),
        (7200, "2\u202fh"),
        (76 * 3600, "3\u202fd 4\u202fh"),
        (86400, "1\u202fd"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(185, "3:05"), (184.1, "3:05"), (34, "0:34"), (3600, "1:00:00"), (-1, "0:00"), (0.2, "0:01")]
)
def test_countdowns(seconds: float, text: str) -> None:
    assert format_countdown(timedelta(seconds=seconds)) == text


def test_how_a_trade_ended() -> None:
    assert closed_sentence(CloseReason.SL, D("-5.03")) == "Closed by stop-loss, \u22125.03 USDT after fees"
    assert closed_sentence(CloseReason.TP, D("15.004")) == "Closed by take-profit, +15.00 USDT after fees"
    assert closed_sentence(CloseReason.TP, None) == "Closed by take-profit, result not known yet"
    assert closed_sentence(CloseReason.LOST, None).endswith("result unknown")


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        (wording.phase_words, Phase),
        (wording.reason_words, CloseReason),
        (wording.side_words, Side),
        (wording.purpose_words, Purpose),
        (wording.order_state_words, OrderState),
        (wording.reopen_words, ReopenState),
    ],
)
def test_every_word_is_there_and_different(words: object, terms: type[StrEnum]) -> None:
    assert callable(words)
    said = [words(term) for term in terms]

    assert len(set(said)) == len(said)
    assert not [text for text in said if "_" in text or text.isupper()]


def test_every_reason_makes_a_sentence() -> None:
    sentences = {closed_sentence(reason, D("1")) for reason in CloseReason}

    assert len(sentences) == len(CloseReason)


def test_decimals_of_a_step() -> None:
    assert [decimals_of(D(step)) for step in ("0.10", "0.0100", "10", "1", "1E-8")] == [1, 2, 0, 0, 8]
