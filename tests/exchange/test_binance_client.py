"""The client and its streams against the practice exchange, over real sockets, faults included."""

import queue
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from binance_client import BinanceTestnetClient
from domain.exchange import ConditionalStatus, ExchangeStatus
from domain.terms import OrderIntent, Purpose, Side
from exchange.errors import (
    Banned,
    ExchangeUnreachable,
    KeysRejected,
    NotExecuted,
    OrderNotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
)
from exchange.streams import MarkPriceStream
from exchange.user_events import UserEvent
from exchange.user_stream import UserStream
from tests.support.practice import PracticeExchange
from tests.support.practice_fixtures import client, exchange, process
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow
__all__ = ["client", "exchange", "process"]  # fixtures
D = Decimal

ENTRY = OrderIntent("t1-abc123-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
STOP = OrderIntent("t1-abc123-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, D("50000"), close_position=True)
TARGET = OrderIntent("t1-abc123-1-t-1", Purpose.TARGET, "BTCUSDT", Side.LONG, None, D("90000"), close_position=True)
INTERIM = OrderIntent(
    "t1-abc123-1-b-1", Purpose.INTERIM, "BTCUSDT", Side.LONG, D("0.010"), D("51000"), close_position=False
)


@pytest.fixture
def began(client: BinanceTestnetClient) -> datetime:
    return client.exchange_now() - timedelta(seconds=1)


def fault(exchange: PracticeExchange, match: str, kind: str, **more: Any) -> None:
    exchange.control("faults", {"match": match, "kind": kind, **more})


def enter(client: BinanceTestnetClient, intent: OrderIntent = ENTRY) -> None:
    client.place_market_order(intent, client.exchange_now())


def test_a_fresh_account_is_set_up_and_setting_it_again_is_success(client: BinanceTestnetClient) -> None:
    for _ in range(2):
        client.set_hedge_mode()
        client.set_single_asset_mode()
        client.set_cross_margin("BTCUSDT")

    assert client.set_leverage("BTCUSDT", 10) == 10
    settings = client.fetch_symbol_settings("BTCUSDT")
    assert (settings.leverage, settings.cross_margin) == (10, True)
    modes = client.fetch_account_modes()
    assert (modes.hedge, modes.multi_assets) == (True, False)


def test_a_trade_is_opened_protected_and_stopped_out_to_the_last_digit(
    client: BinanceTestnetClient, exchange: PracticeExchange, began: datetime
) -> None:
    entry = client.place_market_order(ENTRY, client.exchange_now())
    stop = client.place_conditional_order(STOP, client.exchange_now())
    target = client.place_conditional_order(TARGET, client.exchange_now())
    [position] = client.fetch_positions("BTCUSDT")

    exchange.control("price", {"symbol": "BTCUSDT", "price": "49990.0"})

    assert (entry.status, entry.executed_quantity) == (ExchangeStatus.FILLED, D("0.010"))
    assert (stop.status, target.status) == (ConditionalStatus.NEW, ConditionalStatus.NEW)
    assert (position.side, position.quantity) == (Side.LONG, D("0.010"))
    assert client.fetch_positions("BTCUSDT") == []
    fired = client.fetch_conditional_order(STOP.client_order_id)
    assert fired.status is ConditionalStatus.FINISHED
    assert client.fetch_conditional_order(TARGET.client_order_id).status is ConditionalStatus.EXPIRED
    child = client.fetch_order("BTCUSDT", exchange_order_id=fired.child_order_id)
    assert child.client_order_id == STOP.client_order_id
    fills = client.fetch_trades("BTCUSDT", since=began)
    assert [fill.exchange_order_id for fill in fills] == [entry.exchange_order_id, child.exchange_order_id]
    booked = sum(fill.realized_pnl - fill.commission for fill in fills)
    income = client.fetch_income(began, client.exchange_now() + timedelta(seconds=1), "BTCUSDT")
    assert sum(entry.amount for entry in income) == booked
    assert client.fetch_balance().wallet_usdt == D("10000") + booked


def test_history_of_many_pages_comes_whole(
    client: BinanceTestnetClient, exchange: PracticeExchange, began: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        enter(client, replace(ENTRY, client_order_id=f"t1-abc123-1-e-{number}"))
        close = replace(ENTRY, purpose=Purpose.CLOSE, client_order_id=f"t1-abc123-1-c-{number}")
        client.place_market_order(close, client.exchange_now())
    for module in ("calls", "order_calls", "account_calls"):
        monkeypatch.setattr(f"exchange.{module}.ROWS_PER_PAGE", 3)
    until = client.exchange_now() + timedelta(seconds=1)

    fills = client.fetch_trades("BTCUSDT", since=began, until=until)
    income = client.fetch_income(began, until, "BTCUSDT")
    orders = client.fetch_orders_since("BTCUSDT", began)

    ledger = exchange.ledger()
    assert [fill.trade_id for fill in fills] == [trade["id"] for trade in ledger["trades"]]
    assert [order.exchange_order_id for order in orders] == [order["orderId"] for order in ledger["orders"]]
    assert len(income) == len([row for row in ledger["income"] if row["symbol"] == "BTCUSDT"]) >= 8
    for fill in fills:
        of_order = client.fetch_trades("BTCUSDT", exchange_order_id=fill.exchange_order_id, since=began)
        assert of_order == [other for other in fills if other.exchange_order_id == fill.exchange_order_id]


def test_the_exchange_keeps_the_committed_stamp(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    with pytest.raises(NotExecuted) as late:
        client.place_market_order(ENTRY, client.exchange_now() - timedelta(seconds=6))

    assert late.value.code == -1021
    assert exchange.ledger()["orders"] == []


def test_refusals_come_with_their_codes(client: BinanceTestnetClient) -> None:
    cases = [
        (STOP, -4509),  # nothing to protect yet
        (replace(INTERIM, trigger_price=D("70000")), -2021),  # would trigger at once
    ]
    for intent, code in cases:
        with pytest.raises(Rejected) as refused:
            client.place_conditional_order(intent, client.exchange_now())
        assert refused.value.code == code

    enter(client)
    client.place_conditional_order(STOP, client.exchange_now())
    with pytest.raises(Rejected) as second:
        client.place_conditional_order(replace(STOP, client_order_id="t1-abc123-1-s-2"), client.exchange_now())
    assert second.value.code == -4130


def test_wrong_keys_are_refused(exchange: PracticeExchange) -> None:
    for key, secret in (("practice", "wrong"), ("wrong", "practice")):
        unknown = BinanceTestnetClient(key, secret, exchange.url, exchange.stream_url)
        with pytest.raises(KeysRejected):
            unknown.fetch_balance()
        with pytest.raises(KeysRejected):
            unknown.place_market_order(ENTRY, unknown.exchange_now())
        unknown.close()


@pytest.mark.parametrize("kind", ["drop_after", "unknown_executed", "timeout_executed"])
def test_an_executed_order_without_an_answer_is_unknown_and_found_by_its_id(
    client: BinanceTestnetClient, exchange: PracticeExchange, kind: str
) -> None:
    fault(exchange, "POST /fapi/v1/order", kind)

    with pytest.raises(OutcomeUnknown):
        enter(client)

    assert client.fetch_order("BTCUSDT", client_order_id=ENTRY.client_order_id).status is ExchangeStatus.FILLED
    assert len(exchange.ledger()["orders"]) == 1


@pytest.mark.parametrize("kind", ["drop_before", "unknown_not_executed", "timeout_not_executed", "html_502"])
def test_an_order_that_was_never_executed_without_saying_so_is_unknown_too(
    client: BinanceTestnetClient, exchange: PracticeExchange, began: datetime, kind: str
) -> None:
    fault(exchange, "POST /fapi/v1/*", kind, times=2)

    with pytest.raises(OutcomeUnknown):
        enter(client)
    with pytest.raises(OutcomeUnknown):
        client.place_conditional_order(INTERIM, client.exchange_now())

    with pytest.raises(OrderNotFound):
        client.fetch_order("BTCUSDT", client_order_id=ENTRY.client_order_id)
    with pytest.raises(OrderNotFound):
        client.fetch_conditional_order(INTERIM.client_order_id)
    assert client.fetch_orders_since("BTCUSDT", began) == []
    assert client.fetch_conditional_orders_since("BTCUSDT", began) == []


@pytest.mark.parametrize("kind", ["throttled", "rate_limited", "banned"])
def test_an_order_turned_away_is_not_executed(
    client: BinanceTestnetClient, exchange: PracticeExchange, kind: str
) -> None:
    fault(exchange, "POST /fapi/v1/order", kind, seconds=1)

    with pytest.raises(NotExecuted):
        enter(client)

    assert exchange.ledger()["orders"] == []
    assert (client.usage().blocked_until is not None) == (kind != "throttled")


def test_a_read_turned_away_says_for_how_long(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    fault(exchange, "GET /fapi/v3/positionRisk", "rate_limited", seconds=7)

    with pytest.raises(Throttled) as throttled:
        client.fetch_positions()
    with pytest.raises(Throttled) as held_back:
        client.fetch_balance()

    assert throttled.value.retry_after == timedelta(seconds=7)
    assert held_back.value.retry_after <= timedelta(seconds=7)


def test_a_ban_says_until_when(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    fault(exchange, "GET /fapi/v3/balance", "banned", seconds=60)

    with pytest.raises(Banned) as banned:
        client.fetch_balance()

    assert banned.value.until > client.exchange_now() + timedelta(seconds=30)


def test_a_broken_read_is_never_an_empty_account(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    enter(client)
    for kind, times in (("html_502", 1), ("drop_before", 2), ("unknown_not_executed", 1)):
        fault(exchange, "GET /fapi/v3/positionRisk", kind, times=times)

        with pytest.raises(ExchangeUnreachable):
            client.fetch_positions()

    assert len(client.fetch_positions()) == 1


def test_a_clock_that_jumps_is_followed(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    exchange.control("clock", {"advance_seconds": 3600})

    enter_late = client.exchange_now()
    with pytest.raises(NotExecuted):
        client.place_market_order(ENTRY, enter_late)

    enter(client, replace(ENTRY, client_order_id="t1-abc123-1-e-2"))
    assert client.exchange_now() - enter_late > timedelta(minutes=59)
    assert len(client.fetch_positions()) == 1


def test_a_partial_fill_is_told_by_the_executed_quantity(
    client: BinanceTestnetClient, exchange: PracticeExchange
) -> None:
    fault(exchange, "POST /fapi/v1/order", "partial_fill", fraction="0.5")

    order = client.place_market_order(ENTRY, client.exchange_now())

    assert (order.status, order.executed_quantity) == (ExchangeStatus.EXPIRED, D("0.005"))


def test_a_moved_stop_never_leaves_the_position_unprotected(client: BinanceTestnetClient) -> None:
    enter(client)
    client.place_conditional_order(STOP, client.exchange_now())

    client.place_conditional_order(INTERIM, client.exchange_now())
    client.cancel_conditional_order(STOP.client_order_id)
    moved = replace(STOP, client_order_id="t1-abc123-1-s-2", trigger_price=D("51000"))
    client.place_conditional_order(moved, client.exchange_now())
    client.cancel_conditional_order(INTERIM.client_order_id)

    [resting] = client.fetch_open_conditional_orders("BTCUSDT")
    assert (resting.client_order_id, resting.close_position) == (moved.client_order_id, True)
    with pytest.raises(OrderNotFound):
        client.cancel_conditional_order(INTERIM.client_order_id)


def test_market_reads_agree_with_each_other(client: BinanceTestnetClient) -> None:
    rules = client.fetch_symbol_rules()["BTCUSDT"]
    book = client.fetch_book_ticker("BTCUSDT")
    brackets = client.fetch_leverage_brackets("BTCUSDT")

    assert rules.trading
    assert book.bid < book.ask
    assert book.bid % rules.tick_size == 0
    assert client.fetch_mark_price("BTCUSDT") == D("60000")
    assert brackets[0].notional_floor == 0
    assert 0 < client.fetch_commission_rates("BTCUSDT").taker < D("0.01")
    assert len(client.fetch_candles("BTCUSDT", "1m", 5)) == 5
    assert client.usage().weight_limit_1m == 6000


def test_the_user_stream_names_what_changed_and_survives_what_befalls_it(
    client: BinanceTestnetClient, exchange: PracticeExchange
) -> None:
    events: queue.Queue[UserEvent] = queue.Queue()
    gaps: queue.Queue[None] = queue.Queue()
    stream = UserStream(client, exchange.stream_url, events.put, lambda: gaps.put(None))
    stream.start()
    try:
        gaps.get(timeout=10)
        enter(client)
        seen = {events.get(timeout=10) for _ in range(4)}
        assert {UserEvent("BTCUSDT", ENTRY.client_order_id), UserEvent("BTCUSDT", None)} <= seen

        for befalls in ("ws_drop", "listen_key_expired"):
            fault(exchange, "WS /private*", befalls)
            gaps.get(timeout=10)

        exchange.kill()
        eventually(lambda: not stream.state().connected)
        exchange.start()
        gaps.get(timeout=10)
        client.place_conditional_order(STOP, client.exchange_now())
        while events.get(timeout=10).client_order_id != STOP.client_order_id:
            pass
    finally:
        stream.stop()


def test_the_mark_price_stream_follows_the_exchange(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    stream = MarkPriceStream(exchange.stream_url)
    stream.start()
    try:
        eventually(lambda: stream.mark_price("BTCUSDT") == D("60000"))
        exchange.control("price", {"symbol": "BTCUSDT", "mark": "61000"})

        eventually(lambda: stream.mark_price("BTCUSDT") == D("61000"))
        assert all(stream.mark_price(symbol) for symbol in client.fetch_symbol_rules())
    finally:
        stream.stop()
