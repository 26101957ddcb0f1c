from dataclasses import replace

from tests.simulator.trading.venue import SOL, D, Venue


def _held(balance: str = "1000", **options: object) -> Venue:
    """Return a venue holding 0.300 BTC long from 60000 with so much USDT."""
    venue = Venue(balance=D(balance), **options)  # type: ignore[arg-type]
    side = {"positionSide": "LONG"} if venue.dual_side else {}
    venue.market_order("BUY", "0.300", **side)
    venue.events.take()
    return venue


def test_a_position_lives_until_the_shown_liquidation_price() -> None:
    venue = _held()
    shown = D(venue.get("/fapi/v3/positionRisk")[0]["liquidationPrice"])

    venue.move(str(shown + 1))
    assert venue.position() == D("0.300")
    venue.move(str(shown - 1))

    assert venue.position() == 0


def test_a_liquidation_tells_its_story_in_order() -> None:
    venue = _held(dual_side=True)
    venue.limit_order("BUY", "0.001", "57000", positionSide="LONG")
    venue.stop("SELL", "50000", positionSide="LONG")
    venue.events.take()

    venue.market.marks["BTCUSDT"] = D("56000")
    venue.step()

    events = venue.events.take()
    orders = [event["o"] for event in events if event["e"] == "ORDER_TRADE_UPDATE"]
    assert events[0]["e"] == "MARGIN_CALL"
    assert [(order["x"], order["X"], order["er"]) for order in orders] == [
        ("EXPIRED", "EXPIRED", "5"),
        ("NEW", "NEW", "0"),
        ("CALCULATED", "FILLED", "0"),
    ]
    assert orders[-1]["c"].startswith("autoclose-")
    assert (orders[-1]["o"], orders[-1]["f"]) == ("LIMIT", "IOC")
    assert [event["a"]["m"] for event in events if event["e"] == "ACCOUNT_UPDATE"] == ["ORDER", "INSURANCE_CLEAR"]
    assert [event["o"]["X"] for event in events if event["e"] == "ALGO_UPDATE"] == ["EXPIRED"]


def test_the_fee_is_recorded_and_the_wallet_never_ends_below_zero() -> None:
    venue = _held()
    # 0.3 bought at 60000 costs 9; at 50000 it has lost 3000: far more than there is.
    venue.move("50000")

    clears = venue.get("/fapi/v1/income", incomeType="INSURANCE_CLEAR")
    assert [row["income"] for row in clears] == ["-187.50000000", "2196.50000000"]  # 1.25 % of 15000; the gap
    assert venue.wallet() == 0


def test_a_liquidation_that_covers_its_fee_needs_no_insurance() -> None:
    venue = Venue(balance=D(20_000))
    venue.post("/fapi/v1/leverage", symbol="SOLUSDT", leverage="2")
    venue.market.symbols["SOLUSDT"] = replace(SOL, liquidation_fee=D("0.001"))
    venue.start()
    venue.market_order("BUY", "395.00", symbol="SOLUSDT")  # 39500, 19.75 of commission
    venue.move("49.6", "SOLUSDT")  # -19908; 72.25 left, 97.96 to be maintained

    clears = venue.get("/fapi/v1/income", incomeType="INSURANCE_CLEAR")
    assert [row["income"] for row in clears] == ["-19.59200000"]
    assert venue.wallet() == D("20000") - D("19.75") - D("19908") - D("19.592")


def test_all_cross_positions_fall_together() -> None:
    venue = _held()
    venue.market_order("BUY", "1.00", symbol="SOLUSDT")

    venue.move("56000")

    assert venue.get("/fapi/v3/positionRisk") == []
    forced = venue.get("/fapi/v1/forceOrders")
    assert sorted(row["symbol"] for row in forced) == ["BTCUSDT", "SOLUSDT"]
    assert all(row["status"] == "FILLED" and row["clientOrderId"].startswith("autoclose-") for row in forced)
    assert len({row["clientOrderId"] for row in forced}) == 2


def test_an_isolated_position_falls_alone_and_costs_its_own_wallet_only() -> None:
    venue = Venue(balance=D(10000))
    venue.post("/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    venue.market_order("BUY", "0.100")  # 300 of own margin, 3 of commission
    venue.market_order("BUY", "1.00", symbol="SOLUSDT")
    before = venue.wallet()

    venue.move("50000")

    assert venue.position() == 0
    assert venue.position(symbol="SOLUSDT") == 1
    assert venue.wallet() == before - 300


def test_forced_trades_pay_no_commission() -> None:
    venue = _held()

    venue.move("56000")

    trade = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT")[-1]
    assert (trade["commission"], trade["realizedPnl"]) == ("0", "-1200.00000000")
