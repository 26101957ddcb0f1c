"""What somebody else did on a position of ours: recorded, given to whom it belongs, and said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import CloseReason, OrderState, Phase
from engine.reconciliation.external_fills import ExternalFills
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import ExternalFill, PositionReconciled
from engine.state.backoff import FILL_NAMED_WITHIN
from storage.bot_tables import JournalRow
from tests.engine.building import BATCH, D, OpenTrade, fill_at, held
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def reconcile(trade: OpenTrade, *fills: ExternalFill, quantity: str = "0.03") -> None:
    trade.state.exchange.take_in(BATCH + 1)
    positions = (held(quantity),) if D(quantity) else ()
    external = ExternalFills(OrderReconciler(trade.lifecycle))
    external.on_reconciled(PositionReconciled(trade.position.id, positions, fills))


def sentences(trade: OpenTrade) -> list[str]:
    return list(trade.session.scalars(select(JournalRow.text).where(JournalRow.event == "external_fill")))


def test_what_somebody_else_added_is_theirs(trade: OpenTrade) -> None:
    reconcile(trade, ExternalFill(fill_at(5, "100000", "0.02", exchange_order_id=77), "web_1"), quantity="0.05")

    assert (trade.position.external_quantity, trade.position.entry_quantity) == (D("0.02"), D("0.03"))
    assert sentences(trade) == ["0.02 was added to BTCUSDT LONG by somebody else."]


def test_what_closes_takes_the_external_part_first(trade: OpenTrade) -> None:
    reconcile(trade, ExternalFill(fill_at(5, "100000", "0.02", exchange_order_id=77), "web_1"), quantity="0.05")
    reconcile(
        trade, ExternalFill(fill_at(6, "100100", "0.03", opening=False, exchange_order_id=78), "web_2"), quantity="0.02"
    )

    assert trade.position.external_quantity + trade.rows.own_quantity(trade.position) == D("0.02")
    assert trade.position.phase is Phase.OPEN


def test_a_liquidation_is_the_exchanges_own_and_closes_the_trade(trade: OpenTrade) -> None:
    fill = fill_at(5, "95000", "0.03", opening=False, exchange_order_id=77)

    reconcile(trade, ExternalFill(fill, "autoclose-1"), quantity="0")

    assert (trade.position.phase, trade.position.close_reason) == (Phase.CLOSED, CloseReason.LIQUIDATION)
    assert sentences(trade) == ["0.03 of the bot's BTCUSDT LONG was closed by the exchange itself."]


def test_a_fill_that_is_recorded_already_is_not_recorded_again(trade: OpenTrade) -> None:
    reconcile(trade, ExternalFill(fill_at(1, "100000", "0.03"), trade.entry.client_order_id))

    assert (trade.position.external_quantity, trade.position.entry_quantity) == (D(0), D("0.03"))


def test_a_fill_of_an_order_of_ours_is_ours_before_the_order_can_be_read(trade: OpenTrade) -> None:
    fill = fill_at(5, "99700", "0.03", opening=False, exchange_order_id=9)

    reconcile(trade, ExternalFill(fill, trade.stop.client_order_id), quantity="0")

    assert trade.stop.state is OrderState.TRIGGERED
    assert trade.position.exit_quantity == D("0.03")
    assert sentences(trade) == []


def test_an_id_of_ours_on_an_older_fill_is_somebody_elses(trade: OpenTrade) -> None:
    old = replace(
        fill_at(5, "100000", "0.01", exchange_order_id=77), traded_at=trade.entry.sent_at - timedelta(seconds=30)
    )
    trade.position.created_at = old.traded_at - timedelta(seconds=1)

    reconcile(trade, ExternalFill(old, trade.entry.client_order_id), quantity="0.04")

    assert trade.position.external_quantity == D("0.01")


def test_a_fill_whose_order_cannot_be_read_is_waited_for(trade: OpenTrade) -> None:
    unnamed = ExternalFill(fill_at(5, "100000", "0.02", exchange_order_id=77), None)

    reconcile(trade, unnamed, quantity="0.05")
    at_first = trade.position.external_quantity
    trade.state.retries.unnamed_since[5] = NOW - FILL_NAMED_WITHIN
    reconcile(trade, unnamed, quantity="0.05")

    assert at_first == 0
    assert trade.position.external_quantity == D("0.02")
