import pytest

from tests.simulator.trading.venue import D, Venue

_DUAL = "/fapi/v1/positionSide/dual"
_LEVERAGE = "/fapi/v1/leverage"
_MARGIN_TYPE = "/fapi/v1/marginType"
_ASSETS = "/fapi/v1/multiAssetsMargin"
_POSITION_MARGIN = "/fapi/v1/positionMargin"
_SUCCESS = {"code": 200, "msg": "success"}


def test_a_fresh_account_is_one_way_at_twenty_crossed() -> None:
    venue = Venue()

    assert venue.get(_DUAL) == {"dualSidePosition": False}
    assert venue.get(_ASSETS) == {"multiAssetsMargin": False}
    assert venue.get("/fapi/v1/symbolConfig", symbol="BTCUSDT") == [
        {
            "symbol": "BTCUSDT",
            "marginType": "CROSSED",
            "isAutoAddMargin": False,
            "leverage": 20,
            "maxNotionalValue": "12000000",
        }
    ]
    assert venue.get("/fapi/v1/accountConfig") == {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def test_position_mode_changes_once() -> None:
    venue = Venue()

    assert venue.post(_DUAL, dualSidePosition="true") == _SUCCESS
    assert venue.get(_DUAL) == {"dualSidePosition": True}
    assert venue.refusal("POST", _DUAL, dualSidePosition="true") == (-4059, "No need to change position side.")
    assert venue.refusal("POST", _DUAL, dualSidePosition="yes")[0] == -1130


def test_position_mode_needs_an_empty_account() -> None:
    venue = Venue()
    order_id = str(venue.limit_order("BUY", "0.010", "59000")["orderId"])
    with_orders = (-4067, "Position side cannot be changed if there exists open orders.")
    assert venue.refusal("POST", _DUAL, dualSidePosition="true") == with_orders
    venue.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=order_id)
    algo_id = str(venue.stop("SELL", "59000", quantity="0.010")["algoId"])
    assert venue.refusal("POST", _DUAL, dualSidePosition="true") == with_orders
    venue.delete("/fapi/v1/algoOrder", algoId=algo_id)
    venue.market_order("BUY", "0.010")

    assert venue.refusal("POST", _DUAL, dualSidePosition="true") == (
        -4068,
        "Position side cannot be changed if there exists position.",
    )


def test_leverage_answers_the_largest_position_and_tells_the_stream() -> None:
    venue = Venue()

    answer = venue.post(_LEVERAGE, symbol="BTCUSDT", leverage="100")

    assert answer == {"leverage": 100, "maxNotionalValue": "800000", "symbol": "BTCUSDT"}
    (event,) = venue.events.take()
    assert (event["e"], event["ac"]) == ("ACCOUNT_CONFIG_UPDATE", {"s": "BTCUSDT", "l": 100})
    assert venue.post(_LEVERAGE, symbol="BTCUSDT", leverage="100")["leverage"] == 100
    assert venue.get("/fapi/v1/symbolConfig", symbol="BTCUSDT")[0]["leverage"] == 100


@pytest.mark.parametrize("leverage", ["0", "151"])
def test_a_leverage_outside_the_brackets_is_refused(leverage: str) -> None:
    assert Venue().refusal("POST", _LEVERAGE, symbol="BTCUSDT", leverage=leverage) == (
        -4028,
        f"Leverage `{leverage}` is not valid",
    )


def test_leverage_respects_what_is_held() -> None:
    venue = Venue(balance=D(30_000))
    venue.market_order("BUY", "6")  # 360000

    assert venue.refusal("POST", _LEVERAGE, symbol="BTCUSDT", leverage="125") == (
        -2027,
        "Exceeded the maximum allowable position at current leverage.",
    )
    assert venue.refusal("POST", _LEVERAGE, symbol="BTCUSDT", leverage="10") == (
        -2028,
        "Leverage is smaller than permitted: insufficient margin balance.",
    )
    assert venue.post(_LEVERAGE, symbol="BTCUSDT", leverage="50")["leverage"] == 50


def test_isolated_leverage_is_not_lowered_under_a_position() -> None:
    venue = Venue()
    venue.post(_MARGIN_TYPE, symbol="BTCUSDT", marginType="ISOLATED")
    venue.market_order("BUY", "0.010")

    assert venue.refusal("POST", _LEVERAGE, symbol="BTCUSDT", leverage="10") == (
        -4161,
        "Leverage reduction is not supported in Isolated Margin Mode with open positions",
    )


def test_margin_type_changes_with_nothing_open() -> None:
    venue = Venue()
    sent = {"symbol": "BTCUSDT", "marginType": "ISOLATED"}
    assert venue.refusal("POST", _MARGIN_TYPE, symbol="BTCUSDT", marginType="CROSSED") == (
        -4046,
        "No need to change margin type.",
    )
    order_id = str(venue.limit_order("BUY", "0.010", "59000")["orderId"])
    assert venue.refusal("POST", _MARGIN_TYPE, **sent) == (
        -4047,
        "Margin type cannot be changed if there exists open orders.",
    )
    venue.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=order_id)
    venue.market_order("BUY", "0.010")
    assert venue.refusal("POST", _MARGIN_TYPE, **sent) == (
        -4048,
        "Margin type cannot be changed if there exists position.",
    )
    venue.market_order("SELL", "0.010")

    assert venue.post(_MARGIN_TYPE, **sent) == _SUCCESS
    assert venue.events.words()[-1] == "ACCOUNT MARGIN_TYPE_CHANGE"
    assert venue.get("/fapi/v2/positionRisk", symbol="BTCUSDT")[0]["marginType"] == "isolated"


def test_multi_assets_mode_changes_with_nothing_open_and_nothing_isolated() -> None:
    venue = Venue()
    assert venue.refusal("POST", _ASSETS, multiAssetsMargin="false")[0] == -4171
    venue.post(_MARGIN_TYPE, symbol="BTCUSDT", marginType="ISOLATED")
    assert venue.refusal("POST", _ASSETS, multiAssetsMargin="true")[0] == -4167
    venue.post(_MARGIN_TYPE, symbol="BTCUSDT", marginType="CROSSED")
    venue.events.take()

    assert venue.post(_ASSETS, multiAssetsMargin="true") == _SUCCESS

    assert venue.events.take()[0]["ai"] == {"j": True}
    assert venue.refusal("POST", _MARGIN_TYPE, symbol="BTCUSDT", marginType="ISOLATED")[0] == -4168


def test_isolated_margin_moves_in_and_out() -> None:
    venue = Venue()
    venue.post(_MARGIN_TYPE, symbol="BTCUSDT", marginType="ISOLATED")
    sent = {"symbol": "BTCUSDT", "amount": "50"}
    assert venue.refusal("POST", _POSITION_MARGIN, **sent, type="1")[0] == -4054
    venue.market_order("BUY", "0.010")  # 30 of own margin

    answer = venue.post(_POSITION_MARGIN, **sent, type="1")

    assert answer == {"amount": 50.0, "code": 200, "msg": "Successfully modify position margin.", "type": 1}
    row = venue.get("/fapi/v3/positionRisk")[0]
    assert (row["isolatedWallet"], row["isolatedMargin"]) == ("80", "80")
    assert venue.refusal("POST", _POSITION_MARGIN, symbol="BTCUSDT", amount="51", type="2")[0] == -4051
    assert venue.refusal("POST", _POSITION_MARGIN, symbol="BTCUSDT", amount="10000", type="1")[0] == -4050
    venue.post(_POSITION_MARGIN, **sent, type="2")
    history = venue.get(f"{_POSITION_MARGIN}/history", symbol="BTCUSDT")
    assert [(row["type"], row["amount"]) for row in history] == [(1, "50.00000000"), (2, "50.00000000")]
    assert venue.wallet() == D("9999.7")


def test_cross_positions_have_no_margin_of_their_own() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")

    assert venue.refusal("POST", _POSITION_MARGIN, symbol="BTCUSDT", amount="1", type="1")[0] == -4049


def test_burning_fees_is_remembered() -> None:
    venue = Venue()
    assert venue.get("/fapi/v1/feeBurn") == {"feeBurn": False}

    assert venue.post("/fapi/v1/feeBurn", feeBurn="true") == {"code": 200, "msg": "success"}

    assert venue.get("/fapi/v1/feeBurn") == {"feeBurn": True}
    assert venue.get("/fapi/v2/account")["feeBurn"] is True
