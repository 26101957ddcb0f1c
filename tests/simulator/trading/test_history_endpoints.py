from tests.simulator.trading.venue import D, Venue

TRADES = "/fapi/v1/userTrades"
INCOME = "/fapi/v1/income"
_DAY_MS = 24 * 3600 * 1000


def _daily_trades(days: int) -> tuple[Venue, list[int]]:
    """Return a venue with one trade a day and the time of each."""
    venue, times = Venue(), []
    for day in range(days):
        if day:
            venue.clock.advance(_DAY_MS)
        venue.market_order("BUY", "0.001")
        times.append(venue.get(TRADES, symbol="BTCUSDT")[-1]["time"])
    return venue, times


def test_a_trade_reads_as_documented() -> None:
    venue = Venue(dual_side=True)
    order_id = venue.market_order("BUY", "0.010", positionSide="LONG")["orderId"]

    (row,) = venue.get(TRADES, symbol="BTCUSDT")

    assert row == {
        "buyer": True,
        "commission": "0.30000000",
        "commissionAsset": "USDT",
        "id": 7_000_000_001,
        "maker": False,
        "orderId": order_id,
        "price": "60000.00",
        "qty": "0.010",
        "quoteQty": "600.00000",
        "baseQty": "0",
        "marginAsset": "USDT",
        "realizedPnl": "0",
        "side": "BUY",
        "positionSide": "LONG",
        "symbol": "BTCUSDT",
        "pair": "BTCUSDT",
        "time": row["time"],
    }


def test_trades_default_to_seven_days() -> None:
    venue, times = _daily_trades(10)

    rows = venue.get(TRADES, symbol="BTCUSDT")

    assert [row["time"] for row in rows] == times[-7:]


def test_a_window_gives_its_oldest_trades_first() -> None:
    venue, times = _daily_trades(6)

    rows = venue.get(TRADES, symbol="BTCUSDT", startTime=str(times[1]), endTime=str(times[5]), limit="2")

    assert [row["time"] for row in rows] == times[1:3]


def test_a_window_with_a_start_only_reaches_seven_days() -> None:
    venue, times = _daily_trades(10)

    rows = venue.get(TRADES, symbol="BTCUSDT", startTime=str(times[0]))

    assert [row["time"] for row in rows][:7] == times[:7]
    assert len(rows) in (7, 8)  # the eighth lies a few milliseconds inside or outside


def test_trades_page_by_id() -> None:
    venue, _ = _daily_trades(10)

    rows = venue.get(TRADES, symbol="BTCUSDT", fromId="7000000003", limit="2")

    assert [row["id"] for row in rows] == [7_000_000_003, 7_000_000_004]


def test_bad_windows_are_refused() -> None:
    venue = Venue()
    now = venue.clock.now_ms()
    sent = {"symbol": "BTCUSDT", "startTime": str(now - 8 * _DAY_MS), "endTime": str(now)}

    assert venue.refusal("GET", TRADES, **sent) == (-4165, "Maximum time interval is 7 days")
    assert venue.refusal("GET", TRADES, symbol="BTCUSDT", fromId="1", startTime=str(now)) == (
        -1128,
        "Combination of optional parameters invalid.",
    )
    assert venue.refusal("GET", TRADES, symbol="BTCUSDT", startTime=str(now), endTime="1")[0] == -1128
    assert venue.refusal("GET", TRADES)[0] == -1102
    assert venue.refusal("GET", TRADES, symbol="BTCUSDT", limit="0")[0] == -1130


def test_trades_are_kept_for_three_months() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.001")
    venue.clock.advance(91 * _DAY_MS)
    venue.market_order("BUY", "0.001")

    rows = venue.get(TRADES, symbol="BTCUSDT", fromId="1")

    assert len(rows) == 1


def test_income_rows_of_one_fill_share_their_transaction_id_across_types() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")
    venue.move("61000")
    venue.market_order("SELL", "0.010")

    rows = venue.get(INCOME)

    assert [(row["incomeType"], row["income"]) for row in rows] == [
        ("TRANSFER", "10000.00000000"),
        ("COMMISSION", "-0.30000000"),
        ("COMMISSION", "-0.30499950"),
        ("REALIZED_PNL", "9.99900000"),
    ]
    assert rows[2]["tranId"] == rows[3]["tranId"] != rows[1]["tranId"]
    assert rows[2]["tradeId"] == rows[2]["info"] == "7000000002"
    assert venue.wallet() == sum(D(row["income"]) for row in rows)


def test_income_is_filtered() -> None:
    venue, times = _daily_trades(6)

    assert len(venue.get(INCOME, incomeType="COMMISSION", symbol="BTCUSDT")) == 6
    assert venue.get(INCOME, incomeType="FUNDING_FEE") == []
    assert venue.get(INCOME, symbol="SOLUSDT") == []
    assert [row["time"] for row in venue.get(INCOME, limit="2")] == times[4:]
    window = venue.get(INCOME, startTime=str(times[2]), endTime=str(times[3]))
    assert [row["time"] for row in window] == times[2:4]


def test_no_forced_orders_is_an_empty_list() -> None:
    venue = Venue()

    assert venue.get("/fapi/v1/forceOrders") == []
    assert venue.refusal("GET", "/fapi/v1/forceOrders", autoCloseType="OTHER")[0] == -1130
