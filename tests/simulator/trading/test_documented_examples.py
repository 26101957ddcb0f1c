"""What public captures and documented examples show, value by value; captures are of the test venue, 2026-09-12.

The pages are those of Binance's USDⓈ-M Futures documentation.
"""

from dataclasses import replace
from typing import Any

import pytest

from simulator.switches import Switches
from tests.simulator.trading.venue import D, Venue

ORDER, ALGO, INCOME = "/fapi/v1/order", "/fapi/v1/algoOrder", "/fapi/v1/income"
_DAY_MS = 24 * 3600 * 1000


def hedged(**switches: Any) -> Venue:
    """Return a venue in hedge mode that holds 0.010 BTC long and has forgotten the events so far."""
    venue = Venue(dual_side=True, switches=replace(Switches(), **switches))
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.events.take()
    return venue


def test_names_of_parameters_ignore_case() -> None:
    venue = hedged()
    stop = venue.ask(
        "POST",
        ALGO,
        ALGOTYPE="CONDITIONAL",
        SYMBOL="BTCUSDT",
        side="SELL",
        positionside="LONG",
        type="STOP_MARKET",
        triggerprice="50000",
        closeposition="true",
    )
    order = venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")

    assert venue.get(ALGO, algoid=str(stop["algoId"]))["clientAlgoId"] == stop["clientAlgoId"]
    assert venue.get(ORDER, symbol="BTCUSDT", orderid=str(order["orderId"]))["status"] == "NEW"


@pytest.mark.parametrize("word", ["True", "TRUE", "true"])
def test_booleans_are_understood_in_capitals(word: str) -> None:
    venue = Venue()

    venue.post("/fapi/v1/positionSide/dual", dualSidePosition=word)

    assert venue.get("/fapi/v1/positionSide/dual") == {"dualSidePosition": True}


@pytest.mark.parametrize(("shown", "switch"), [(True, True), (False, False)])
def test_closing_orders_of_hedge_mode_show_as_reduce_only(shown: bool, switch: bool) -> None:
    venue = hedged(show_closers_as_reduce_only=switch)

    answer = venue.limit_order("SELL", "0.010", "61000", positionSide="LONG")

    (event,) = venue.events.take()
    rows = venue.get("/fapi/v1/openOrders", symbol="BTCUSDT")
    assert [answer["reduceOnly"], rows[0]["reduceOnly"], event["o"]["R"]] == [shown] * 3
    assert venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")["reduceOnly"] is False


def test_adl_quantile_is_an_array_and_shared_by_both_sides() -> None:
    # "ADL Quantile": HEDGE instead of BOTH for crossed positions of hedge mode, both sides with one value.
    venue = hedged()
    venue.market_order("SELL", "0.004", positionSide="SHORT")
    venue.move("66000")

    (row,) = venue.get("/fapi/v1/adlQuantile", symbol="BTCUSDT")

    assert row["symbol"] == "BTCUSDT"
    assert row["adlQuantile"].keys() == {"LONG", "SHORT", "HEDGE"}
    assert row["adlQuantile"]["LONG"] == row["adlQuantile"]["SHORT"] > 1
    assert row["adlQuantile"]["HEDGE"] == 0
    risk = venue.get("/fapi/v3/positionRisk", symbol="BTCUSDT")
    assert {entry["adl"] for entry in risk} == {row["adlQuantile"]["LONG"]}
    assert venue.get("/fapi/v1/adlQuantile", symbol="SOLUSDT") == []


def test_adl_quantile_of_isolated_positions_has_both() -> None:
    venue = Venue(dual_side=True)
    venue.post("/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    venue.market_order("BUY", "0.010", positionSide="LONG")

    (row,) = venue.get("/fapi/v1/adlQuantile")

    assert row["adlQuantile"] == {"LONG": 1, "SHORT": 0, "BOTH": 0}


def test_an_unfilled_answer_spells_zero_with_the_symbol_s_decimals() -> None:
    answer = Venue().limit_order("BUY", "0.010", "59000")

    assert (answer["executedQty"], answer["cumQty"]) == ("0.000", "0.000")


def test_an_empty_client_id_is_refused() -> None:
    venue = hedged()
    order = {"symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"}

    refusal = venue.refusal("POST", ORDER, **order, newClientOrderId="")

    assert refusal == (-1105, "Parameter 'newClientOrderId' was empty.")


def test_a_trigger_between_two_ticks_passes_where_the_switch_says_so() -> None:
    # Capture: tickSize 0.10, triggerPrice 74960.75 accepted, tp "74960.75".
    venue = hedged(tick_on_triggers=False)

    venue.stop("SELL", "49960.75", positionSide="LONG")

    assert venue.events.take()[0]["o"]["tp"] == "49960.75"
    refused = hedged().refusal("POST", ALGO, **_stop("49960.75"))
    assert refused == (-4014, "Price not increased by tick size.")


def _stop(trigger: str) -> dict[str, str]:
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    return stop | {"type": "STOP_MARKET", "triggerPrice": trigger, "closePosition": "true"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"triggerPrice": "56999.9"}, (-4211, "Stop price is lower than price multiplier floor.")),
        (
            {"triggerPrice": "63000.1", "type": "TAKE_PROFIT_MARKET"},
            (-4210, "Stop price is higher than price multiplier cap."),
        ),
    ],
)
def test_stop_prices_are_bounded_where_the_switch_says_so(change: dict[str, str], refusal: tuple[int, str]) -> None:
    bounded = hedged(bound_stop_prices=True)

    assert bounded.refusal("POST", ALGO, **(_stop("57000") | change)) == refusal
    assert bounded.post(ALGO, **_stop("57000"))["algoStatus"] == "NEW"
    assert hedged().post(ALGO, **(_stop("57000") | change))["algoStatus"] == "NEW"


def test_an_unknown_response_type_has_a_code_of_its_own() -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010", "newOrderRespType": "FULL"}

    assert Venue().refusal("POST", ORDER, **order) == (-1136, "Invalid newOrderRespType.")


def test_batches_have_a_largest_size() -> None:
    # "Place Multiple Orders": max 5 orders; "Cancel Multiple Orders": max length 10.
    venue = Venue()
    order = '{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"0.010"}'

    placing = venue.refusal("POST", "/fapi/v1/batchOrders", batchOrders=f"[{','.join([order] * 6)}]")
    ids = str(list(range(11)))
    cancelling = venue.refusal("DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList=ids)

    assert placing == (-4082, "Invalid number of batch place orders: 6")
    assert cancelling == (-4032, "Exceed maximum cancel order size.")


def test_configuration_is_refused_in_the_documented_words() -> None:
    venue = hedged()
    margin = {"symbol": "BTCUSDT", "positionSide": "LONG", "amount": "1", "type": "1"}

    assert venue.refusal("POST", "/fapi/v1/positionMargin", **margin) == (
        -4049,
        "Add margin only support for isolated position.",
    )
    venue.post("/fapi/v1/marginType", symbol="SOLUSDT", marginType="ISOLATED")
    assert venue.refusal("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true") == (
        -4167,
        "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.",
    )
    venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")
    assert venue.refusal("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true") == (
        -4170,
        "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.",
    )


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("DELETE", ORDER, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"),
        ("DELETE", ALGO, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!"),
    ],
)
def test_a_cancel_without_any_id_names_both(method: str, path: str, text: str) -> None:
    assert Venue().refusal(method, path, symbol="BTCUSDT") == (-1102, text)


def test_events_of_orders_without_a_fill_name_a_commission_of_nothing() -> None:
    venue = hedged()

    order = venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")
    venue.delete(ORDER, symbol="BTCUSDT", orderId=str(order["orderId"]))

    events = [(event["o"]["X"], event["o"]["n"], event["o"]["N"]) for event in venue.events.take()]
    assert events == [("NEW", "0", "USDT"), ("CANCELED", "0", "USDT")]


def test_spellings_of_a_fill_s_events() -> None:
    # Capture: TRADE_LITE p "0.00", L "77290.70"; ORDER_TRADE_UPDATE L "77290.7"; ACCOUNT_UPDATE ma "USDT".
    venue = hedged()

    venue.market_order("SELL", "0.010", positionSide="LONG")

    _, lite, account, order = venue.events.take()
    assert (lite["p"], lite["L"], order["o"]["L"]) == ("0.00", "59999.90", "59999.9")
    assert [row["ma"] for row in account["a"]["P"]] == ["USDT"]


def test_spellings_of_a_conditional_order_s_events() -> None:
    # Capture of a closePosition stop: q "0", f "GTE_GTC", R true, cp true, ai "".
    venue = hedged()
    venue.stop("SELL", "59000", positionSide="LONG")
    (placed,) = venue.events.take()

    venue.move("58990")

    algos = {event["o"]["X"]: event["o"] for event in venue.events.take() if event["e"] == "ALGO_UPDATE"}
    shown = {name: placed["o"][name] for name in ("q", "f", "R", "cp", "ai")}
    assert shown == {"q": "0", "f": "GTE_GTC", "R": True, "cp": True, "ai": ""}
    assert (algos["TRIGGERED"]["ap"], algos["TRIGGERED"]["aq"]) == ("0", "0")
    assert (algos["FINISHED"]["ap"], algos["FINISHED"]["aq"]) == ("58989.90000", "0.010")


def test_open_orders_spell_prices_without_trailing_zeros() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "58000")

    (row,) = venue.get("/fapi/v1/openOrders")

    assert row["price"] == "58000"


def test_leverage_reaches_the_first_bracket_s() -> None:
    # "Notional and Leverage Brackets": bracket 1 of BTCUSDT allows 150.
    venue = Venue()

    assert venue.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage="150")["leverage"] == 150
    refusal = venue.refusal("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage="151")
    assert refusal == (-4028, "Leverage `151` is not valid")


def test_reduce_only_sent_with_a_change_only_has_to_agree() -> None:
    venue = Venue()
    order = venue.limit_order("BUY", "0.010", "59000")
    change = {"symbol": "BTCUSDT", "side": "BUY", "orderId": str(order["orderId"]), "quantity": "0.010"}

    refusal = venue.refusal("PUT", ORDER, **change, price="58000", reduceOnly="true")
    changed = venue.ask("PUT", ORDER, **change, price="58000", reduceOnly="false")

    assert refusal == (-5047, "The original order is not a reduce-only order.")
    assert (changed["price"], changed["reduceOnly"]) == ("58000.00", False)


@pytest.mark.parametrize(("switch", "second_page"), [("honoured", 1), ("ignored", 2)])
def test_the_page_of_income_is_what_the_switch_says(switch: str, second_page: int) -> None:
    venue = hedged(income_page=switch)
    venue.market_order("SELL", "0.010", positionSide="LONG")

    start = str(venue.clock.now_ms() - _DAY_MS)
    first, second = (venue.get(INCOME, symbol="BTCUSDT", startTime=start, limit="2", page=page) for page in ("1", "2"))

    assert len(first) == 2
    assert len(second) == second_page
    assert (first == second) == (switch == "ignored")


def test_the_page_of_income_may_be_refused() -> None:
    refusal = hedged(income_page="refused").refusal("GET", INCOME, page="1", limit="5")

    assert refusal == (-1104, "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.")


@pytest.mark.parametrize(
    "path", ["userTrades", "income", "allOrders", "allAlgoOrders", "forceOrders", "orderAmendment"]
)
def test_windows_that_begin_too_early_are_refused(path: str) -> None:
    venue = Venue()
    start = venue.clock.now_ms() - 91 * _DAY_MS
    window = {"symbol": "BTCUSDT", "startTime": str(start), "endTime": str(start + _DAY_MS)}

    refusal = venue.refusal("GET", f"/fapi/v1/{path}", **window)

    assert refusal == (-4166, "Search window is restricted to recent 90 days only.")
    later = {name: str(int(value) + 2 * _DAY_MS) for name, value in window.items() if name != "symbol"}
    assert venue.get(f"/fapi/v1/{path}", symbol="BTCUSDT", **later) == []


def test_the_insurance_fund_pays_for_the_position_that_lacked() -> None:
    # Bankrupt on BTC alone: SOL stands where it was bought.
    venue = Venue(balance=D(1000))
    venue.market_order("BUY", "1.00", symbol="SOLUSDT")
    venue.market_order("BUY", "0.300")

    venue.move("50000")

    paid = [row for row in venue.get(INCOME, incomeType="INSURANCE_CLEAR") if D(row["income"]) > 0]
    assert [row["symbol"] for row in paid] == ["BTCUSDT"]
    assert venue.wallet() == 0


def test_the_insurance_fund_may_pay_in_one_row() -> None:
    venue = Venue(balance=D(1000), switches=replace(Switches(), insurance_cover="account"))
    venue.market_order("BUY", "1.00", symbol="SOLUSDT")
    venue.market_order("BUY", "0.300")

    venue.move("50000")

    paid = [row for row in venue.get(INCOME, incomeType="INSURANCE_CLEAR") if D(row["income"]) > 0]
    assert [row["symbol"] for row in paid] == ["SOLUSDT"]


def test_no_quantitative_rule_is_near_its_limit() -> None:
    answer = Venue().get("/fapi/v1/apiTradingStatus")

    assert answer["indicators"] == {}
    assert answer["updateTime"] > 0
