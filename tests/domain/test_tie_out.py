"""Whether a day's three readings are the same money."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.pricing.tie_out import (
    STILL_BEING_READ_FOR,
    Agreement,
    DayBooks,
    UnmatchedTrade,
    WalletSpan,
    books_agreement,
    wallet_agreement,
)

D = Decimal
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def books(trades: str, external: str, income: str, *unmatched: UnmatchedTrade) -> DayBooks:
    return DayBooks(date(2026, 11, 22), D(trades), D(external), D(income), None, unmatched)


def unmatched(age: timedelta) -> UnmatchedTrade:
    return UnmatchedTrade("BTCUSDT", 7, NOW - age, D("1.5"), D("1.4"))


def span(change: str, booked: str, age: timedelta = timedelta(hours=2)) -> WalletSpan:
    return WalletSpan(NOW - age - timedelta(days=1), NOW - age, D(100), D(100) + D(change), D(booked))


def test_equal_to_the_last_digit_is_exact() -> None:
    assert books_agreement(books("10.00000001", "-0.5", "9.50000001"), NOW) is Agreement.EXACT


def test_one_unit_of_the_last_digit_is_different() -> None:
    day = books("10.00000001", "-0.5", "9.5")

    assert books_agreement(day, NOW) is Agreement.DIFFERENT
    assert day.difference_usdt == D("0.00000001")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (STILL_BEING_READ_FOR - timedelta(seconds=1), Agreement.BEING_READ),
        (STILL_BEING_READ_FOR, Agreement.DIFFERENT),
    ],
)
def test_a_fill_the_exchange_has_not_recorded_is_different_once_it_is_old(age: timedelta, expected: Agreement) -> None:
    trade = unmatched(age)

    assert trade.difference_usdt == D("0.1")
    assert books_agreement(books("1.5", "0", "1.4", trade), NOW) is expected


def test_an_old_fill_is_not_hidden_by_a_young_one() -> None:
    day = books("1.5", "0", "1.3", unmatched(timedelta(minutes=1)), unmatched(timedelta(days=3)))

    assert books_agreement(day, NOW) is Agreement.DIFFERENT


def test_two_differences_that_cancel_out_are_different() -> None:
    low = UnmatchedTrade("BTCUSDT", 8, NOW - timedelta(days=1), D("1.4"), D("1.5"))

    assert books_agreement(books("2.9", "0", "2.9", unmatched(timedelta(days=1)), low), NOW) is Agreement.DIFFERENT


@pytest.mark.parametrize(
    ("wallet", "expected"),
    [
        (None, Agreement.UNKNOWN),
        (span("5.25", "5.25"), Agreement.EXACT),
        (span("5.25", "5.24"), Agreement.DIFFERENT),
        (span("5.25", "5.24", timedelta(minutes=1)), Agreement.BEING_READ),
    ],
)
def test_the_wallet_changes_by_what_was_recorded(wallet: WalletSpan | None, expected: Agreement) -> None:
    assert wallet_agreement(wallet, NOW) is expected


def test_a_day_with_a_fee_in_another_asset_is_not_quiet() -> None:
    day = DayBooks(date(2026, 11, 22), D(0), D(0), D(0), None, (), {"BNB": D("-0.001")})

    assert not day.is_quiet
    assert books("0", "0", "0").is_quiet
