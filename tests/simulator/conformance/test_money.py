"""Fees, profit, funding, margin and liquidation: every figure can be worked out by hand."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.conformance.venue import BTC, Venue, private_ear, venue_of, word_of

pytestmark = pytest.mark.slow

D = Decimal
RISK, V2 = "/fapi/v3/positionRisk", "/fapi/v2/positionRisk"
RISK_KEYS = """symbol positionSide positionAmt entryPrice breakEvenPrice markPrice unRealizedProfit liquidationPrice
    isolatedMargin notional marginAsset isolatedWallet initialMargin maintMargin positionInitialMargin
    openOrderInitialMargin adl bidNotional askNotional updateTime"""
TOTALS = """totalInitialMargin totalMaintMargin totalWalletBalance totalUnrealizedProfit totalMarginBalance
    totalPositionInitialMargin totalOpenOrderInitialMargin totalCrossWalletBalance totalCrossUnPnl availableBalance
    maxWithdrawAmount"""
FEE = D("0.42000050")  # 0.05 % of 84000.1 x 0.010


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    return exchange.fresh()


def _wallet(venue: Venue) -> D:
    return D(venue.ok("GET", "/fapi/v3/balance")[0]["balance"])


def _income(venue: Venue, kind: str | None = None) -> list[Any]:
    rows: list[Any] = venue.ok("GET", "/fapi/v1/income", limit=1000, **({"incomeType": kind} if kind else {}))
    return rows


def test_a_round_trip_costs_its_fees_and_pays_its_difference(venue: Venue) -> None:
    venue.market()
    venue.move("85000.0")
    venue.market("SELL", "LONG")

    bought, sold = venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC)
    assert (bought["price"], bought["commission"], bought["realizedPnl"]) == ("84000.10", "0.42000050", "0")
    assert (sold["price"], sold["commission"], sold["realizedPnl"]) == ("85000.00", "0.42500000", "9.99900000")
    assert [(row["incomeType"], row["income"]) for row in _income(venue)] == [
        ("TRANSFER", "10000.00000000"),
        ("COMMISSION", "-0.42000050"),
        ("COMMISSION", "-0.42500000"),
        ("REALIZED_PNL", "9.99900000"),
    ]
    assert _wallet(venue) == 10000 - FEE - D("0.425") + D("9.999") == D(venue.account_ledger()["balance"])
    assert (sold["buyer"], sold["side"], sold["positionSide"], sold["pair"]) == (False, "SELL", "LONG", BTC)
    assert (type(sold["id"]), type(sold["orderId"]), sold["quoteQty"]) == (int, int, "850.00000")


def test_income_rows_are_typed_and_unique(venue: Venue) -> None:
    venue.market()
    rows = _income(venue)

    assert list(rows[-1]) == ["symbol", "incomeType", "income", "asset", "info", "time", "tranId", "tradeId"]
    assert (type(rows[-1]["tranId"]), type(rows[-1]["tradeId"])) == (int, str)
    assert sum(D(row["income"]) for row in rows) == _wallet(venue)


def test_positions_average_on_increase_and_keep_their_entry_on_reduction(venue: Venue) -> None:
    venue.market(quantity="0.010")
    venue.move("86000.0")
    venue.market(quantity="0.010")
    (both,) = venue.ok("GET", RISK)
    venue.market("SELL", "LONG", "0.005")
    (less,) = venue.ok("GET", RISK)

    assert both["entryPrice"] == less["entryPrice"] == "85000.1"
    assert (both["positionAmt"], less["positionAmt"]) == ("0.020", "0.015")
    assert both["breakEvenPrice"] == "85042.60005"  # entry x 1.0005


def test_position_risk_lists_only_what_is_used(venue: Venue) -> None:
    assert venue.ok("GET", RISK) == []
    assert [row["positionSide"] for row in venue.ok("GET", V2, symbol=BTC)] == ["LONG", "SHORT"]
    venue.market()
    venue.limit("90000", "SELL", "SHORT")

    rows = venue.ok("GET", RISK)

    assert [(row["positionSide"], row["positionAmt"]) for row in rows] == [("LONG", "0.010"), ("SHORT", "0.000")]
    row = rows[0]
    assert list(row) == RISK_KEYS.split()
    assert {name for name, value in row.items() if not isinstance(value, str)} == {"adl", "updateTime"}
    assert (row["notional"], row["markPrice"]) == ("840.00000000", "84000.00000000")
    assert (row["unRealizedProfit"], row["initialMargin"], row["maintMargin"]) == (
        "-0.00100000",
        "84.00000000",
        "3.36000000",
    )
    old = venue.ok("GET", V2, symbol=BTC)[0]
    assert (old["leverage"], old["marginType"], old["isAutoAddMargin"], old["maxNotionalValue"]) == (
        "10",
        "cross",
        "false",
        "230000000",
    )


def test_accounts_show_totals_that_add_up(venue: Venue) -> None:
    venue.market()
    venue.limit("80000")
    new, old = venue.ok("GET", "/fapi/v3/account"), venue.ok("GET", "/fapi/v2/account")

    assert list(new) == [*TOTALS.split(), "assets", "positions"]
    assert new["totalInitialMargin"] == "164.00000000"  # 84 for the position, 80 for the order
    assert new["totalOpenOrderInitialMargin"] == "80.00000000"
    assert D(new["availableBalance"]) == 10000 - FEE - D("0.001") - 164
    assert len(new["positions"]) == 1
    assert len(old["positions"]) == 20  # two sides of ten pairs
    assert (old["feeTier"], old["canTrade"], old["updateTime"], old["tradeGroupId"]) == (0, True, 0, -1)
    assert (old["positions"][0]["leverage"], old["positions"][0]["isolated"]) == ("10", False)
    (balance,) = venue.ok("GET", "/fapi/v3/balance")
    assert (balance["asset"], balance["marginAvailable"], type(balance["updateTime"])) == ("USDT", True, int)
    assert balance["availableBalance"] == new["availableBalance"]


def test_unrealised_profit_goes_by_mark(venue: Venue) -> None:
    venue.market("SELL", "SHORT")

    venue.move(mark="83000.0", last="85000.0")

    (row,) = venue.ok("GET", RISK)
    assert row["unRealizedProfit"] == "10.00000000"


@pytest.mark.parametrize(("side", "position_side", "sign"), [("BUY", "LONG", -1), ("SELL", "SHORT", 1)])
def test_funding_is_paid_on_the_mark_every_eight_hours(venue: Venue, side: str, position_side: str, sign: int) -> None:
    venue.market(side, position_side)
    due = venue.send("GET", "/fapi/v1/premiumIndex", symbol=BTC).json()["nextFundingTime"]
    assert due % (8 * 3_600_000) == 0
    with private_ear(venue, "ACCOUNT_UPDATE") as ear:
        venue.advance((due - venue.time()) / 1000 + 1)
        event = ear.hear()

    (settled,) = venue.send("GET", "/fapi/v1/fundingRate", symbol=BTC, limit=1).json()
    (row,) = _income(venue, "FUNDING_FEE")
    assert (settled["fundingTime"], row["time"]) == (due, due)
    expected = sign * D(840) * D(settled["fundingRate"])
    assert D(row["income"]) == expected.quantize(D("1E-8"))
    assert (row["symbol"], row["asset"], row["tradeId"]) == (BTC, "USDT", "")
    assert (event["a"]["m"], "P" in event["a"], event["a"]["S"]) == ("FUNDING_FEE", False, BTC)
    assert D(event["a"]["B"][0]["bc"]) == D(row["income"])


def test_the_documented_liquidation_price_comes_out() -> None:
    # Wallet 1000 after the entry's fee of 2.1; LONG 0.05 at 84000 leaves (1000 - 4200) / (0.05 x 0.004 - 0.05).
    with venue_of("--account", "practice:practice:1002.1") as venue:
        venue.fresh(price="83999.9")
        venue.market(quantity="0.050")
        (row,) = venue.ok("GET", RISK)

    assert row["entryPrice"] == "84000"
    assert row["liquidationPrice"][:8] == "64257.02"
    assert round(D(row["liquidationPrice"]), 2) == D("64257.03")


def test_a_liquidation_happens_at_its_price_and_tells_its_story() -> None:
    with venue_of("--account", "practice:practice:1002.1") as venue:
        venue.fresh(price="83999.9")
        venue.market(quantity="0.050")
        venue.limit("60000", newClientOrderId="resting")
        venue.move("64257.1")
        assert venue.position() != 0
        with private_ear(venue) as ear:
            venue.move("64257.0")
            events = ear.until(lambda event: word_of(event) == "ACCOUNT INSURANCE_CLEAR")

        words = [word_of(event) for event in events]
        assert words[:4] == ["MARGIN_CALL", "ORDER EXPIRED EXPIRED", "ORDER NEW NEW", "ORDER CALCULATED FILLED"]
        assert events[1]["o"]["er"] == "5"
        forced = events[2]["o"]
        assert forced["c"].startswith("autoclose-")
        assert (forced["o"], forced["f"], forced["S"], forced["ps"]) == ("LIMIT", "IOC", "SELL", "LONG")
        call = events[0]["p"][0]
        assert set(call) == {"s", "ps", "pa", "mt", "iw", "mp", "up", "mm"}
        assert call["mt"] == "CROSSED"
        assert venue.position() == 0
        assert _wallet(venue) == sum(D(row["income"]) for row in _income(venue)) >= 0
        (row,) = venue.ok("GET", "/fapi/v1/forceOrders")
        assert (row["clientOrderId"], row["type"], row["timeInForce"]) == (forced["c"], "LIMIT", "IOC")
        assert _income(venue, "INSURANCE_CLEAR")


def test_both_sides_of_a_symbol_share_one_liquidation_price(venue: Venue) -> None:
    venue.ok("POST", "/fapi/v1/leverage", symbol=BTC, leverage=50)
    venue.market(quantity="1")
    venue.market("SELL", "SHORT", "0.5")

    long, short = venue.ok("GET", RISK)

    assert long["liquidationPrice"] == short["liquidationPrice"] != "0"


def test_a_position_may_not_outgrow_its_bracket(venue: Venue) -> None:
    venue.ok("POST", "/fapi/v1/leverage", symbol=BTC, leverage=150)
    sent = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET"}

    assert venue.refusal("POST", "/fapi/v1/order", **sent, quantity="4")[1] == -2027
    assert venue.market(quantity="3")["status"] == "FILLED"
    assert venue.refusal("POST", "/fapi/v1/order", **sent, quantity="1")[1] == -2027


TIERS = {
    BTC: "300000/150/0.004/0 800000/100/0.005/300 3000000/75/0.0065/1500 12000000/50/0.01/12000 "
    "70000000/25/0.02/132000 100000000/20/0.025/482000 230000000/10/0.05/2982000 480000000/5/0.1/14482000 "
    "600000000/4/0.125/26482000 800000000/3/0.15/41482000 1200000000/2/0.25/121482000 1800000000/1/0.5/421482000",
    "ETHUSDT": "300000/150/0.004/0 800000/100/0.005/300 3000000/75/0.0065/1500 12000000/50/0.01/12000 "
    "50000000/25/0.02/132000 65000000/20/0.025/382000 150000000/10/0.05/2007000 320000000/5/0.1/9507000 "
    "400000000/4/0.125/17507000 530000000/3/0.15/27507000 800000000/2/0.25/80507000 1200000000/1/0.5/280507000",
    "SOLUSDT": "50000/100/0.005/0 400000/75/0.0065/75 1000000/50/0.01/1475 4000000/25/0.02/11475 "
    "8000000/20/0.025/31475 40000000/10/0.05/231475 80000000/5/0.1/2231475 100000000/4/0.125/4231475 "
    "200000000/2/0.25/16731475 400000000/1/0.5/66731475",
}


@pytest.mark.parametrize("symbol", TIERS)
def test_brackets_are_the_published_ones_as_numbers(venue: Venue, symbol: str) -> None:
    (row,) = venue.ok("GET", "/fapi/v1/leverageBracket", symbol=symbol)

    floor = 0
    for bracket, tier in zip(row["brackets"], TIERS[symbol].split(), strict=True):
        cap, leverage, rate, cum = (float(part) for part in tier.split("/"))
        assert bracket["notionalFloor"] == floor
        assert (bracket["notionalCap"], bracket["initialLeverage"], bracket["maintMarginRatio"], bracket["cum"]) == (
            cap,
            leverage,
            rate,
            cum,
        )
        floor = bracket["notionalCap"]
    assert len(venue.ok("GET", "/fapi/v1/leverageBracket")) == 10


def test_windows_of_history_have_their_limits(venue: Venue) -> None:
    venue.market()
    now, day = venue.time(), 86_400_000
    trades = "/fapi/v1/userTrades"
    (trade,) = venue.ok("GET", trades, symbol=BTC)

    assert venue.refusal("GET", trades, symbol=BTC, startTime=now - 8 * day, endTime=now)[1] == -4165
    assert venue.refusal("GET", trades, symbol=BTC, fromId=1, startTime=now - day)[1] == -1128
    assert venue.refusal("GET", trades)[1] == -1102
    assert venue.ok("GET", trades, symbol=BTC, fromId=trade["id"]) == [trade]
    assert venue.ok("GET", trades, symbol=BTC, fromId=trade["id"] + 1) == []
    assert venue.ok("GET", trades, symbol=BTC, startTime=trade["time"], endTime=trade["time"]) == [trade]
    assert venue.ok("GET", trades, symbol=BTC, orderId=trade["orderId"]) == [trade]
