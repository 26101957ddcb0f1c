import pytest

from tests.simulator.trading.venue import Venue

ALGO = "/fapi/v1/algoOrder"
_MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."
_UNWANTED = "Parameter '{}' sent when not required."
_STOP = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "positionSide": "LONG",
    "type": "STOP_MARKET",
    "triggerPrice": "59000",
    "quantity": "0.010",
}
_CLOSER = _STOP | {"quantity": "", "closePosition": "true"}
_TRAILING = _STOP | {"type": "TRAILING_STOP_MARKET", "triggerPrice": "", "callbackRate": "1"}
_LIMIT = _STOP | {"type": "STOP", "price": "58990"}

_REFUSALS: list[tuple[dict[str, str], dict[str, str], int, str]] = [
    (_STOP, {"algoType": ""}, -1102, _MISSING.format("algotype")),
    (_STOP, {"algoType": "VP"}, -4500, "Invalid algo type."),
    (_STOP, {"side": ""}, -1117, "Invalid side."),
    (_STOP, {"type": ""}, -1102, _MISSING.format("type")),
    (_STOP, {"type": "MARKET"}, -1116, "Invalid orderType."),
    (_STOP, {"triggerPrice": ""}, -1102, _MISSING.format("triggerprice")),
    (_STOP, {"triggerPrice": "", "stopPrice": "59000"}, -1102, _MISSING.format("triggerprice")),
    (_STOP, {"triggerPrice": "59000.05"}, -4014, "Price not increased by tick size."),
    (_STOP, {"triggerPrice": "0"}, -4006, "Stop price less than zero."),
    (_STOP, {"triggerPrice": "900000"}, -4007, "Stop price greater than max price."),
    (_STOP, {"quantity": ""}, -1102, _MISSING.format("quantity")),
    (_STOP, {"quantity": "0.0101"}, -1111, "Precision is over the maximum defined for this asset."),
    (_STOP, {"positionSide": ""}, -4061, "Order's position side does not match user's setting."),
    (_STOP, {"reduceOnly": "true"}, -1106, _UNWANTED.format("reduceonly")),
    (_STOP, {"price": "58990"}, -1106, _UNWANTED.format("price")),
    (_STOP, {"workingType": "INDEX"}, -4031, "Invalid parameter working type: `INDEX`"),
    (_STOP, {"timeInForce": "GTE_GTC"}, -1115, "Invalid timeInForce."),
    (_STOP, {"clientAlgoId": "ä"}, -4015, "Client order id is not valid."),
    (_STOP, {"callbackRate": "1"}, -1106, _UNWANTED.format("callbackrate")),
    (_STOP, {"closePosition": "yes"}, -1130, "Data sent for parameter 'closePosition' is not valid."),
    (_CLOSER, {"quantity": "0.010"}, -4137, "Quantity must be zero with closePosition equals true"),
    (
        _CLOSER,
        {"type": "TRAILING_STOP_MARKET"},
        -4136,
        "Target strategy invalid for orderType TRAILING_STOP_MARKET,closePosition true",
    ),
    (_CLOSER, {"side": "BUY"}, -2022, "ReduceOnly Order is rejected."),
    (_LIMIT, {"price": ""}, -1102, _MISSING.format("price")),
    (_LIMIT, {"price": "56000"}, -4184, "Price is lower than stop price multiplier floor."),
    (_TRAILING, {"callbackRate": ""}, -1102, _MISSING.format("callbackrate")),
    (_TRAILING, {"callbackRate": "0.09"}, -1130, "Data sent for parameter 'callbackRate' is not valid."),
    (_TRAILING, {"callbackRate": "20.1"}, -1130, "Data sent for parameter 'callbackRate' is not valid."),
    (_TRAILING, {"triggerPrice": "59000"}, -1106, _UNWANTED.format("triggerprice")),
    (_TRAILING, {"activatePrice": "0"}, -4135, "Invalid activation price"),
    (_TRAILING, {"activatePrice": "59999"}, -2021, "Order would immediately trigger."),
]


@pytest.mark.parametrize(("order", "change", "code", "text"), _REFUSALS)
def test_conditional_orders_are_refused_in_the_documented_words(
    order: dict[str, str], change: dict[str, str], code: int, text: str
) -> None:
    venue = Venue(dual_side=True)
    sent = {name: value for name, value in (order | change).items() if value}

    assert venue.refusal("POST", ALGO, **sent) == (code, text)
    assert venue.get("/fapi/v1/openAlgoOrders") == []


def test_a_closer_in_one_way_mode_takes_no_reduce_only() -> None:
    venue = Venue()
    closer = {name: value for name, value in _CLOSER.items() if value and name != "positionSide"}

    assert venue.refusal("POST", ALGO, **closer, reduceOnly="false") == (
        -4138,
        "Reduce only must be true with closePosition equals true",
    )
    assert venue.refusal("POST", ALGO, **closer, reduceOnly="true") == (-1106, _UNWANTED.format("reduceonly"))


def test_the_largest_callback_is_twenty_percent() -> None:
    venue = Venue(dual_side=True)
    trailing = {name: value for name, value in _TRAILING.items() if value}

    answer = venue.post(ALGO, **trailing | {"callbackRate": "20"})

    assert (answer["callbackRate"], answer["activatePrice"]) == ("20", "60000.00")
