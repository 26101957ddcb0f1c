from decimal import Decimal

from simulator.market import formats
from simulator.market.candle_rows import Series
from simulator.market.catalogue import catalogue
from simulator.market.tracks import Trade

BITCOIN = catalogue(0)[0].spec  # tick 0.10, step 0.001, prices with two decimals


def test_numbers_carry_the_decimals_of_their_symbol() -> None:
    assert formats.price_text(BITCOIN, 840_001) == "84000.10"
    assert formats.quantity_text(BITCOIN, 1500) == "1.500"
    assert formats.quote_text(BITCOIN, 840_001 * 1500) == "126000.15000"
    assert formats.units_text(8_400_012_345_678) == "84000.12345678"
    assert formats.units_text(-12_345) == "-0.00012345"


def test_a_kline_row_has_twelve_elements_in_the_exchange_s_order() -> None:
    candle = [840_000, 840_020, 839_990, 840_010, 3000, 60, 1000, 2_520_000_000, 840_000_000, 7]

    row = formats.kline_row(BITCOIN, Series.LAST, 60_000, 119_999, candle)

    assert row == [
        60_000,
        "84000.00",
        "84002.00",
        "83999.00",
        "84001.00",
        "3.000",
        119_999,
        "252000.00000",
        60,
        "1.000",
        "84000.00000",
        "0",
    ]


def test_candles_of_mark_prices_have_no_volume() -> None:
    candle = [100_000_000, 200_000_000, 50_000_000, 150_000_000, 0, 60, 0, 0, 0, 0]

    row = formats.kline_row(BITCOIN, Series.MARK, 60_000, 119_999, candle)

    assert row[1:] == [
        "1.00000000",
        "2.00000000",
        "0.50000000",
        "1.50000000",
        "0",
        119_999,
        "0",
        60,
        "0",
        "0",
        "0",
    ]


def test_an_aggregate_is_one_trade() -> None:
    row = formats.aggregate_row(BITCOIN, Trade(9, 1234, 840_000, 500, True))

    assert row == {
        "a": 9,
        "p": "84000.00",
        "q": "0.500",
        "nq": "0.500",
        "f": 9,
        "l": 9,
        "T": 1234,
        "m": True,
    }


def test_book_levels_are_pairs_of_text() -> None:
    assert formats.levels_text(BITCOIN, [(Decimal("84000.1"), Decimal("0.5"))]) == [["84000.10", "0.500"]]
