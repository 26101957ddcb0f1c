"""Full checks: what the exchange shows against what the rows say."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import ConditionalOrder, ConditionalStatus, UnreadRow
from domain.journal.texts import MISSING_NOTE
from domain.terms import OrderSide, OrderState, Phase, Purpose, Side
from engine.reconciliation.account import AccountReconciler
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import AccountRead, SymbolRead
from engine.state.backoff import MISSING_AFTER
from storage.bot_tables import JournalRow
from tests.engine.building import BATCH, STOP_PRICE, D, OpenTrade, add_order, held
from tests.services.building import NOW, add_position


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    trade = OpenTrade(session_factory())
    trade.state.exchange.take_in(BATCH + 1)
    return trade


def account(trade: OpenTrade) -> AccountReconciler:
    return AccountReconciler(OrderReconciler(trade.lifecycle))


def resting_stop(trade: OpenTrade) -> ConditionalOrder:
    return ConditionalOrder(
        symbol="BTCUSDT",
        algo_id=5,
        client_order_id=trade.stop.client_order_id,
        order_side=OrderSide.SELL,
        position_side=Side.LONG,
        order_type="STOP_MARKET",
        status=ConditionalStatus.NEW,
        trigger_price=STOP_PRICE,
        quantity=D(0),
        close_position=True,
        child_order_id=None,
        created_at=trade.stop.sent_at,
        triggered_at=None,
    )


def test_a_stop_that_is_not_listed_is_queried_by_name(trade: OpenTrade) -> None:
    account(trade).on_account(AccountRead((held("0.03"),), ()))

    assert (trade.stop.state, trade.stop.not_before) == (OrderState.WORKING, NOW)
    assert trade.state.exchange.last_full_check_at == NOW


@pytest.mark.parametrize(("fired", "state"), [(False, OrderState.WORKING), (True, OrderState.REJECTED)])
def test_a_refused_stop_that_is_listed_was_delivered_twice_unless_it_had_fired(
    trade: OpenTrade, fired: bool, state: OrderState
) -> None:
    trade.stop.state, trade.stop.answer_code = OrderState.REJECTED, -4015
    trade.stop.triggered_at = NOW if fired else None

    account(trade).on_account(AccountRead((held("0.03"),), (resting_stop(trade),)))

    assert trade.stop.state is state


def test_an_unknown_stop_that_is_listed_rests(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.UNKNOWN

    account(trade).on_symbol(SymbolRead("BTCUSDT", (held("0.03"),), (resting_stop(trade),)))

    assert trade.stop.state is OrderState.WORKING
    assert trade.state.exchange.resting == (resting_stop(trade),)


def test_an_absent_order_that_rests_after_all_comes_back(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.ABSENT

    account(trade).on_account(AccountRead((held("0.03"),), (resting_stop(trade),)))

    assert trade.stop.state is OrderState.WORKING


def test_an_absent_entry_is_queried_again_when_something_is_held_that_no_trade_explains(trade: OpenTrade) -> None:
    lost = add_position(
        trade.session, trade.rows.plan_of(trade.position), sequence=2, phase=Phase.FAILED, entry_quantity=D(0)
    )
    entry = add_order(trade.session, lost, Purpose.ENTRY, OrderState.ABSENT, final_at=NOW - timedelta(minutes=5))

    account(trade).on_account(AccountRead((held("0.05"),), ()))

    assert entry.client_order_id in trade.state.inbox.named_orders
    assert lost.id in trade.rows.positions


def test_a_trade_of_which_nothing_is_shown_for_a_minute_is_missing_until_it_is_back(trade: OpenTrade) -> None:
    account(trade).on_account(AccountRead((), ()))
    account(trade).watch_for_missing()
    at_first = trade.position.phase_note
    trade.state.retries.missing_at_exchange_since[trade.position.id] = NOW - MISSING_AFTER
    account(trade).watch_for_missing()
    after_a_minute = trade.position.phase_note
    account(trade).on_account(AccountRead((held("0.03"),), ()))
    account(trade).watch_for_missing()

    assert (at_first, after_a_minute) == (None, MISSING_NOTE)
    assert trade.position.phase_note is None
    assert list(trade.session.scalars(select(JournalRow.event).where(JournalRow.event == "missing"))) == ["missing"]


@pytest.mark.parametrize("phase", [Phase.ENTERING, Phase.CLOSING])
def test_a_trade_with_an_order_under_way_can_be_missing_too(trade: OpenTrade, phase: Phase) -> None:
    trade.position.phase = phase
    account(trade).on_account(AccountRead((), ()))

    account(trade).watch_for_missing()

    assert trade.state.retries.missing_at_exchange_since == {trade.position.id: NOW}


@pytest.mark.parametrize("symbol", ["BTCUSDT", None])
def test_a_position_that_cannot_be_read_is_not_missing(trade: OpenTrade, symbol: str | None) -> None:
    reconciler = account(trade)

    reconciler.on_account(AccountRead((), (resting_stop(trade),), (UnreadRow("positions", 1, "odd", symbol),)))
    reconciler.watch_for_missing()

    assert trade.state.retries.missing_at_exchange_since == {}
    assert trade.position.phase is Phase.OPEN


def test_a_stop_that_is_listed_rests_by_whatever_word(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.UNKNOWN

    account(trade).on_account(
        AccountRead((held("0.03"),), (replace(resting_stop(trade), status=ConditionalStatus.UNKNOWN),))
    )

    assert trade.stop.state is OrderState.WORKING
