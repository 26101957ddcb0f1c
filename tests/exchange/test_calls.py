import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from binance_client import BinanceTestnetClient
from domain.allowed_hosts import ForbiddenHost
from exchange.errors import Banned, ClockRejected, ExchangeUnreachable, KeysRejected, Throttled
from tests.exchange.scripted_server import Answer, Asked, ScriptedServer, json_answer
from tests.exchange.wire_examples import BRACKETS, POSITION

CLOCK_REFUSAL = {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    "url", ["https://fapi.binance.com", "http://testnet.binancefuture.com", "https://127.0.0.1.evil.com", "nonsense"]
)
def test_a_client_for_another_host_cannot_be_made(url: str) -> None:
    with pytest.raises(ForbiddenHost):
        BinanceTestnetClient("key", "secret", url, "ws://127.0.0.1:1")
    with pytest.raises(ForbiddenHost):
        BinanceTestnetClient("key", "secret", "http://127.0.0.1:1", url.replace("http", "ws"))


@pytest.mark.parametrize("bad", ["", "clé", "two words", "line\nbreak"])
def test_keys_that_cannot_be_keys_are_refused_before_any_request(bad: str) -> None:
    for key, secret in ((bad, "secret"), ("key", bad)):
        with pytest.raises(KeysRejected) as refused:
            BinanceTestnetClient(key, secret, "http://127.0.0.1:1", "ws://127.0.0.1:1")
        assert bad not in str(refused.value) or not bad


def test_the_measured_clock_follows_the_exchange(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    server.script("GET /fapi/v1/time", json_answer({"serverTime": milliseconds(ahead)}))

    reading = client.measure_clock()

    assert abs(reading.offset - timedelta(hours=3)) < timedelta(seconds=5)
    assert reading.round_trip >= timedelta(0)
    assert abs(client.exchange_now() - ahead) < timedelta(seconds=5)


def test_a_step_of_the_wall_clock_does_not_move_the_exchanges_time(
    client: BinanceTestnetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = client.exchange_now()
    stepped = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: stepped)

    assert client.exchange_now() - before < timedelta(seconds=60)


def test_signed_requests_carry_the_exchanges_time(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    server.script("GET /fapi/v1/time", json_answer({"serverTime": milliseconds(ahead)}))
    server.script("GET /fapi/v3/positionRisk", json_answer([]))
    client.measure_clock()

    client.fetch_positions()

    sent = int(server.requests_to("GET /fapi/v3/positionRisk")[0].parameters["timestamp"])
    assert 0 <= sent - milliseconds(ahead) < 5000


def test_a_refused_time_is_measured_anew_and_asked_once_more(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": milliseconds(datetime.now(UTC))}))
    server.script("GET /fapi/v3/positionRisk", json_answer(CLOCK_REFUSAL, 400), json_answer([POSITION]))

    assert len(client.fetch_positions()) == 1
    assert len(server.requests_to("GET /fapi/v1/time")) == 3


def test_a_time_refused_twice_is_told(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 1}))
    server.script("GET /fapi/v3/positionRisk", json_answer(CLOCK_REFUSAL, 400))

    with pytest.raises(ClockRejected):
        client.fetch_positions()

    assert len(server.requests_to("GET /fapi/v3/positionRisk")) == 2


def test_fetching_the_server_time_leaves_the_clock_alone(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 1000}))

    assert client.fetch_server_time() == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert client.exchange_now().year >= 2026


@pytest.mark.parametrize(
    "answer", [Answer(b"<html>Bad Gateway</html>", 502), Answer(drop=True), Answer(b"[]"), json_answer([1], 500)]
)
def test_a_read_without_a_usable_answer_says_so(
    client: BinanceTestnetClient, server: ScriptedServer, answer: Answer
) -> None:
    server.script("GET /fapi/v3/balance", answer)

    with pytest.raises(Exception) as raised:
        client.fetch_balance()

    assert isinstance(raised.value, ExchangeUnreachable) == (answer.body != b"[]")
    assert raised.value.__cause__ is None


def test_usage_follows_the_headers(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 1}, 200, **{"X-MBX-USED-WEIGHT-1M": "12"}))

    assert client.usage().weight_1m is None
    client.fetch_server_time()
    assert client.usage().weight_1m in (12, 0)  # 0 when the minute just ended


def test_too_many_requests_block_for_as_long_as_told(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script(
        "GET /fapi/v3/positionRisk",
        json_answer({"code": -1003, "msg": "Too many requests"}, 429, **{"Retry-After": "30"}),
    )

    with pytest.raises(Throttled) as throttled:
        client.fetch_positions()

    blocked_until = client.usage().blocked_until
    assert throttled.value.retry_after == timedelta(seconds=30)
    assert blocked_until is not None
    assert timedelta(seconds=25) < blocked_until - client.exchange_now() <= timedelta(seconds=30)


def test_a_ban_blocks_to_its_stated_end(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    end = (client.exchange_now() + timedelta(minutes=10)).replace(microsecond=0)
    text = f"Way too many requests; IP(1.2.3.4) banned until {milliseconds(end)}."
    server.script("GET /fapi/v3/positionRisk", json_answer({"code": -1003, "msg": text}, 418))

    with pytest.raises(Banned):
        client.fetch_positions()

    blocked_until = client.usage().blocked_until
    assert blocked_until is not None
    assert abs(blocked_until - end) < timedelta(seconds=1)


def test_what_is_kept_is_asked_once(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/leverageBracket", json_answer([BRACKETS]))

    assert client.fetch_leverage_brackets("BTCUSDT") == client.fetch_leverage_brackets("BTCUSDT")
    assert len(server.asked) == 1


def test_a_failed_fetch_is_not_kept(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/leverageBracket", Answer(b"", 502), json_answer(BRACKETS))

    with pytest.raises(ExchangeUnreachable):
        client.fetch_leverage_brackets("BTCUSDT")

    assert len(client.fetch_leverage_brackets("BTCUSDT")) == 2


def test_a_full_page_of_history_is_asked_again_in_halves(
    client: BinanceTestnetClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.calls.ROWS_PER_PAGE", 3)
    start = client.exchange_now() - timedelta(seconds=50)
    created = [milliseconds(start) + second * 1000 for second in range(10)]

    def newest_three(asked: Asked) -> Answer:
        first, last = int(asked.parameters["startTime"]), int(asked.parameters["endTime"])
        within = [moment for moment in created if first <= moment <= last]
        return json_answer([_order(moment) for moment in within[-3:]])

    server.compute("GET /fapi/v1/allOrders", newest_three)

    orders = client.fetch_orders_since("BTCUSDT", start)

    assert [milliseconds(order.updated_at) for order in orders] == created


def test_history_is_asked_for_in_windows_of_seven_days_without_gap_or_overlap(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/allAlgoOrders", json_answer([]))
    since = client.exchange_now() - timedelta(days=20)

    client.fetch_conditional_orders_since("BTCUSDT", since)

    windows = [(int(asked.parameters["startTime"]), int(asked.parameters["endTime"])) for asked in server.asked]
    assert len(windows) == 3
    assert windows[0][0] == milliseconds(since)
    assert all(end - start < 7 * 86400 * 1000 for start, end in windows)
    assert all(after[0] == before[1] + 1 for before, after in pairwise(windows))
    assert windows[-1][1] >= milliseconds(client.exchange_now())


def _order(moment: int) -> dict[str, Any]:
    return {
        "orderId": moment,
        "symbol": "BTCUSDT",
        "status": "FILLED",
        "clientOrderId": str(moment),
        "origQty": "1",
        "executedQty": "1",
        "type": "MARKET",
        "side": "BUY",
        "positionSide": "LONG",
        "updateTime": moment,
    }
