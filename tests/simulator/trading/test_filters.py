from dataclasses import replace

import pytest

from tests.simulator.trading.venue import BTC, D, Venue

ORDER = "/fapi/v1/order"
_MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
_LIMIT = _MARKET | {"type": "LIMIT", "timeInForce": "GTC", "price": "59000"}
_ILLEGAL = r"Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'."
_MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."
_ALGO_ONLY = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
_PRECISION = "Precision is over the maximum defined for this asset."
_TOO_SMALL = "Order's notional must be no smaller than 50.0 (unless you choose reduce only)"

_REFUSALS: list[tuple[dict[str, str], dict[str, str], int, str]] = [
    (_MARKET, {"symbol": ""}, -1102, _MISSING.format("symbol")),
    (_MARKET, {"symbol": "NOPEUSDT"}, -1121, "Invalid symbol."),
    (_MARKET, {"side": ""}, -1102, _MISSING.format("side")),
    (_MARKET, {"side": "LONG"}, -1117, "Invalid side."),
    (_MARKET, {"type": ""}, -1102, _MISSING.format("type")),
    (_MARKET, {"type": "BEST"}, -1116, "Invalid orderType."),
    (_MARKET, {"type": "STOP_MARKET"}, -4120, _ALGO_ONLY),
    (_MARKET, {"type": "TRAILING_STOP_MARKET"}, -4120, _ALGO_ONLY),
    (
        _MARKET,
        {"closePosition": "true", "quantity": ""},
        -4136,
        "Target strategy invalid for orderType MARKET,closePosition true",
    ),
    (_MARKET, {"positionSide": "UP"}, -4060, "Invalid position side."),
    (_MARKET, {"positionSide": "LONG"}, -4061, "Order's position side does not match user's setting."),
    (_MARKET, {"quantity": ""}, -1102, _MISSING.format("quantity")),
    (_MARKET, {"quantity": "1e-2"}, -1100, _ILLEGAL),
    (_MARKET, {"quantity": "0.0101"}, -1111, _PRECISION),
    (_MARKET, {"quantity": "0"}, -4003, "Quantity less than zero."),
    (_MARKET, {"quantity": "-1"}, -4003, "Quantity less than zero."),
    (_MARKET, {"quantity": "120.001"}, -4005, "Quantity greater than max quantity."),
    (_LIMIT, {"quantity": "1000.001"}, -4005, "Quantity greater than max quantity."),
    (_MARKET, {"price": "60000"}, -1106, "Parameter 'price' sent when not required."),
    (_MARKET, {"timeInForce": "GTC"}, -1106, "Parameter 'timeinforce' sent when not required."),
    (_MARKET, {"quantity": "0.000", "reduceOnly": "true"}, -4003, "Quantity less than zero."),
    (_MARKET, {"reduceOnly": "yes"}, -1130, "Data sent for parameter 'reduceOnly' is not valid."),
    (_MARKET, {"newClientOrderId": "a" * 37}, -4015, "Client order id length should not be more than 36 chars"),
    (_MARKET, {"newClientOrderId": "no spaces"}, -4015, "Client order id is not valid."),
    (_MARKET, {"priceMatch": "QUEUE"}, -5038, "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT"),
    (_LIMIT, {"priceMatch": "QUEUE"}, -5037, "Invalid price match"),
    (_MARKET, {"selfTradePreventionMode": "NEVER"}, -5039, "Invalid self trade prevention mode"),
    (_MARKET, {"quantity": "0.000833"}, -1111, _PRECISION),
    (_LIMIT, {"timeInForce": ""}, -1102, _MISSING.format("timeinforce")),
    (_LIMIT, {"timeInForce": "GTE"}, -1115, "Invalid timeInForce."),
    (_LIMIT, {"price": ""}, -1102, _MISSING.format("price")),
    (_LIMIT, {"price": "59000.001"}, -1111, _PRECISION),
    (_LIMIT, {"price": "59000.05"}, -4014, "Price not increased by tick size."),
    (_LIMIT, {"price": "0"}, -4001, "Price less than 0."),
    (_LIMIT, {"price": "261"}, -4013, "Price less than min price."),
    (_LIMIT, {"price": "809484.1"}, -4002, "Price greater than max price."),
    (_LIMIT, {"price": "63000.1"}, -4016, "Price is higher than mark price multiplier cap."),
    (_LIMIT, {"price": "56999.9", "side": "SELL"}, -4024, "Price is lower than mark price multiplier floor."),
    (_LIMIT, {"quantity": "0.000847"}, -1111, _PRECISION),
    (_LIMIT, {"price": "49999.9", "quantity": "0.001"}, -4164, _TOO_SMALL),
    (_LIMIT, {"timeInForce": "GTD"}, -1102, _MISSING.format("goodtilldate")),
]


@pytest.mark.parametrize(("order", "change", "code", "text"), _REFUSALS)
def test_orders_are_refused_in_the_documented_words(
    order: dict[str, str], change: dict[str, str], code: int, text: str
) -> None:
    venue = Venue()

    sent = {name: value for name, value in (order | change).items() if value}

    assert venue.refusal("POST", ORDER, **sent) == (code, text)
    assert venue.get("/fapi/v1/allOrders", symbol="BTCUSDT") == []


@pytest.mark.parametrize(
    ("quantity", "code", "text"),
    [("0.004", -4004, "Quantity less than min quantity."), ("0.006", -4023, "Qty not increased by step size.")],
)
def test_a_quantity_below_the_minimum_or_between_steps_is_refused(quantity: str, code: int, text: str) -> None:
    venue = Venue()
    venue.market.symbols["BTCUSDT"] = replace(BTC, min_quantity=D("0.005"), step_size=D("0.002"))

    assert venue.refusal("POST", ORDER, **_MARKET | {"quantity": quantity}) == (code, text)
    assert venue.post(ORDER, **_MARKET | {"quantity": "0.007"})["status"] == "NEW"


def test_a_good_till_date_lies_ten_minutes_ahead() -> None:
    venue = Venue()
    soon = str(venue.clock.now_ms() + 599_000)

    code, text = venue.refusal("POST", ORDER, **_LIMIT | {"timeInForce": "GTD", "goodTillDate": soon})

    assert code == -5040
    assert text.startswith("The goodTillDate timestamp must be greater than the current time plus 600 seconds")


def test_hedge_mode_wants_a_side_and_no_reduce_only() -> None:
    venue = Venue(dual_side=True)

    assert venue.refusal("POST", ORDER, **_MARKET) == (
        -4061,
        "Order's position side does not match user's setting.",
    )
    for word in ("true", "false"):
        assert venue.refusal("POST", ORDER, **_MARKET, positionSide="LONG", reduceOnly=word) == (
            -1106,
            "Parameter 'reduceonly' sent when not required.",
        )


def test_a_test_order_passes_the_same_checks_and_leaves_no_order() -> None:
    venue = Venue()

    answer = venue.post("/fapi/v1/order/test", **_MARKET)

    assert answer["avgPrice"] == "0.00000"
    assert answer["cumQuote"] == "0"
    assert venue.refusal("POST", "/fapi/v1/order/test", **_MARKET | {"quantity": "4"})[0] == -2019
    assert venue.get("/fapi/v1/allOrders", symbol="BTCUSDT") == []
    assert venue.events.take() == []
