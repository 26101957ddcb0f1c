from simulator.endpoints import EngineFault
from simulator.switches import Switches
from tests.simulator.trading.venue import D, Venue


def test_a_position_reads_as_documented() -> None:
    venue = Venue(dual_side=True)
    venue.market.marks["BTCUSDT"] = D("60100")
    venue.market_order("BUY", "0.010", positionSide="LONG")

    (row,) = venue.get("/fapi/v3/positionRisk")

    assert row == {
        "symbol": "BTCUSDT",
        "positionSide": "LONG",
        "positionAmt": "0.010",
        "entryPrice": "60000",
        "breakEvenPrice": "60030",
        "markPrice": "60100.00000000",
        "unRealizedProfit": "1.00000000",
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": "601.00000000",
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": "30.05000000",
        "maintMargin": "2.40400000",
        "positionInitialMargin": "30.05000000",
        "openOrderInitialMargin": "0",
        "adl": 2,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": row["updateTime"],
    }


def test_a_short_shows_negative_amounts_and_breaks_even_below_its_entry() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("SELL", "0.010", positionSide="SHORT")

    (row,) = venue.get("/fapi/v3/positionRisk")

    assert (row["positionAmt"], row["notional"]) == ("-0.010", "-600.00000000")
    assert row["breakEvenPrice"] == "59969.90005"  # 59999.9 less 0.05 %


def test_flat_accounts_show_no_positions_in_version_three_and_all_in_version_two() -> None:
    venue = Venue(dual_side=True)

    assert venue.get("/fapi/v3/positionRisk") == []
    rows = venue.get("/fapi/v2/positionRisk", symbol="BTCUSDT")
    assert [(row["positionSide"], row["positionAmt"], row["leverage"]) for row in rows] == [
        ("LONG", "0.000", "20"),
        ("SHORT", "0.000", "20"),
    ]
    assert rows[0]["isAutoAddMargin"] == "false"
    assert rows[0]["updateTime"] == 0
    assert len(venue.get("/fapi/v2/positionRisk")) == 4


def test_the_flat_side_is_listed_on_request() -> None:
    venue = Venue(dual_side=True, switches=Switches(list_flat_side=True))
    venue.market_order("BUY", "0.010", positionSide="LONG")

    sides = [row["positionSide"] for row in venue.get("/fapi/v3/positionRisk")]

    assert sides == ["LONG", "SHORT"]


def test_entries_are_volume_weighted_and_stay_on_reductions() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")
    venue.move("61000")
    venue.market_order("BUY", "0.030")
    venue.market_order("SELL", "0.020")

    (row,) = venue.get("/fapi/v3/positionRisk")

    assert row["entryPrice"] == "60750"


def test_account_three_lists_what_is_held_and_two_lists_all() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")

    short, full = venue.get("/fapi/v3/account"), venue.get("/fapi/v2/account")

    assert [row["symbol"] for row in short["positions"]] == ["BTCUSDT"]
    assert [row["symbol"] for row in full["positions"]] == ["BTCUSDT", "SOLUSDT"]
    assert "leverage" not in short["positions"][0]
    assert (full["positions"][0]["leverage"], full["positions"][0]["isolated"]) == ("20", False)
    assert (full["canTrade"], full["multiAssetsMargin"], full["tradeGroupId"]) == (True, False, -1)
    assert short["totalWalletBalance"] == full["totalWalletBalance"] == "9999.70000000"
    assert short["assets"][0]["asset"] == "USDT"
    assert full["assets"][0]["marginAvailable"] is True


def test_the_balance_row_names_the_account() -> None:
    venue = Venue(names=("one", "two"))

    (one,), (two,) = (venue.get("/fapi/v3/balance", account=name) for name in ("one", "two"))

    assert one["accountAlias"] != two["accountAlias"]
    assert one["accountAlias"].isalpha()
    assert one["balance"] == one["availableBalance"] == "10000.00000000"


def test_two_state_files_give_two_aliases() -> None:
    assert Venue().get("/fapi/v3/balance")[0]["accountAlias"] != Venue().get("/fapi/v3/balance")[0]["accountAlias"]


def test_isolated_positions_keep_their_margin_apart() -> None:
    venue = Venue()
    venue.post("/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    venue.market_order("BUY", "0.010")

    account = venue.get("/fapi/v3/account")

    assert account["totalWalletBalance"] == "9999.70000000"
    assert account["totalCrossWalletBalance"] == "9969.70000000"
    assert account["availableBalance"] == "9969.70000000"
    risk = venue.get("/fapi/v3/positionRisk")[0]
    assert risk["isolatedWallet"] == "30"
    assert D(risk["liquidationPrice"]).quantize(D("0.1")) == D("57228.9")  # (30 - 600) / (0.01 * 0.004 - 0.01)


def test_brackets_are_arrays_of_numbers() -> None:
    venue = Venue()

    (row,) = venue.get("/fapi/v1/leverageBracket", symbol="BTCUSDT")

    assert row["symbol"] == "BTCUSDT"
    assert row["brackets"][0] == {
        "bracket": 1,
        "initialLeverage": 150,
        "notionalCap": 300000,
        "notionalFloor": 0,
        "maintMarginRatio": 0.004,
        "cum": 0.0,
    }
    assert len(venue.get("/fapi/v1/leverageBracket")) == 2


def test_fees_and_limits_are_told() -> None:
    venue = Venue()

    assert venue.get("/fapi/v1/commissionRate", symbol="BTCUSDT") == {
        "symbol": "BTCUSDT",
        "makerCommissionRate": "0.000200",
        "takerCommissionRate": "0.000500",
        "rpiCommissionRate": "0.000050",
    }
    assert [row["limit"] for row in venue.get("/fapi/v1/rateLimit/order")] == [300, 1200]
    assert venue.refusal("GET", "/fapi/v1/commissionRate")[0] == -1102
    assert venue.refusal("GET", "/fapi/v3/positionRisk", symbol="NOPE") == (-1121, "Invalid symbol.")


def test_adl_quantiles_are_told_of_held_positions() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")

    assert venue.get("/fapi/v1/adlQuantile") == [
        {"symbol": "BTCUSDT", "adlQuantile": {"LONG": 1, "SHORT": 0, "HEDGE": 0}}
    ]


def test_lagging_reads_show_what_was() -> None:
    venue = Venue(dual_side=True)
    venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")
    venue.clock.advance(10_000)
    venue.market_order("BUY", "0.010", positionSide="LONG", newClientOrderId="late")
    venue.stop("SELL", "58000", positionSide="LONG", clientAlgoId="sl-1")
    venue.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    lag = EngineFault("read_lag", 5, "0.5")

    assert [row["positionAmt"] for row in venue.get("/fapi/v3/positionRisk", lag)] == ["0.000"]
    assert len(venue.get("/fapi/v1/openOrders", lag)) == 1
    assert venue.get("/fapi/v1/openAlgoOrders", lag) == []
    assert venue.get("/fapi/v1/userTrades", lag, symbol="BTCUSDT") == []
    assert venue.get("/fapi/v3/account", lag)["totalWalletBalance"] == "10000.00000000"
    assert [row["status"] for row in venue.get("/fapi/v1/allOrders", lag, symbol="BTCUSDT")] == ["NEW"]
    assert len(venue.get("/fapi/v1/openOrders")) == 0
    assert len(venue.get("/fapi/v1/openAlgoOrders")) == 1
