from tests.simulator.trading.venue import HOUR_MS, D, Venue


def _settle(venue: Venue, rate: str = "0.0001") -> None:
    """Let eight hours pass at a rate."""
    venue.market.rates["BTCUSDT"] = D(rate)
    venue.clock.advance(8 * HOUR_MS)
    venue.market.next_funding["BTCUSDT"] = venue.clock.now_ms() + 8 * HOUR_MS
    venue.events.take()
    venue.step()


def test_longs_pay_and_shorts_receive_on_a_positive_rate() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.market_order("SELL", "0.004", positionSide="SHORT")
    before = venue.wallet()

    _settle(venue)

    rows = venue.get("/fapi/v1/income", incomeType="FUNDING_FEE")
    assert [row["income"] for row in rows] == ["-0.06000000", "0.02400000"]
    assert all((row["info"], row["tradeId"], row["symbol"]) == ("FUNDING_FEE", "", "BTCUSDT") for row in rows)
    assert len({row["tranId"] for row in rows}) == 2
    assert venue.wallet() == before - D("0.036")


def test_a_negative_rate_turns_it_round() -> None:
    venue = Venue()
    venue.market_order("SELL", "0.010")

    _settle(venue, "-0.0002")

    assert venue.get("/fapi/v1/income", incomeType="FUNDING_FEE")[0]["income"] == "-0.12000000"


def test_each_instant_settles_once() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")

    _settle(venue)
    venue.step()
    venue.start()
    venue.step()

    assert len(venue.get("/fapi/v1/income", incomeType="FUNDING_FEE")) == 1


def test_the_mark_price_counts_not_the_last() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")
    venue.market.marks["BTCUSDT"] = D("50000")

    _settle(venue)

    assert venue.get("/fapi/v1/income", incomeType="FUNDING_FEE")[0]["income"] == "-0.05000000"


def test_cross_funding_tells_of_the_balance_only() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")

    _settle(venue)

    (event,) = venue.events.take()
    assert (event["a"]["m"], event["a"]["S"]) == ("FUNDING_FEE", "BTCUSDT")
    assert "P" not in event["a"]
    assert event["a"]["B"][0]["bc"] == "-0.06000000"


def test_isolated_funding_moves_the_positions_own_wallet() -> None:
    venue = Venue()
    venue.post("/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    venue.market_order("BUY", "0.010")

    _settle(venue)

    (event,) = venue.events.take()
    assert [(row["s"], row["iw"]) for row in event["a"]["P"]] == [("BTCUSDT", "29.94")]


def test_a_flat_account_pays_nothing() -> None:
    venue = Venue()

    _settle(venue)

    assert venue.events.take() == []
    assert venue.get("/fapi/v1/income", incomeType="FUNDING_FEE") == []


def test_an_instant_missed_while_down_is_settled_at_the_start() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")
    venue.clock.advance(9 * HOUR_MS)
    venue.market.next_funding["BTCUSDT"] = venue.clock.now_ms() + 7 * HOUR_MS

    venue.start()
    venue.step()

    assert len(venue.get("/fapi/v1/income", incomeType="FUNDING_FEE")) == 1


def test_funding_that_cannot_be_paid_liquidates() -> None:
    venue = Venue(balance=D(400))
    venue.market_order("BUY", "0.100")  # 6000 long, 3 of commission, 24 to be maintained

    venue.market.rates["BTCUSDT"] = D("0.0625")  # takes 375 of 397
    venue.clock.advance(8 * HOUR_MS)
    venue.exchange.on_step(venue.clock.now_ms(), set())

    assert venue.position() == 0
