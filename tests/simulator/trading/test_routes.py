import pytest

from simulator.endpoints import Endpoint, Security
from tests.simulator.trading.venue import Venue


def _endpoint(method: str, path: str) -> Endpoint:
    endpoint = Venue().routes.find(method, path)
    assert endpoint is not None
    return endpoint


def _weight(endpoint: Endpoint, **params: str) -> int:
    return endpoint.weight if isinstance(endpoint.weight, int) else endpoint.weight(params)


@pytest.mark.parametrize(
    ("method", "path", "weight"),
    [
        ("POST", "/fapi/v1/order", 0),
        ("POST", "/fapi/v1/batchOrders", 5),
        ("PUT", "/fapi/v1/batchOrders", 5),
        ("GET", "/fapi/v1/order", 1),
        ("GET", "/fapi/v1/allOrders", 5),
        ("POST", "/fapi/v1/countdownCancelAll", 10),
        ("POST", "/fapi/v1/algoOrder", 0),
        ("GET", "/fapi/v1/allAlgoOrders", 5),
        ("DELETE", "/fapi/v1/algoOpenOrders", 1),
        ("GET", "/fapi/v3/positionRisk", 5),
        ("GET", "/fapi/v2/account", 5),
        ("GET", "/fapi/v3/balance", 5),
        ("GET", "/fapi/v1/userTrades", 5),
        ("GET", "/fapi/v1/income", 30),
        ("GET", "/fapi/v1/commissionRate", 20),
        ("GET", "/fapi/v1/positionSide/dual", 30),
        ("POST", "/fapi/v1/positionSide/dual", 1),
        ("GET", "/fapi/v1/accountConfig", 5),
        ("GET", "/fapi/v1/leverageBracket", 1),
    ],
)
def test_requests_weigh_what_is_documented(method: str, path: str, weight: int) -> None:
    assert _weight(_endpoint(method, path)) == weight


@pytest.mark.parametrize(
    ("path", "with_symbol", "without"),
    [
        ("/fapi/v1/openOrders", 1, 40),
        ("/fapi/v1/openAlgoOrders", 1, 40),
        ("/fapi/v1/forceOrders", 20, 50),
    ],
)
def test_lists_of_everything_weigh_more(path: str, with_symbol: int, without: int) -> None:
    endpoint = _endpoint("GET", path)

    assert (_weight(endpoint, symbol="BTCUSDT"), _weight(endpoint)) == (with_symbol, without)


def test_only_placing_and_amending_count_as_orders() -> None:
    routes = Venue().routes

    counted = {
        key: endpoint.order_count for key in routes.paths() if (endpoint := _endpoint(*key)).order_count != (0, 0)
    }

    assert counted == {
        ("POST", "/fapi/v1/order"): (1, 1),
        ("PUT", "/fapi/v1/order"): (1, 1),
        ("POST", "/fapi/v1/algoOrder"): (1, 1),
        ("POST", "/fapi/v1/batchOrders"): (5, 1),
        ("PUT", "/fapi/v1/batchOrders"): (5, 1),
    }


def test_every_endpoint_is_signed() -> None:
    routes = Venue().routes

    assert {_endpoint(*key).security for key in routes.paths()} == {Security.SIGNED}
