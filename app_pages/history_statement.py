"""The statement of one closed trade, in a drawer on the right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from app_pages.history_sum import exact_words, sum_html
from app_pages.trade_draft import fields_of_terms, put
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.links import go_to
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
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
    from services_views import ClosedPosition, Statement, StatementFill, StatementIncome, StatementOrder

_INCOME_WORDS = {"FUNDING_FEE": "Funding", "INSURANCE_CLEAR": "Liquidation fee"}
_UNKNOWN = "not known"


def open_statement(position_id: int, zone: ZoneInfo) -> None:
    """Open the drawer for one closed trade; a trade that is gone opens nothing."""
    statement = services().statement(position_id)
    if statement is None:
        st.toast("This trade is not on the account in use any more.")
        return
    trade = statement.position
    title = f"{pair(trade.symbol)} {trade.side.value}, run {trade.sequence}"
    st.dialog(title, width="medium", position="right")(_draw_statement)(statement, zone)


def _draw_statement(statement: Statement, zone: ZoneInfo) -> None:
    trade = statement.position
    st.html(f"<p>{closed_sentence(trade.reason, trade.net_usdt)}.</p>")
    if not trade.result_final and trade.net_usdt is not None:
        st.caption(
            "The exchange's books are read once more ten minutes after closing; until then this may still change."
        )
    st.html(sum_html(statement))
    st.html(facts_html(_facts(trade, zone)))
    with st.container(horizontal=True):
        if st.button("Again like this one", icon=":material/replay:", key="statement_again"):
            put(fields_of_terms(trade.terms))
            go_to("new_trade")
        if st.button("What happened, step by step", icon=":material/notes:", type="tertiary", key="statement_activity"):
            st.session_state["activity_position"] = trade.id
            go_to("activity")
    if statement.fills:
        section_title("Fills", len(statement.fills))
        _draw_fills(statement.fills, zone)
    if statement.income:
        section_title("Funding and other bookings", len(statement.income))
        _draw_income(statement.income, zone)
    if statement.orders:
        section_title("Orders", len(statement.orders))
        _draw_orders(statement.orders, zone)


def _facts(trade: ClosedPosition, zone: ZoneInfo) -> tuple[Fact, ...]:
    base = trade.symbol.removesuffix("USDT")
    terms = trade.terms
    basis = "after fees" if terms.basis is Basis.NET else "before fees"
    return (
        Fact("Opened", _leg(trade.quantity, base, trade.entry_price, trade.opened_at, zone)),
        Fact("Closed", _leg(trade.quantity, base, trade.exit_price, trade.closed_at, zone)),
        Fact("Open for", _UNKNOWN if trade.opened_at is None else format_duration(trade.closed_at - trade.opened_at)),
        Fact("Of the stake", _of_stake(trade)),
        Fact("Asked for", f"{format_usdt(terms.amount_usdt)} USDT at {terms.leverage}×"),
        Fact("Target, stop", f"+{format_usdt(terms.tp_usdt)}, {format_usdt(-terms.sl_usdt)} USDT {basis}"),
    )


def _leg(quantity: Decimal, base: str, price: Decimal | None, at: datetime | None, zone: ZoneInfo) -> str:
    where = "" if price is None else f" at {format_quantity(_shortened(price))}"
    when = "" if at is None else f", {_moment(at, zone)}"
    return f"{format_quantity(quantity)} {base}{where}{when}"


def _shortened(price: Decimal) -> Decimal:
    """Return a number to twelve significant digits: an average has no end, a pair's own prices have fewer."""
    return price.normalize() if len(price.as_tuple().digits) <= 12 else Decimal(f"{price:.12g}").normalize()


def _of_stake(trade: ClosedPosition) -> str:
    stake = trade.terms.amount_usdt
    if trade.net_usdt is None or not stake:
        return _UNKNOWN
    return format_percent(trade.net_usdt / stake * 100, signed=True)


def _draw_fills(fills: Sequence[StatementFill], zone: ZoneInfo) -> None:
    frame = pd.DataFrame(
        {
            "Time": [_naive(fill.traded_at, zone) for fill in fills],
            "What": [_fill_words(fill) for fill in fills],
            "Quantity": [float(fill.quantity) for fill in fills],
            "Price": [float(fill.price) for fill in fills],
            "Fee": [float(-fill.commission) for fill in fills],
            "Gross": [float(fill.realized_pnl) for fill in fills],
            "Order": [fill.client_order_id or "" for fill in fills],
            "Trade": [str(fill.trade_id) for fill in fills],
        }
    )
    _draw_table(frame, "statement_fills", plain=("Quantity", "Price"), signed=("Fee", "Gross"))


def _draw_income(income: Sequence[StatementIncome], zone: ZoneInfo) -> None:
    frame = pd.DataFrame(
        {
            "Time": [_naive(share.occurred_at, zone) for share in income],
            "What": [_INCOME_WORDS.get(share.income_type, share.income_type) for share in income],
            "Amount, USDT": [float(share.amount) for share in income],
        }
    )
    _draw_table(frame, "statement_income", signed=("Amount, USDT",))


def _draw_orders(orders: Sequence[StatementOrder], zone: ZoneInfo) -> None:
    frame = pd.DataFrame(
        {
            "Time": [_naive(order.created_at, zone) for order in orders],
            "What": [purpose_words(order.purpose) for order in orders],
            "State": [order_state_words(order.state) for order in orders],
            "Trigger": [_float(order.trigger_price) for order in orders],
            "Filled at": [_float(order.average_price) for order in orders],
            "Filled": [float(order.executed_quantity) for order in orders],
            "Slippage": [_float(order.slippage_usdt) for order in orders],
            "The exchange said": [order.answer_text or "" for order in orders],
            "Order": [order.client_order_id for order in orders],
        }
    )
    _draw_table(frame, "statement_orders", plain=("Trigger", "Filled at", "Filled"), signed=("Slippage",))


def _draw_table(frame: pd.DataFrame, key: str, plain: Sequence[str] = (), signed: Sequence[str] = ()) -> None:
    """Draw numbers that stay numbers, with the words of every digit painted on: 0.00001234 is not 0."""
    for name in (*plain, *signed):
        frame[name] = frame[name].astype("float64")
    style = frame.style.format(_digits, subset=list(plain)).format(_signed_digits, subset=list(signed))
    st.dataframe(
        style,
        hide_index=True,
        column_config={
            "Time": st.column_config.DatetimeColumn(format="D MMM, HH:mm:ss"),
            **{name: st.column_config.NumberColumn(alignment="right") for name in (*plain, *signed)},
        },
        placeholder="–",
        key=key,
    )


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _digits(cell: object) -> str:
    if not isinstance(cell, float) or pd.isna(cell):
        return "–"
    return format_quantity(_shortened(Decimal(repr(float(cell)))))


def _signed_digits(cell: object) -> str:
    if not isinstance(cell, float) or pd.isna(cell):
        return "–"
    return exact_words(Decimal(repr(float(cell))))


def _fill_words(fill: StatementFill) -> str:
    what = "Opened" if fill.opening else "Closed"
    return what if fill.ours else f"{what} by somebody else"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b}, {local:%H:%M}"


def _naive(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
