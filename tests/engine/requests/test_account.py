"""Reads of the account."""

import time
from datetime import timedelta

import pytest

from binance_client import BinanceTestnetClient
from domain.terms import OrderIntent, Purpose, Side
from engine.requests.account import ReadAccount, ReadBalance, ReadIncome, ReadSymbol, ReconcilePosition
from engine.requests.orders import SendOrder
from engine.requests.reports import (
    AccountRead,
    BalanceRead,
    IncomeRead,
    OrderAck,
    PositionReconciled,
    SymbolRead,
    TaskFailed,
)
from tests.domain.trades import D
from tests.support.practice import PracticeExchange

pytestmark = pytest.mark.slow

ENTRY = OrderIntent("t1-abc123-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
STOP = OrderIntent("t1-abc123-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, D(50_000), close_position=True)


@pytest.fixture
def opened(client: BinanceTestnetClient) -> OrderAck:
    for intent in (ENTRY, STOP):
        answer = SendOrder(1, intent, client.exchange_now(), time.monotonic()).run(client)
        assert isinstance(answer, OrderAck)
        if intent is ENTRY:
            entry = answer
    return entry


def test_a_full_check_reads_every_position_and_every_stop(client: BinanceTestnetClient, opened: OrderAck) -> None:
    report = ReadAccount().run(client)

    assert isinstance(report, AccountRead)
    assert [position.quantity for position in report.positions] == [D("0.010")]
    assert [order.client_order_id for order in report.resting] == [STOP.client_order_id]


def test_a_symbol_is_read_with_its_stops_only_where_they_are_asked_for(
    client: BinanceTestnetClient, opened: OrderAck
) -> None:
    alone, both = (ReadSymbol("BTCUSDT", with_resting=wanted).run(client) for wanted in (False, True))

    assert isinstance(alone, SymbolRead)
    assert isinstance(both, SymbolRead)
    assert alone.resting is None
    assert both.resting is not None
    assert len(both.resting) == 1


def test_of_the_fills_at_a_key_those_that_are_not_known_are_named(
    client: BinanceTestnetClient, opened: OrderAck
) -> None:
    since = client.exchange_now() - timedelta(minutes=1)
    nothing_known = ReconcilePosition(1, "BTCUSDT", Side.LONG, since, frozenset(), frozenset()).run(client)
    assert opened.order is not None
    known = frozenset({opened.order.exchange_order_id})
    all_known = ReconcilePosition(1, "BTCUSDT", Side.LONG, since, known, frozenset()).run(client)

    assert isinstance(nothing_known, PositionReconciled)
    assert {fill.client_order_id for fill in nothing_known.external_fills} == {ENTRY.client_order_id}
    assert isinstance(all_known, PositionReconciled)
    assert all_known.external_fills == ()


def test_income_and_balance_tell_of_the_account(client: BinanceTestnetClient, opened: OrderAck) -> None:
    now = client.exchange_now()

    income = ReadIncome(now - timedelta(minutes=1), now + timedelta(seconds=1)).run(client)
    balance = ReadBalance().run(client)

    assert isinstance(income, IncomeRead)
    assert "COMMISSION" in {entry.income_type for entry in income.entries}
    assert isinstance(balance, BalanceRead)
    assert balance.balance.wallet_usdt > 0


def test_a_read_without_an_answer_is_told_as_such(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    with exchange.silent():
        assert isinstance(ReadAccount().run(client), TaskFailed)
        assert isinstance(ReadBalance().run(client), TaskFailed)
