"""Public market data: names, types and the published filters."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.conformance.venue import BTC, Venue, venue_of

pytestmark = pytest.mark.slow

SYMBOL = """symbol pair contractType deliveryDate onboardDate status maintMarginPercent requiredMarginPercent baseAsset
    quoteAsset marginAsset pricePrecision quantityPrecision baseAssetPrecision quotePrecision underlyingType
    underlyingSubType settlePlan triggerProtect liquidationFee marketTakeBound maxMoveOrderLimit orderTypes timeInForce
    permissionSets filters"""


@pytest.fixture(scope="module")
def venue() -> Iterator[Venue]:
    with venue_of() as exchange:
        yield exchange.fresh()


def _ask(venue: Venue, name: str, **parameters: Any) -> Any:
    return venue.send("GET", f"/fapi/v1/{name}", **parameters).json()


def test_exchange_info_has_its_parts(venue: Venue) -> None:
    everything = _ask(venue, "exchangeInfo")

    assert set(everything) >= {"timezone", "serverTime", "futuresType", "rateLimits", "exchangeFilters", "assets"}
    assert (everything["timezone"], everything["futuresType"]) == ("UTC", "U_MARGINED")
    limits = {
        (row["rateLimitType"], row["interval"], row["intervalNum"]): row["limit"] for row in everything["rateLimits"]
    }
    assert limits == {
        ("REQUEST_WEIGHT", "MINUTE", 1): 6000,
        ("ORDERS", "MINUTE", 1): 1200,
        ("ORDERS", "SECOND", 10): 300,
    }
    names = ["BTC", "ETH", "SOL", "BNB", "XRP", "LTC", "ADA", "DOGE", "LINK", "AVAX"]
    assert [row["symbol"] for row in everything["symbols"]] == [f"{name}USDT" for name in names]
    for row in everything["symbols"]:
        assert list(row) == SYMBOL.split()
        assert [each["filterType"] for each in row["filters"]] == [
            "PRICE_FILTER",
            "LOT_SIZE",
            "MARKET_LOT_SIZE",
            "MAX_NUM_ORDERS",
            "MIN_NOTIONAL",
            "PERCENT_PRICE",
            "POSITION_RISK_CONTROL",
        ]


@pytest.mark.parametrize(
    ("symbol", "tick", "step", "most", "market_most", "notional", "precisions"),
    [
        (BTC, "0.10", "0.001", "1000", "120", "50", (2, 3)),
        ("ETHUSDT", "0.01", "0.001", "10000", "2000", "20", (2, 3)),
        ("SOLUSDT", "0.0100", "0.01", "1000000", "80000", "5", (4, 2)),
    ],
)
def test_filters_are_the_published_ones(
    venue: Venue, symbol: str, tick: str, step: str, most: str, market_most: str, notional: str, precisions: Any
) -> None:
    row = next(row for row in _ask(venue, "exchangeInfo")["symbols"] if row["symbol"] == symbol)
    by_type = {each["filterType"]: each for each in row["filters"]}

    assert by_type["PRICE_FILTER"]["tickSize"] == tick
    assert (by_type["LOT_SIZE"]["stepSize"], by_type["LOT_SIZE"]["maxQty"]) == (step, most)
    assert by_type["LOT_SIZE"]["minQty"] == step
    assert by_type["MARKET_LOT_SIZE"]["maxQty"] == market_most
    assert by_type["MIN_NOTIONAL"]["notional"] == notional
    assert by_type["MAX_NUM_ORDERS"]["limit"] == 200
    percent = by_type["PERCENT_PRICE"]
    assert (percent["multiplierUp"], percent["multiplierDown"], percent["multiplierDecimal"]) == (
        "1.0500",
        "0.9500",
        "4",
    )
    assert (row["pricePrecision"], row["quantityPrecision"]) == precisions


def test_prices_read_as_documented(venue: Venue) -> None:
    premium, last = _ask(venue, "premiumIndex", symbol=BTC), _ask(venue, "ticker/price", symbol=BTC)
    best = _ask(venue, "ticker/bookTicker", symbol=BTC)

    assert list(premium) == [
        "symbol",
        "markPrice",
        "indexPrice",
        "estimatedSettlePrice",
        "lastFundingRate",
        "interestRate",
        "nextFundingTime",
        "time",
    ]
    assert [name for name, value in premium.items() if type(value) is int] == ["nextFundingTime", "time"]
    assert list(last) == ["symbol", "price", "time"]
    assert list(best)[:6] == ["symbol", "bidPrice", "bidQty", "askPrice", "askQty", "time"]
    assert Decimal(best["bidPrice"]) < Decimal(best["askPrice"])
    for name in ("premiumIndex", "ticker/price", "ticker/bookTicker"):
        assert len(_ask(venue, name)) == 10


INTERVALS = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_have_twelve_columns_and_end_with_the_unfinished_one(venue: Venue, interval: str) -> None:
    rows = _ask(venue, "klines", symbol=BTC, interval=interval, limit=5)

    assert len(rows) == 5
    kinds = [int, str, str, str, str, str, int, str, int, str, str, str]
    assert all([type(value) for value in row] == kinds for row in rows)
    assert rows[-1][0] <= venue.time() <= rows[-1][6]
    assert all(late[0] == early[6] + 1 for early, late in itertools.pairwise(rows))
    assert all(Decimal(row[3]) <= min(Decimal(row[1]), Decimal(row[4])) for row in rows)


def test_candles_go_on_from_a_start(venue: Venue) -> None:
    start = venue.time() - 3_600_000
    rows = _ask(venue, "klines", symbol=BTC, interval="1m", startTime=start, limit=3)

    assert rows[0][0] == -(-start // 60_000) * 60_000
    assert len(rows) == 3
    assert len(_ask(venue, "klines", symbol=BTC, interval="1m")) == 500
    assert len(_ask(venue, "klines", symbol=BTC, interval="1m", limit=1500)) == 1500


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("klines", {"symbol": BTC, "interval": "7m"}, -1120),
        ("klines", {"symbol": "NOPE", "interval": "1m"}, -1121),
        ("klines", {"symbol": BTC}, -1102),
        ("premiumIndex", {"symbol": "NOPE"}, -1121),
        ("ticker/price", {"symbol": "NOPE"}, -1121),
        ("depth", {}, -1102),
    ],
)
def test_wrong_questions_are_refused(venue: Venue, name: str, sent: dict[str, str], code: int) -> None:
    answer = venue.send("GET", f"/fapi/v1/{name}", **sent)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_settled_funding_reads_as_documented(venue: Venue) -> None:
    rows = _ask(venue, "fundingRate", symbol=BTC, limit=3)

    assert [list(row) for row in rows] == [["symbol", "fundingRate", "fundingTime", "markPrice", "rateType"]] * 3
    assert [late["fundingTime"] - early["fundingTime"] for early, late in itertools.pairwise(rows)] == [28_800_000] * 2
    assert _ask(venue, "fundingInfo") == []
