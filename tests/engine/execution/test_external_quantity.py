"""What somebody else added to a trade: closing that part, or leaving it alone."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import CloseReason, OrderState
from engine.execution.external_quantity import ExternalQuantity
from engine.execution.order_writer import OrderWriter
from engine.requests.orders import SendOrder
from engine.state.row_mapping import key_of
from tests.engine.building import BATCH, D, OpenTrade, held


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    trade = OpenTrade(session_factory())
    trade.position.external_quantity = D("0.01")
    trade.state.exchange.take_in(BATCH + 1)
    trade.state.exchange.read_positions([held("0.04")], None)
    return trade


def external(trade: OpenTrade) -> ExternalQuantity:
    return ExternalQuantity(OrderWriter(trade.lifecycle, "abcdef"))


def test_the_position_is_read_once_more_before_the_part_is_closed(trade: OpenTrade) -> None:
    first = external(trade).close_it(trade.position, "close-1")

    assert first == (None, None)
    assert trade.state.exchange.recorded_batch[key_of(trade.position)] == trade.state.exchange.batch
    assert trade.state.inbox.named_symbols == {"BTCUSDT"}


def test_only_that_part_is_closed_and_only_once(trade: OpenTrade) -> None:
    external(trade).close_it(trade.position, "close-1")

    words, task = external(trade).close_it(trade.position, "close-1")
    again, no_task = external(trade).close_it(trade.position, "close-2")

    assert isinstance(task, SendOrder)
    row = trade.rows.orders[task.order_id]
    assert (row.quantity, row.close_reason, row.state) == (D("0.01"), CloseReason.EXTERNAL, OrderState.UNKNOWN)
    assert row.for_external_part
    assert words is not None
    assert words.startswith("Closing the 0.01 that somebody else added to BTCUSDT LONG")
    assert (again, no_task) == ("What was added to BTCUSDT LONG is being closed already.", None)


def test_what_has_changed_meanwhile_is_waited_for(trade: OpenTrade) -> None:
    external(trade).close_it(trade.position, "close-1")
    trade.state.exchange.take_in(BATCH + 2)
    trade.state.exchange.read_positions([held("0.03")], None)

    assert external(trade).close_it(trade.position, "close-1") == (None, None)


def test_what_is_left_alone_is_not_under_our_stop(trade: OpenTrade) -> None:
    words = external(trade).leave_it(trade.position)

    assert trade.position.own_part_only
    assert words == (
        "BTCUSDT LONG: stop and target take only the bot's own 0.03 from now on; the other 0.01 is left alone."
    )


def test_what_is_not_there_any_more_is_neither_closed_nor_left(trade: OpenTrade) -> None:
    trade.position.external_quantity = D(0)

    assert external(trade).close_it(trade.position, "close-1")[1] is None
    assert "Nothing is there any more" in external(trade).leave_it(trade.position)
    assert not trade.position.own_part_only
