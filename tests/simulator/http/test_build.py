"""The whole exchange, in this process: every endpoint answers garbage in the exchange's words, never with a bug."""

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest

from simulator.build import Settings, build
from simulator.messages import Request
from simulator.pipeline import Pipeline
from simulator.trading.accounts import AccountSpec
from tests.simulator.http.client import sign

GARBAGE = ("", "abc", "-1", "0", "1e5", "9" * 23, "true", "NaN", "[{}]", "%00", "é" * 40)
SENSIBLE = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "positionSide": "LONG",
    "quantity": "0.010",
    "price": "80000.0",
    "timeInForce": "GTC",
    "orderId": "5",
    "origClientOrderId": "x",
    "newClientOrderId": "x",
    "algoId": "5",
    "clientAlgoId": "x",
    "algoType": "CONDITIONAL",
    "triggerPrice": "80000.0",
    "closePosition": "true",
    "callbackRate": "1",
    "activatePrice": "80000.0",
    "workingType": "MARK_PRICE",
    "priceMatch": "QUEUE",
    "goodTillDate": "1795400000000",
    "limit": "5",
    "startTime": "1795400000000",
    "endTime": "1795400000000",
    "fromId": "1",
    "interval": "1m",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "leverage": "5",
    "marginType": "ISOLATED",
    "dualSidePosition": "true",
    "multiAssetsMargin": "false",
    "amount": "1",
    "batchOrders": "[]",
    "orderIdList": "[1]",
    "countdownTime": "1000",
    "page": "1",
    "incomeType": "COMMISSION",
    "listenKey": "x",
    "newOrderRespType": "RESULT",
    "reduceOnly": "true",
}


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    accounts = (AccountSpec("practice", "practice", "practice", Decimal(10000)),)
    exchange = build(Settings(None, accounts, seed=1, mode="hold", csv=None, speed=Decimal(1), made_up_symbols=0))
    yield exchange.app.pipeline
    exchange.store.close()


def routes(pipeline: Pipeline) -> list[tuple[str, str]]:
    return pipeline.routes.paths()


def send(pipeline: Pipeline, method: str, path: str, parameters: dict[str, str]) -> int:
    pipeline.limits.clear()
    clock = pipeline.clock.now_ms()
    payload = "&".join(f"{name}={value}" for name, value in {**parameters, "timestamp": str(clock)}.items())
    query = f"{payload}&signature={sign('practice', payload)}".encode()
    return pipeline.handle(Request(method, path, query, b"", "practice", "127.0.0.1", connected_at=0)).status


def drawn(choice: random.Random) -> dict[str, str]:
    """Return a request that is partly sensible, partly incomplete and partly garbage."""
    names = [name for name in SENSIBLE if choice.random() < 0.5]
    return {name: choice.choice(GARBAGE) if choice.random() < 0.15 else SENSIBLE[name] for name in names}


def test_no_parameters_make_an_endpoint_fail(pipeline: Pipeline) -> None:
    choice = random.Random(1)
    requests = [(method, path, drawn(choice)) for method, path in routes(pipeline) for _ in range(25)]

    failed = [request for request in requests if send(pipeline, *request) >= 500]

    assert failed == []


def test_surface_holds_what_client_libraries_call(pipeline: Pipeline) -> None:
    version_one = (
        "time exchangeInfo premiumIndex klines ticker/bookTicker positionSide/dual multiAssetsMargin leverageBracket "
        "commissionRate order openOrders algoOrder openAlgoOrders allAlgoOrders userTrades income accountConfig "
        "symbolConfig rateLimit/order forceOrders"
    )
    reads = {f"/fapi/v1/{name}" for name in version_one.split()}
    reads |= {"/fapi/v2/account", "/fapi/v2/positionRisk", "/fapi/v2/ticker/price"}
    reads |= {"/fapi/v3/account", "/fapi/v3/positionRisk", "/fapi/v3/balance", "/api/v3/ping", "/api/v3/time"}
    writes = {
        ("POST", "/fapi/v1/order"),
        ("PUT", "/fapi/v1/order"),
        ("DELETE", "/fapi/v1/order"),
        ("POST", "/fapi/v1/batchOrders"),
        ("DELETE", "/fapi/v1/allOpenOrders"),
        ("POST", "/fapi/v1/algoOrder"),
        ("DELETE", "/fapi/v1/algoOrder"),
        ("DELETE", "/fapi/v1/algoOpenOrders"),
        ("POST", "/fapi/v1/leverage"),
        ("POST", "/fapi/v1/marginType"),
        ("POST", "/fapi/v1/positionSide/dual"),
        ("POST", "/fapi/v1/multiAssetsMargin"),
        ("POST", "/fapi/v1/countdownCancelAll"),
        ("POST", "/fapi/v1/listenKey"),
        ("PUT", "/fapi/v1/listenKey"),
        ("DELETE", "/fapi/v1/listenKey"),
    }

    assert {("GET", path) for path in reads} | writes <= set(routes(pipeline))
