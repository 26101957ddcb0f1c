"""Conditional orders that stay TRIGGERING for a while, as the switch asks."""

from simulator.switches import Switches
from tests.simulator.trading.venue import Venue

ALGO = "/fapi/v1/algoOrder"
_SLOW = Switches(triggering_milliseconds=60_000)


def _triggering() -> Venue:
    """Return a venue with a LONG whose closePosition stop sl-1 has been reached and not forwarded yet."""
    venue = Venue(dual_side=True, switches=_SLOW)
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.stop("SELL", "59000", positionSide="LONG", clientAlgoId="sl-1")
    venue.events.take()
    venue.move("59000")
    return venue


def test_a_reached_stop_is_seen_triggering_and_cannot_be_cancelled() -> None:
    venue = _triggering()

    assert venue.events.words() == ["ALGO TRIGGERING"]
    assert venue.get(ALGO, clientAlgoId="sl-1")["algoStatus"] == "TRIGGERING"
    assert [row["algoStatus"] for row in venue.get("/fapi/v1/openAlgoOrders")] == ["TRIGGERING"]
    assert venue.refusal("DELETE", ALGO, clientAlgoId="sl-1") == (-4117, "stop order is triggering")
    assert str(venue.position("LONG")) == "0.010"


def test_it_is_forwarded_when_its_time_has_come_even_after_a_restart() -> None:
    venue = _triggering()
    venue.start()
    venue.events.take()

    venue.clock.advance(60_000)
    venue.step()

    assert venue.events.words() == [
        "ORDER NEW NEW",
        "ALGO TRIGGERED",
        "TRADE_LITE",
        "ACCOUNT ORDER",
        "ORDER TRADE FILLED",
        "ALGO FINISHED",
    ]
    assert venue.get("/fapi/v1/openAlgoOrders") == []
    assert venue.position("LONG") == 0


def test_a_closer_whose_position_went_meanwhile_is_rejected() -> None:
    venue = _triggering()
    venue.market_order("SELL", "0.010", positionSide="LONG")

    venue.clock.advance(60_000)
    venue.step()

    algo = venue.get(ALGO, clientAlgoId="sl-1")
    assert (algo["algoStatus"], algo["actualOrderId"]) == ("REJECTED", "")
    last = venue.events.take()[-1]["o"]
    assert (last["X"], last["rm"]) == ("REJECTED", "ReduceOnly Order is rejected.")
