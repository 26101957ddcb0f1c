"""What the closed trades add up to: six figures on top, the rest of them, and the shares of each pair and side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app_pages.history_table import NOT_KNOWN, signed_words, tone_style
from app_pages.ui.figures import Fact, Figure, facts_html, section_title, tone_of
from app_pages.ui.position_values import pair
from domain.wording import format_duration, format_percent, format_usdt

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

    from services_views import HistoryPage, HistoryShare, HistoryTotals

SHARE_ROWS_IN_SIGHT = 6
_ROW_HEIGHT = 35


def six_figures(totals: HistoryTotals) -> tuple[Figure, ...]:
    """Return the figures of the strip."""
    noun = "trade" if totals.trades == 1 else "trades"
    averages = ", ".join(
        f"{word} {format_usdt(amount, signed=True)}"
        for word, amount in (("won", totals.average_win), ("lost", totals.average_loss))
        if amount is not None
    )
    factor, rate = totals.profit_factor, totals.win_rate_percent
    return (
        Figure(
            "Result after fees",
            format_usdt(totals.net_usdt, signed=True),
            f"USDT in {totals.trades} {noun}",
            tone_of(totals.net_usdt),
        ),
        Figure(
            "Won",
            NOT_KNOWN if rate is None else format_percent(rate, decimals=0),
            f"{totals.won} won, {totals.lost} lost",
        ),
        Figure(
            "Won per 1 lost",
            NOT_KNOWN if factor is None else format_usdt(factor),
            "nothing lost yet" if factor is None else "profit factor",
        ),
        Figure("Average trade", _signed(totals.average_net), averages or "no result yet"),
        Figure("Longest losing run", str(totals.longest_losing_run), "losses one after another"),
        Figure("Deepest fall", format_usdt(-totals.deepest_fall), "USDT from the best moment"),
    )


def draw_more_figures(history: HistoryPage) -> None:
    """Draw the other figures beside the table of pairs or sides."""
    left, right = st.columns([0.32, 0.68])
    with left, st.container(border=True, height="stretch"):
        section_title("More figures")
        st.html(facts_html(_more_facts(history.totals)))
    with right, st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            section_title("Where it comes from")
            st.space("stretch")
            chosen = st.segmented_control(
                "Split by",
                ("By pair", "By direction"),
                default="By pair",
                required=True,
                key="history_split",
                label_visibility="collapsed",
            )
        shares = history.sides if chosen == "By direction" else history.pairs
        _draw_shares(shares, "Direction" if chosen == "By direction" else "Pair")


def shares_frame(shares: Sequence[HistoryShare], what: str) -> pd.DataFrame:
    """Return the table's values; money as floats to draw, numbers that sort as numbers."""
    return pd.DataFrame(
        {
            what: [pair(share.name) if what == "Pair" else share.name.capitalize() for share in shares],
            "Trades": [share.trades for share in shares],
            "Result": [float(share.net_usdt) for share in shares],
            "Won, %": [
                float(Decimal(share.won) * 100 / (share.won + share.lost)) if share.won + share.lost else None
                for share in shares
            ],
            "Average": [float(share.average_net) for share in shares],
            "Won per 1 lost": [None if share.profit_factor is None else float(share.profit_factor) for share in shares],
            "Fees": [-float(share.fees_usdt) for share in shares],
            "Open for": [share.average_seconds_open for share in shares],
        }
    ).astype({"Won, %": "float64", "Won per 1 lost": "float64", "Open for": "float64"})


def _draw_shares(shares: Sequence[HistoryShare], what: str) -> None:
    if not shares:
        st.caption("No trade of this selection has a known result yet.")
        return
    columns: dict[str, Any] = {
        "Result": st.column_config.NumberColumn(help="After fees and funding. USDT.", alignment="right"),
        "Average": st.column_config.NumberColumn(help="What one trade brought after fees. USDT.", alignment="right"),
        "Fees": st.column_config.NumberColumn(help="Paid for opening and closing. USDT.", alignment="right"),
        "Won per 1 lost": st.column_config.NumberColumn(help="All wins divided by all losses.", alignment="right"),
        "Open for": st.column_config.NumberColumn(help="On average.", alignment="left"),
    }
    st.dataframe(
        _shares_style(shares_frame(shares, what)),
        key=f"history_shares_{what}",
        hide_index=True,
        column_config=columns,
        row_height=_ROW_HEIGHT,
        height=_ROW_HEIGHT * (min(len(shares), SHARE_ROWS_IN_SIGHT) + 1) + 2,
        placeholder=NOT_KNOWN,
        alt=f"Results by {what.lower()}, best first.",
    )


def _shares_style(frame: pd.DataFrame) -> Styler:
    return (
        frame.style.format(signed_words, subset=["Result", "Average", "Fees"])
        .format(_plain_words, subset=["Won per 1 lost"])
        .format(_percent_words, subset=["Won, %"])
        .format(_duration_words, subset=["Open for"])
        .map(tone_style(), subset=["Result"])
    )


def _more_facts(totals: HistoryTotals) -> tuple[Fact, ...]:
    seconds = totals.average_seconds_open
    open_for = NOT_KNOWN if seconds is None else format_duration(timedelta(seconds=seconds))
    return (
        Fact("Average win", _signed(totals.average_win)),
        Fact("Average loss", _signed(totals.average_loss)),
        Fact("Best, worst", f"{_signed(totals.best_net)}, {_signed(totals.worst_net)}"),
        Fact("Longest run", f"{totals.longest_winning_run} won, {totals.longest_losing_run} lost"),
        Fact("Open for", f"{open_for} on average"),
        Fact("Gross", _signed(totals.gross_usdt)),
        Fact("Fees", _signed(-totals.fees_usdt)),
        Fact("Funding", _signed(totals.funding_usdt)),
    )


def _signed(amount: Decimal | None) -> str:
    return NOT_KNOWN if amount is None else format_usdt(amount, signed=True)


def _plain_words(value: object) -> str:
    return format_usdt(Decimal(repr(float(value)))) if isinstance(value, float) and not pd.isna(value) else NOT_KNOWN


def _percent_words(value: object) -> str:
    if not isinstance(value, float) or pd.isna(value):
        return NOT_KNOWN
    return format_percent(Decimal(repr(float(value))), decimals=0)


def _duration_words(value: object) -> str:
    if not isinstance(value, float) or pd.isna(value):
        return NOT_KNOWN
    return format_duration(timedelta(seconds=float(value)))
