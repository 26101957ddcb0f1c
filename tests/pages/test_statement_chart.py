"""A closed trade on its candles: where it was entered and left, and where stop and target were moved."""

from dataclasses import replace
from datetime import timedelta

from app_pages.history.statement_chart import statement_lines, statement_marks
from app_pages.ui.candles import interval_reaching
from domain.terms import OrderState, Purpose, Side
from services.history.views import Statement, StatementFill, StatementOrder
from tests.domain.trades import NOON, D
from tests.pages.test_news import CLOSED

STOP = StatementOrder(
    purpose=Purpose.STOP,
    attempt=1,
    state=OrderState.CANCELLED,
    quantity=None,
    trigger_price=D("83800"),
    executed_quantity=D(0),
    client_order_id="t1-abc123-1-s-1",
    answer_text=None,
    created_at=NOON,
)
ENTRY = StatementFill(
    traded_at=NOON,
    opening=True,
    ours=True,
    price=D(84000),
    quantity=D("0.03"),
    commission=D("1.26"),
    realized_pnl=D(0),
    trade_id=1,
)
EXIT = replace(ENTRY, traded_at=NOON + timedelta(hours=1), opening=False, trade_id=2)


def statement(side: Side = Side.LONG) -> Statement:
    moved = replace(STOP, attempt=2, trigger_price=D(84100), client_order_id="t1-abc123-1-s-2")
    target = replace(STOP, purpose=Purpose.TARGET, trigger_price=D(84500))
    return Statement(replace(CLOSED, side=side), (STOP, target, moved), (ENTRY, EXIT), ())


def test_each_price_of_the_stop_is_a_line_and_the_last_one_is_solid() -> None:
    lines = [(line.title, line.price, line.style) for line in statement_lines(statement())]

    assert lines == [
        ("Entry", D(84000), "dotted"),
        ("Stop before", D(83800), "dashed"),
        ("Stop", D(84100), "solid"),
        ("Target", D(84500), "solid"),
    ]


def test_a_short_trade_sells_to_begin_with() -> None:
    assert [(mark.text, mark.up) for mark in statement_marks(statement())] == [("In", True), ("Out", False)]
    assert [(mark.text, mark.up) for mark in statement_marks(statement(Side.SHORT))] == [("In", False), ("Out", True)]


def test_candles_are_as_short_as_reach_back_to_the_entry() -> None:
    assert interval_reaching(timedelta(hours=1)) == "1m"
    assert interval_reaching(timedelta(days=1)) == "15m"
    assert interval_reaching(timedelta(days=3000)) is None
