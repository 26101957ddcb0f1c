"""The trading core on the market that really runs: fills on its tape, stops on its prices, funding on its clock."""

from decimal import Decimal

from simulator.market.build import build_market
from simulator.market.synthetic import SyntheticMarket
from tests.simulator.trading.venue import HOUR_MS, D, Events, Venue


class WalkingVenue(Venue):
    """A venue on the synthetic market, holding its prices unless told otherwise."""

    mode = "hold"

    def start(self) -> None:
        """Build market and trading core from the store, as after a restart."""
        self.real_market = _market(self, self.mode)
        self.market = self.real_market  # type: ignore[assignment]
        super().start()


def _market(venue: Venue, mode: str) -> SyntheticMarket:
    return build_market(
        venue.clock,
        venue.store,
        Events(),
        seed=1,
        mode=mode,
        csv=None,
        speed=Decimal(1),
        made_up_symbols=0,
    )


def _put(venue: WalkingVenue, price: str) -> None:
    venue.real_market.set_price("BTCUSDT", price=D(price))
    venue.step()


def test_a_stop_fires_at_the_price_it_names() -> None:
    venue = WalkingVenue(dual_side=True)
    _put(venue, "60000.0")
    venue.market_order("BUY", "0.010", positionSide="LONG")
    algo_id = str(venue.stop("SELL", "59000", positionSide="LONG")["algoId"])

    _put(venue, "59000.1")
    assert venue.get("/fapi/v1/algoOrder", algoId=algo_id)["algoStatus"] == "NEW"
    _put(venue, "59000.0")

    assert venue.get("/fapi/v1/algoOrder", algoId=algo_id)["algoStatus"] == "FINISHED"
    assert venue.position("LONG") == 0


def test_trade_ids_rise_over_restart_and_reset() -> None:
    venue = WalkingVenue()
    venue.market_order("BUY", "0.010")
    first = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT")[-1]["id"]
    venue.start()
    venue.market_order("BUY", "0.010")
    second = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT")[-1]["id"]
    venue.exchange.reset()
    venue.market_order("BUY", "0.010")
    third = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT")[-1]["id"]

    assert first < second < third


def test_a_day_ahead_settles_funding_three_times() -> None:
    venue = WalkingVenue()
    _put(venue, "60000.0")
    venue.market_order("BUY", "0.010")

    venue.clock.advance(24 * HOUR_MS)
    venue.step()

    rows = venue.get("/fapi/v1/income", incomeType="FUNDING_FEE")
    assert len(rows) == 3
    assert all(row["time"] % (8 * HOUR_MS) == 0 for row in rows)
    assert venue.wallet() == sum(D(row["income"]) for row in venue.exchange.ledger("practice")["income"])


def test_a_walking_day_triggers_exactly_what_it_crosses() -> None:
    venue = WalkingVenue(dual_side=True)
    venue.real_market.set_mode("walk")
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.market_order("SELL", "0.010", positionSide="SHORT")
    mark, tick = venue.real_market.mark("BTCUSDT"), D("0.10")
    low, high = mark * D("0.999") // tick * tick, mark * D("1.001") // tick * tick
    venue.stop("SELL", f"{low:f}", positionSide="LONG")
    venue.stop("BUY", f"{high:f}", positionSide="SHORT")

    venue.clock.advance(24 * HOUR_MS)
    marks = []
    for time_ms, changed in venue.real_market.steps():
        marks.append(venue.real_market.mark("BTCUSDT"))
        venue.exchange.on_step(time_ms, changed)

    assert (venue.position("LONG") == 0) == (min(marks) <= low)
    assert (venue.position("SHORT") == 0) == (max(marks) >= high)
    assert venue.wallet() == sum(D(row["income"]) for row in venue.exchange.ledger("practice")["income"])
