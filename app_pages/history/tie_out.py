"""Does it add up: each day of the exchange in three readings, what differs between them, and a day's rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.history.statement import INCOME_WORDS
from app_pages.history.sum import exact_words
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import tone_of
from app_pages.ui.live import live_part
from app_pages.ui.pager import draw_offset_pager
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from app_pages.ui.table import NOTHING, Cell, Column, Line, table_html
from domain.pricing.tie_out import Agreement, DayBooks, books_agreement, wallet_agreement
from domain.wording import counted, format_duration
from services.errors import NotReadable

if TYPE_CHECKING:
    from services.history.views import IncomeEntry

DAYS_AT_ONCE = 14
ROWS_AT_ONCE = 100
FINDINGS_AT_MOST = 10
_OFFSET = "tie_out_offset"
_ROWS_OFFSET = "tie_out_rows_offset"
_COLUMNS = (
    Column("day", "Day (UTC)"),
    Column("trades", "Bot's trades", True, "Fills, fees and funding of the bot's own trades on this day."),
    Column("external", "Everything else", True, "Other trades on the account, transfers, bonuses."),
    Column("income", "Exchange's books", True, "The sum of the exchange's own income history."),
    Column("wallet", "Wallet changed", True, "Between two readings of the wallet around this day."),
    Column("adds", "Adds up", True),
)
_ROW_COLUMNS = (
    Column("at", "Time (UTC)"),
    Column("what", "What"),
    Column("whose", "Whose"),
    Column("amount", "Amount", True),
)
_INCOME_WORDS = INCOME_WORDS | {
    "REALIZED_PNL": "Result of a fill",
    "COMMISSION": "Fee",
    "SPECIAL_FUNDING_FEE": "Special funding",
    "TRANSFER": "Transfer",
    "WELCOME_BONUS": "Welcome bonus",
}


def draw_tie_out() -> None:
    """Draw the section; its days are read when somebody opens it."""
    section = st.expander("Does it add up?", icon=":material/balance:", key="tie_out", on_change="rerun")
    if section.open:
        with section:
            _draw_days()


@live_part()
def _draw_days() -> None:
    now = services().dashboard.snapshot().taken_at
    today = now.astimezone(UTC).date()
    try:
        first = services().history.first_day() or today
        offset = int(st.session_state.get(_OFFSET, 0))
        number = max(1, min(DAYS_AT_ONCE, (today - first).days + 1 - offset))
        days = services().history.days(today - timedelta(days=offset), number)
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    st.caption(
        "Three readings that have to be the same money: what the bot's trades and everything else on the account made, "
        "what the exchange booked, and how the wallet changed. USDT; days begin at midnight UTC, as the exchange's do. "
        "Any day's rows can be looked at below."
    )
    for sentence in findings(days, now)[:FINDINGS_AT_MOST]:
        st.html(notice_html("warning", "It does not add up", sentence))
    with st.container(key="tie_out_days"):
        st.html(table_html("Days of the exchange", _COLUMNS, [day_line(books, now) for books in days]))
    draw_offset_pager(_OFFSET, len(days), DAYS_AT_ONCE, (today - first).days + 1)
    chosen = st.selectbox(
        "Rows of a day",
        [books.day for books in days],
        index=None,
        format_func=_day_words,
        placeholder="Choose a day",
        key="tie_out_day",
        on_change=_begin_rows,
        width=260,
    )
    if chosen is not None:
        _draw_rows(chosen)


def findings(days: Sequence[DayBooks], now: datetime) -> list[str]:
    """Return in words what differs, with how long it has done so; nothing where all adds up or is being read."""
    sentences = []
    for books in days:
        if books_agreement(books, now) is Agreement.DIFFERENT:
            for trade in books.unmatched:
                sentences.append(
                    f"{pair(trade.symbol)}, fill {trade.trade_id} of {_day_words(books.day)}: the fill says "
                    f"{exact_words(trade.fills_usdt)} USDT, the exchange's books {exact_words(trade.recorded_usdt)}. "
                    f"Open for {format_duration(now - trade.traded_at)}."
                )
            if not books.unmatched:
                sentences.append(
                    f"{_day_words(books.day)}: the trades say {exact_words(books.difference_usdt)} USDT more than the "
                    "exchange's books, a booking may have fallen on the other side of midnight."
                )
        if books.wallet is not None and wallet_agreement(books.wallet, now) is Agreement.DIFFERENT:
            span = books.wallet
            sentences.append(
                f"{_day_words(books.day)}: the wallet changed by {exact_words(span.change_usdt)} USDT between "
                f"{span.since:%H:%M:%S} and {span.until:%H:%M:%S} UTC, the exchange's books say "
                f"{exact_words(span.recorded_usdt)}. Open for {format_duration(now - span.until)}."
            )
    return sentences


def day_line(books: DayBooks, now: datetime) -> Line:
    """Return one line of the table."""
    others = ", ".join(f"{exact_words(amount)} {asset}" for asset, amount in sorted(books.other_assets.items()))
    wallet = books.wallet
    return Line(
        books.day.toordinal(),
        (
            Cell(_day_words(books.day)),
            _amount_cell(books.trades_usdt),
            _amount_cell(books.external_usdt),
            _amount_cell(books.income_usdt, others),
            Cell(NOTHING) if wallet is None else _amount_cell(wallet.change_usdt, _span_words(books)),
            _agreement_cell(books, now),
        ),
    )


def _agreement_cell(books: DayBooks, now: datetime) -> Cell:
    of_books, of_wallet = books_agreement(books, now), wallet_agreement(books.wallet, now)
    if Agreement.DIFFERENT in (of_books, of_wallet):
        differs = books.difference_usdt
        if of_books is not Agreement.DIFFERENT and books.wallet is not None:
            differs = books.wallet.difference_usdt
        return Cell("differs", exact_words(differs), "warning")
    if Agreement.BEING_READ in (of_books, of_wallet):
        return Cell("being read", "the exchange books a little later", "quiet")
    if of_wallet is Agreement.UNKNOWN:
        return Cell("yes", "no reading of the wallet", "quiet" if books.is_quiet else "up")
    return Cell("yes", "to the last digit", "quiet" if books.is_quiet else "up")


def _span_words(books: DayBooks) -> str:
    """Return the span of the readings where it is not the day itself."""
    span = books.wallet
    if span is None or (span.until - span.since) >= timedelta(hours=23, minutes=50):
        return ""
    return f"{span.since:%H:%M} to {span.until:%H:%M}"


def _draw_rows(day: date) -> None:
    offset = int(st.session_state.get(_ROWS_OFFSET, 0))
    try:
        rows, number = services().history.income_entries(day, offset, ROWS_AT_ONCE)
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    if not rows:
        st.html(f"<p>The exchange booked nothing on {_day_words(day)}.</p>")
        return
    st.caption(f"{_day_words(day)}: {counted(number, 'row')} of the exchange's income history.")
    st.html(table_html("Rows of the income history", _ROW_COLUMNS, [_row_line(row) for row in rows]))
    draw_offset_pager(_ROWS_OFFSET, len(rows), ROWS_AT_ONCE, number)


def _row_line(row: IncomeEntry) -> Line:
    whose = ", ".join(f"trade {number}" for number in row.position_ids) or "not the bot's"
    what = _INCOME_WORDS.get(row.income_type, row.income_type.replace("_", " ").capitalize())
    unit = "" if row.asset == "USDT" else f" {row.asset}"
    return Line(
        0,
        (
            Cell(f"{row.occurred_at.astimezone(UTC):%H:%M:%S}"),
            Cell(what, pair(row.symbol) if row.symbol else ""),
            Cell(whose),
            Cell(f"{exact_words(row.amount)}{unit}", tone=tone_of(row.amount)),
        ),
    )


def _amount_cell(amount: Decimal, note: str = "") -> Cell:
    return Cell(exact_words(amount) if amount else "0", note, tone_of(amount))


def _day_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _begin_rows() -> None:
    st.session_state[_ROWS_OFFSET] = 0
