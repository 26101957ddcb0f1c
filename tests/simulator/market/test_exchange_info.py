from simulator.market.catalogue import catalogue
from simulator.market.exchange_info import exchange_info

INFO = exchange_info([(each, each.spec) for each in catalogue(0)], 1_795_305_600_000)


def test_bitcoin_is_described_as_on_the_exchange() -> None:
    bitcoin = INFO["symbols"][0]

    filters = {entry["filterType"]: entry for entry in bitcoin["filters"]}
    assert filters["PRICE_FILTER"] == {
        "filterType": "PRICE_FILTER",
        "minPrice": "261.10",
        "maxPrice": "809484",
        "tickSize": "0.10",
    }
    assert filters["MARKET_LOT_SIZE"]["maxQty"] == "120"
    assert filters["LOT_SIZE"] == {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"}
    assert filters["MIN_NOTIONAL"] == {"filterType": "MIN_NOTIONAL", "notional": "50"}
    assert filters["MAX_NUM_ORDERS"] == {"filterType": "MAX_NUM_ORDERS", "limit": 200}
    assert filters["PERCENT_PRICE"]["multiplierDecimal"] == "4"
    assert "MAX_NUM_ALGO_ORDERS" not in filters
    assert (bitcoin["pricePrecision"], bitcoin["quantityPrecision"]) == (2, 3)
    assert bitcoin["liquidationFee"] == "0.012500"


def test_limits_are_those_of_the_test_venue() -> None:
    limits = [(row["rateLimitType"], row["interval"], row["intervalNum"], row["limit"]) for row in INFO["rateLimits"]]

    assert limits == [
        ("REQUEST_WEIGHT", "MINUTE", 1, 6000),
        ("ORDERS", "MINUTE", 1, 1200),
        ("ORDERS", "SECOND", 10, 300),
    ]


def test_sol_shows_its_tick_with_four_decimals() -> None:
    sol = next(row for row in INFO["symbols"] if row["symbol"] == "SOLUSDT")

    assert sol["filters"][0]["tickSize"] == "0.0100"
