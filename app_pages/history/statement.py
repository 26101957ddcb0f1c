"""The statement of one closed trade, in a drawer on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.history.statement_chart import draw_statement_chart
from app_pages.history.sum import exact_words, sum_html
from app_pages.ui.address import TRADE, choose_elsewhere
from app_pages.ui.asking import say
from app_pages.ui.draft import put
from app_pages.ui.draft_fields import fields_of_terms
from app_pages.ui.figures import Fact, facts_html, section_title, tone_of
from app_pages.ui.links import go_to
from app_pages.ui.plain import plain
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from app_pages.ui.table import NOTHING, Cell, Column, Line, table_html
from domain.terms import Basis
from domain.wording import (
    closed_sentence,
    format_duration,
    format_percent,
    format_quantity,
    format_usdt,
    order_state_words,
    purpose_words,
)

if TYPE_CHECKING:
    from services.history.views import ClosedPosition, Statement, StatementFill, StatementIncome, StatementOrder

When = Callable[[datetime], str]
INCOME_WORDS = {"FUNDING_FEE": "Funding", "INSURANCE_CLEAR": "Liquidation fee"}
_UNKNOWN = "not known"


def open_statement(position_id: int, when: When, on_close: Callable[[], None]) -> None:
    """Open the drawer for one closed trade; a trade that is gone opens nothing.

    Args:
        position_id: of the trade.
        when: says a moment in words.
        on_close: called when the drawer is closed.
    """
    statement = services().history.statement(position_id)
    if statement is None:
        say("This trade is not on the account in use any more.")
        return
    trade = statement.position
    title = f"{plain(pair(trade.symbol))} {trade.side.value}, trade {trade.sequence} of its plan"
    st.dialog(title, width="medium", position="right", on_dismiss=on_close)(_draw_statement)(statement, when)


def _draw_statement(statement: Statement, when: When) -> None:
    trade = statement.position
    st.html(f"<p>{closed_sentence(trade.reason, trade.net_usdt)}.</p>")
    if not trade.result_final and trade.net_usdt is not None:
        st.caption(
            "The exchange's books are read once more ten minutes after closing; until then this may still change."
        )
    draw_statement_chart(statement)
    st.html(sum_html(statement))
    st.html(facts_html(_facts(trade, when)))
    with st.container(horizontal=True):
        if st.button("Again like this one", icon=":material/replay:", key="statement_again"):
            put(fields_of_terms(trade.terms))
            go_to("new_trade")
        if st.button("What happened, step by step", icon=":material/notes:", type="tertiary", key="statement_activity"):
            choose_elsewhere(TRADE, str(trade.id))
            go_to("activity")
    if statement.fills:
        section_title("Fills", len(statement.fills))
        st.html(fills_html(statement.fills, when))
    if statement.income:
        section_title("Funding and other bookings", len(statement.income))
        st.html(income_html(statement.income, when))
    if statement.orders:
        section_title("Orders", len(statement.orders))
        st.html(orders_html(statement.orders, when))


def _facts(trade: ClosedPosition, when: When) -> tuple[Fact, ...]:
    base = trade.symbol.removesuffix("USDT")
    terms = trade.terms
    basis = "after fees" if terms.basis is Basis.NET else "before fees"
    return (
        Fact("Opened", _leg(trade.quantity, base, trade.entry_price, trade.opened_at, when)),
        Fact("Closed", _leg(trade.quantity, base, trade.exit_price, trade.closed_at, when)),
        Fact("Open for", _UNKNOWN if trade.opened_at is None else format_duration(trade.closed_at - trade.opened_at)),
        Fact("Of the margin", _of_margin(trade)),
        Fact("Asked for", f"{format_usdt(terms.amount_usdt)} USDT at {terms.leverage}×"),
        Fact("Target, stop", f"+{format_usdt(terms.tp_usdt)}, {format_usdt(-terms.sl_usdt)} USDT {basis}"),
    )


def _leg(quantity: Decimal, base: str, price: Decimal | None, at: datetime | None, when: When) -> str:
    where = "" if price is None else f" at {format_quantity(_shortened(price))}"
    moment = "" if at is None else f", {when(at)}"
    return f"{format_quantity(quantity)} {base}{where}{moment}"


def _shortened(price: Decimal) -> Decimal:
    """Return a number to twelve significant digits: an average has no end, a pair's own prices have fewer."""
    return price.normalize() if len(price.as_tuple().digits) <= 12 else Decimal(f"{price:.12g}").normalize()


def _of_margin(trade: ClosedPosition) -> str:
    margin = trade.terms.amount_usdt
    if trade.net_usdt is None or not margin:
        return _UNKNOWN
    return format_percent(trade.net_usdt / margin * 100, signed=True)


def fills_html(fills: Sequence[StatementFill], when: When) -> str:
    """Return the fills and, where there are several, what they come to together."""
    columns = (
        Column("what", "What"),
        Column("quantity", "Quantity", True),
        Column("price", "Price", True),
        Column("fee", "Fee", True),
        Column("gross", "Gross", True),
    )
    lines = [
        Line(
            fill.trade_id,
            (
                Cell(_fill_words(fill), _note(fill.traded_at, when, f"trade {fill.trade_id}")),
                Cell(format_quantity(fill.quantity)),
                Cell(format_quantity(fill.price)),
                Cell(_fee_words(fill)),
                Cell(exact_words(fill.realized_pnl), tone=tone_of(fill.realized_pnl)),
            ),
        )
        for fill in fills
    ]
    fees = sum((fill.fee_usdt for fill in fills if fill.fee_usdt is not None), Decimal(0))
    gross = sum((fill.realized_pnl for fill in fills), Decimal(0))
    total = (Cell("Together"), Cell(""), Cell(""), Cell(exact_words(-fees)), Cell(exact_words(gross)))
    return table_html("Fills", columns, lines, Line(0, total) if len(fills) > 1 else None)


def income_html(income: Sequence[StatementIncome], when: When) -> str:
    """Return what was booked while it was open and, where there are several, what it comes to together."""
    columns = (Column("what", "What"), Column("amount", "Amount, USDT", True))
    lines = [
        Line(
            number,
            (
                Cell(INCOME_WORDS.get(share.income_type, share.income_type), _note(share.occurred_at, when)),
                Cell(exact_words(share.amount), tone=tone_of(share.amount)),
            ),
        )
        for number, share in enumerate(income)
    ]
    together = exact_words(sum((share.amount for share in income), Decimal(0)))
    total = Line(0, (Cell("Together"), Cell(together)))
    return table_html("Funding and other bookings", columns, lines, total if len(income) > 1 else None)


def orders_html(orders: Sequence[StatementOrder], when: When) -> str:
    """Return the orders with what the exchange said of each and, for a triggered one, its slippage."""
    columns = (
        Column("what", "What"),
        Column("state", "State"),
        Column("trigger", "Trigger", True),
        Column("filled-at", "Filled at", True),
        Column("filled", "Filled", True),
        Column("slippage", "Slippage", True),
    )
    lines = [
        Line(
            number,
            (
                Cell(purpose_words(order.purpose), _note(order.created_at, when, order.client_order_id)),
                Cell(order_state_words(order.state), _answer_words(order.answer_text)),
                Cell(_number(order.trigger_price)),
                Cell(_number(order.average_price)),
                Cell(_number(order.executed_quantity or None)),
                Cell(NOTHING if order.slippage_usdt is None else exact_words(order.slippage_usdt)),
            ),
        )
        for number, order in enumerate(orders)
    ]
    return table_html("Orders", columns, lines)


def _note(at: datetime, when: When, name: str = "") -> str:
    moment = f"{when(at)}:{at:%S}"
    return f"{moment}\n{name}" if name else moment


def _answer_words(answer: str | None) -> str:
    """Return what the exchange said, unless it only took the order."""
    return "" if answer is None or answer == "accepted" else answer


def _fee_words(fill: StatementFill) -> str:
    if fill.commission_asset == "USDT":
        return exact_words(-fill.commission)
    worth = "" if fill.fee_usdt is None else f" ({exact_words(-fill.fee_usdt)} USDT)"
    return f"{exact_words(-fill.commission)} {fill.commission_asset}{worth}"


def _number(number: Decimal | None) -> str:
    return NOTHING if number is None else format_quantity(_shortened(number))


def _fill_words(fill: StatementFill) -> str:
    what = "Opened" if fill.opening else "Closed"
    return what if fill.ours else f"{what} by somebody else"
