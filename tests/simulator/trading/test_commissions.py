"""Fees in BNB: ten percent less, kept and booked in BNB."""

from dataclasses import replace
from decimal import Decimal

from simulator.interfaces import SymbolSpec
from tests.simulator.trading.venue import SOL, D, Venue

INCOME = "/fapi/v1/income"


def burning(bnb: str) -> Venue:
    """Return a venue whose account pays its fees with so much BNB, at 600 USDT each."""
    venue = Venue()
    spec: SymbolSpec = replace(SOL, symbol="BNBUSDT", base_asset="BNB")
    venue.market.symbols["BNBUSDT"] = spec
    venue.market.marks["BNBUSDT"] = venue.market.lasts["BNBUSDT"] = D(600)
    venue.market.rates["BNBUSDT"] = D(0)
    venue.market.next_funding["BNBUSDT"] = venue.market.next_funding["BTCUSDT"]
    venue.exchange.change_account("practice", fee_burn=True, bnb=D(bnb), multi_assets=None)
    venue.events.take()
    return venue


def balances(venue: Venue) -> dict[str, Decimal]:
    return {row["asset"]: D(row["balance"]) for row in venue.get("/fapi/v3/balance")}


def test_a_fill_is_paid_for_in_bnb() -> None:
    venue = burning("1")

    order = venue.market_order("BUY", "0.010")

    # 0.010 at 60000 is 600 USDT; 0.05 % of it less a tenth is 0.27 USDT, 0.00045 BNB.
    (trade,) = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT", orderId=str(order["orderId"]))
    assert (trade["commission"], trade["commissionAsset"]) == ("0.00045000", "BNB")
    (row,) = venue.get(INCOME, incomeType="COMMISSION")
    assert (row["income"], row["asset"], row["tradeId"]) == ("-0.00045000", "BNB", str(trade["id"]))
    assert balances(venue) == {"USDT": D(10000), "BNB": D("0.99955")}
    account = next(event for event in venue.events.take() if event["e"] == "ACCOUNT_UPDATE")
    assert [(entry["a"], entry["wb"]) for entry in account["a"]["B"]] == [
        ("USDT", "10000.00000000"),
        ("BNB", "0.99955000"),
    ]


def test_too_little_bnb_leaves_the_whole_fee_in_usdt() -> None:
    venue = burning("0.0001")

    venue.market_order("BUY", "0.010")

    (row,) = venue.get(INCOME, incomeType="COMMISSION")
    assert (row["income"], row["asset"]) == ("-0.30000000", "USDT")
    assert balances(venue) == {"USDT": D("9999.7"), "BNB": D("0.0001")}


def test_bnb_that_came_is_told_and_recorded() -> None:
    venue = burning("1")

    venue.exchange.change_account("practice", fee_burn=None, bnb=D("0.4"), multi_assets=None)

    rows = [row for row in venue.get(INCOME, incomeType="TRANSFER") if row["asset"] == "BNB"]
    assert [row["income"] for row in rows] == ["1.00000000", "-0.60000000"]
    (event,) = venue.events.take()
    assert (event["a"]["m"], event["a"]["B"][1]["bc"]) == ("WITHDRAW", "-0.60000000")


def test_the_account_shows_bnb_as_an_asset_of_its_own() -> None:
    venue = burning("1")

    for path in ("/fapi/v3/account", "/fapi/v2/account"):
        assets = {row["asset"]: row for row in venue.get(path)["assets"]}
        assert assets["BNB"]["walletBalance"] == assets["BNB"]["availableBalance"] == "1.00000000"
        assert assets["BNB"].keys() == assets["USDT"].keys()
        assert venue.get(path)["totalWalletBalance"] == "10000.00000000"
