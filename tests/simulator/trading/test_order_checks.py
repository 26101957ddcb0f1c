from simulator.switches import Switches
from tests.simulator.trading.venue import D, Venue

ORDER = "/fapi/v1/order"


def _refused(venue: Venue, side: str, quantity: str, **params: str) -> int:
    sent = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity}
    return venue.refusal("POST", ORDER, **(sent | params))[0]


def test_an_order_beyond_the_margin_is_refused() -> None:
    venue = Venue(balance=D(300))  # at 20x: a little less than 6000 of notional

    assert _refused(venue, "BUY", "0.100") == -2019
    assert venue.refusal("POST", ORDER, symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.100") == (
        -2019,
        "Margin is insufficient.",
    )
    assert venue.market_order("BUY", "0.097")["status"] == "FILLED"


def test_closing_needs_no_margin() -> None:
    venue = Venue(balance=D(300))
    venue.market_order("BUY", "0.097")
    venue.move("58000")

    assert venue.market_order("SELL", "0.097")["status"] == "FILLED"


def test_turning_a_position_needs_margin_for_the_new_part_only() -> None:
    venue = Venue(balance=D(320))
    venue.market_order("BUY", "0.100")

    assert venue.market_order("SELL", "0.200")["status"] == "FILLED"
    assert venue.position() == D("-0.100")


def test_a_position_beyond_the_leverage_cap_is_refused() -> None:
    venue = Venue(balance=D(10_000_000))
    venue.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage="125")

    assert _refused(venue, "BUY", "6") == -2027  # 360000 > 300000
    assert venue.market_order("BUY", "4")["status"] == "FILLED"
    assert _refused(venue, "BUY", "2") == -2027


def test_hedge_mode_closes_no_more_than_there_is() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")

    assert venue.refusal(
        "POST", ORDER, symbol="BTCUSDT", side="SELL", positionSide="LONG", type="MARKET", quantity="0.011"
    ) == (-2022, "ReduceOnly Order is rejected.")
    assert _refused(venue, "BUY", "0.001", positionSide="SHORT") == -2022


def test_pending_closes_count() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.limit_order("SELL", "0.006", "61000", positionSide="LONG")

    assert _refused(venue, "SELL", "0.005", positionSide="LONG") == -2022
    assert venue.market_order("SELL", "0.004", positionSide="LONG")["status"] == "FILLED"


def test_reduce_only_needs_something_to_reduce() -> None:
    venue = Venue()
    assert _refused(venue, "SELL", "0.001", reduceOnly="true") == -2022

    venue.market_order("BUY", "0.010")

    assert _refused(venue, "BUY", "0.001", reduceOnly="true") == -2022
    assert _refused(venue, "SELL", "0.011", reduceOnly="true") == -2022
    assert venue.market_order("SELL", "0.010", reduceOnly="true")["status"] == "FILLED"


def test_small_closes_are_waived_from_the_minimum() -> None:
    venue = Venue(dual_side=True)
    venue.move("40000")  # 0.001 is worth 40, the minimum is 50
    assert _refused(venue, "BUY", "0.001", positionSide="LONG") == -4164
    venue.market_order("BUY", "0.003", positionSide="LONG")

    assert venue.market_order("SELL", "0.001", positionSide="LONG")["status"] == "FILLED"


def test_the_waiver_for_hedge_closes_is_a_switch() -> None:
    venue = Venue(dual_side=True, switches=Switches(waive_min_notional_for_hedge_close=False))
    venue.move("40000")
    venue.market_order("BUY", "0.003", positionSide="LONG")

    assert _refused(venue, "SELL", "0.001", positionSide="LONG") == -4164


def test_a_client_id_is_taken_while_its_order_is_open() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000", newClientOrderId="mine")

    assert venue.refusal(
        "POST", ORDER, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.010", newClientOrderId="mine"
    ) == (-4116, "ClientOrderId is duplicated.")


def test_a_client_id_of_a_filled_order_executes_again() -> None:
    venue = Venue()

    venue.market_order("BUY", "0.010", newClientOrderId="mine")
    venue.market_order("BUY", "0.010", newClientOrderId="mine")

    assert venue.position() == D("0.020")


def test_reusing_client_ids_can_be_switched_off() -> None:
    venue = Venue(switches=Switches(reuse_client_id_after_fill=False))
    venue.market_order("BUY", "0.010", newClientOrderId="mine")

    assert _refused(venue, "BUY", "0.010", newClientOrderId="mine") == -4116
    venue.limit_order("BUY", "0.010", "59000", newClientOrderId="other")
    amend = {"symbol": "BTCUSDT", "side": "BUY", "origClientOrderId": "other", "quantity": "0.020", "price": "59000"}
    assert venue.ask("PUT", ORDER, **amend)["origQty"] == "0.020"


def test_a_symbol_holds_two_hundred_open_orders() -> None:
    venue = Venue(balance=D(1_000_000))
    for _ in range(200):
        venue.limit_order("BUY", "0.001", "59000")

    assert venue.refusal(
        "POST", ORDER, symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.001", price="59000"
    ) == (-2025, "Reach max open order limit.")
