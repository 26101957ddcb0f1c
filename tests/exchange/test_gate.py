"""The gate before an exchange: one for all clients, closed to its latest end, not to orders by a guess."""

from datetime import UTC, datetime, timedelta

import pytest

from binance_client import BinanceTestnetClient
from exchange.errors import Banned, Failure, NotExecuted, Throttled, read_error
from exchange.gate import LONGEST_BAN, LONGEST_WAIT, RequestGate, gate_of
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.exchange.test_order_calls import ENTRY, STAMP

SECONDS = timedelta(seconds=30)


def test_it_is_closed_to_its_latest_end() -> None:
    gate = RequestGate()

    gate.close(SECONDS, banned=True)
    gate.close(timedelta(seconds=1), banned=False)

    pause = gate.pause(order=True)
    assert pause is not None
    assert pause.banned
    assert timedelta(seconds=20) < pause.left <= SECONDS


def test_a_pause_of_unknown_length_holds_no_order() -> None:
    gate = RequestGate()

    gate.close(SECONDS, banned=False, for_orders=False)

    assert gate.pause() is not None
    assert gate.pause(order=True) is None


def test_one_gate_stands_before_all_clients_of_an_exchange() -> None:
    assert gate_of("http://127.0.0.1:1/fapi") is gate_of("http://127.0.0.1:1")
    assert gate_of("http://127.0.0.1:1") is not gate_of("http://127.0.0.1:2")


@pytest.mark.parametrize(("status", "error"), [(418, Banned), (429, Throttled)])
def test_what_one_client_was_told_holds_every_request_of_another(status: int, error: type[Exception]) -> None:
    server = ScriptedServer()
    blocked, other = (
        BinanceTestnetClient(key, "s", server.url, server.url.replace("http", "ws")) for key in ("a", "b")
    )
    answer = json_answer({"code": -1003, "msg": "Too many requests."}, status, **{"Retry-After": "30"})
    server.script("GET /fapi/v1/ticker/bookTicker", answer)

    with pytest.raises(error):
        blocked.fetch_book_ticker("BTCUSDT")
    asked = len(server.asked)
    with pytest.raises(error):
        other.fetch_server_time()
    with pytest.raises(NotExecuted):
        other.place_market_order(ENTRY, STAMP)

    assert len(server.asked) == asked
    assert other.usage().blocked_until is not None
    assert other.usage().banned is (status == 418)
    server.stop()


@pytest.mark.parametrize(("banned", "longest"), [(True, LONGEST_BAN), (False, LONGEST_WAIT)])
def test_no_pause_is_longer_than_any_exchange_asks_for(banned: bool, longest: timedelta) -> None:
    gate = RequestGate()

    gate.close(timedelta(days=90_000), banned=banned)

    pause = gate.pause()
    assert pause is not None
    assert longest - SECONDS < pause.left <= longest


def test_a_ban_for_centuries_ends_in_days_whatever_its_words_say() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    words = "Way too many requests; IP(127.0.0.1) banned until 9999999999999."

    error = read_error(Failure(418, -1003, words), now)

    assert isinstance(error, Banned)
    assert error.until == now + LONGEST_BAN
