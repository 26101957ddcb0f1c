"""Control requests that change pairs and accounts, over HTTP, and sentences that say what would work."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.conformance.venue import BTC, Ear, Venue, private_ear, venue_of

pytestmark = pytest.mark.slow


@pytest.fixture
def venue() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue.fresh()


@pytest.fixture(scope="module")
def unchanged() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue


def listed(venue: Venue, symbol: str = BTC) -> Any:
    rows = venue.session.get(f"{venue.url}/fapi/v1/exchangeInfo", timeout=10).json()["symbols"]
    return next((row for row in rows if row["symbol"] == symbol), None)


def test_rules_change_under_a_client_s_hands(venue: Venue) -> None:
    venue.market()
    with Ear(venue, "/market/ws/!contractInfo") as ear:
        rules = venue.control("POST", "/symbol", symbol=BTC, tickSize="10", stepSize="0.01", minNotional="500")
        event = ear.hear()

    assert (rules["tickSize"], rules["stepSize"], rules["minNotional"]) == ("10", "0.01", "500")
    assert (event["e"], event["s"], event["ct"], event["cs"]) == ("contractInfo", BTC, "PERPETUAL", "TRADING")
    assert venue.refusal("POST", "/fapi/v1/algoOrder", **venue.stop_request("80001.0"))[1] == -4014
    assert venue.stop("80000")["algoStatus"] == "NEW"
    order = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET"}
    assert venue.refusal("POST", "/fapi/v1/order", **order, quantity="0.015")[1] == -1111
    assert venue.market(quantity="0.02")["executedQty"] == "0.02"


def test_a_delisted_pair_settles_what_is_held(venue: Venue) -> None:
    venue.market()
    venue.stop("80000.0")
    end = venue.time() + 3_600_000
    venue.control("POST", "/symbol", symbol=BTC, deliveryDate=end)
    announced = listed(venue)

    with private_ear(venue) as ear:
        venue.advance(3601)
        heard = ear.until(lambda event: event["e"] == "ORDER_TRADE_UPDATE" and event["o"]["X"] == "FILLED")

    assert (announced["contractType"], announced["deliveryDate"]) == ("PERPETUAL_DELIVERING", end)
    assert heard[-1]["o"]["c"].startswith("settlement_autoclose-")
    assert listed(venue)["status"] == "SETTLING"
    assert venue.position() == 0
    assert venue.account_ledger()["algoOrders"][-1]["algoStatus"] == "EXPIRED"


def test_a_listed_pair_can_be_traded_at_once(venue: Venue) -> None:
    venue.control("POST", "/symbol", symbol="FRESHUSDT", status="TRADING", contractType="TRADIFI_PERPETUAL")

    row = listed(venue, "FRESHUSDT")
    price = venue.session.get(f"{venue.url}/fapi/v1/ticker/price", params={"symbol": "FRESHUSDT"}, timeout=10).json()
    quantity = str(int(Decimal(20) / Decimal(price["price"])) + 1)
    filled = venue.market(symbol="FRESHUSDT", quantity=quantity)
    assert (row["contractType"], filled["status"]) == ("TRADIFI_PERPETUAL", "FILLED")


def test_the_index_and_the_book_are_set(venue: Venue) -> None:
    index = venue.control("POST", "/index", symbol=BTC, price="83000")
    book = venue.control("POST", "/book", symbol=BTC, spread_ticks=10, depth=1)
    assert Decimal(index["index"]) == 83000
    assert (book["bid"], book["ask"], book["levels"]) == ("84000.00", "84001.00", 1)

    venue.control("POST", "/book", symbol=BTC, depth=0)

    order = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"}
    assert venue.refusal("POST", "/fapi/v1/order", **order)[1:] == (-2020, "Unable to fill.")


def test_account_settings_change_without_their_owner(venue: Venue) -> None:
    answer = venue.control("POST", "/account", feeBurn=True, bnbBalance="2.5", multiAssets=True)

    assert answer == {"account": "practice", "feeBurn": True, "bnbBalance": "2.50000000", "multiAssets": True}
    assert venue.ok("GET", "/fapi/v1/multiAssetsMargin") == {"multiAssetsMargin": True}
    assert {row["asset"]: row["balance"] for row in venue.ok("GET", "/fapi/v3/balance")}["BNB"] == "2.50000000"


def test_a_reseeded_account_holds_what_nobody_opened(venue: Venue) -> None:
    venue.market()
    seeded = [{"symbol": BTC, "positionSide": "SHORT", "positionAmt": "-0.020", "entryPrice": "85000"}]

    venue.control("POST", "/reseed", positions=seeded)

    (row,) = venue.ok("GET", "/fapi/v3/positionRisk")
    assert (row["positionSide"], row["positionAmt"], row["entryPrice"]) == ("SHORT", "-0.020", "85000")
    assert venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC) == []
    assert venue.ok("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}


def test_positions_of_the_other_product_family_block_the_position_mode(venue: Venue) -> None:
    venue.control("POST", "/reseed", positions=[{"symbol": "BTCUSD_PERP"}])

    refusal = venue.refusal("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")

    assert refusal[1] == -4531
    (row,) = venue.ok("GET", "/dapi/v1/positionRisk")
    assert (row["symbol"], row["positionAmt"]) == ("BTCUSD_PERP", "1")
    venue.control("POST", "/reseed", positions=[])
    venue.ok("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")


@pytest.mark.parametrize(
    ("path", "fields", "hint"),
    [
        ("symbol", {"symbol": BTC}, "tickSize, stepSize"),
        ("symbol", {"symbol": BTC, "tickSize": "0.25"}, "multiple of 0.1"),
        ("symbol", {"symbol": BTC, "status": "OPEN"}, "TRADING"),
        ("symbol", {"symbol": BTC, "tick_size": "1"}, "use symbol, tickSize"),
        ("symbol", {"symbol": "TYPOUSDT", "tickSize": "1"}, '"status":"TRADING"'),
        ("symbol", {"symbol": BTC, "stepSize": "0"}, "above zero"),
        ("account", {}, "feeBurn"),
        ("account", {"feeBurn": "true"}, "true or false"),
        ("account", {"bnbBalance": "-1"}, "zero or more"),
        ("reseed", {"positions": {}}, "a list"),
        ("reseed", {"positions": [{"symbol": BTC, "positionSide": "LONG", "positionAmt": "-1"}]}, "above zero"),
        ("reseed", {"positions": [{"symbol": BTC, "positionSide": "LONG"}]}, "positionAmt"),
        ("book", {"symbol": BTC}, "spread_ticks"),
        ("book", {"symbol": BTC, "depth": 51}, "50"),
        ("book", {"symbol": BTC, "spread_ticks": 0}, "from 1"),
        ("index", {"symbol": BTC}, "null"),
        ("index", {"symbol": "NOPE", "price": "1"}, BTC),
    ],
)
def test_what_cannot_be_followed_says_what_would(
    unchanged: Venue, path: str, fields: dict[str, Any], hint: str
) -> None:
    sent = fields or {"account": "practice"}

    answer = unchanged.session.post(f"{unchanged.url}/control/{path}", json=sent, timeout=10)

    assert answer.status_code == 400
    assert hint in answer.json()["error"]
