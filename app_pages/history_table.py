"""The table of closed trades: numbers stay numbers, so they sort as numbers; words and signs are only painted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from app_pages.ui.theme import tokens
from domain.wording import format_duration, format_usdt, reason_words

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler
    from streamlit.elements.lib.column_types import ColumnConfig

    from services_views import ClosedPosition

MONEY = ("Result", "Gross", "Fees", "Funding")
NOT_KNOWN = "–"


def history_frame(rows: Sequence[ClosedPosition], zone: ZoneInfo) -> pd.DataFrame:
    """Return the table's values, one line per closed trade; times in the viewer's zone, money as floats to draw."""
    return pd.DataFrame(
        {
            "Closed": pd.Series(
                [row.closed_at.astimezone(zone).replace(tzinfo=None) for row in rows], dtype="datetime64[us]"
            ),
            "Pair": [f"{row.symbol.removesuffix('USDT') or row.symbol} {row.side.value}" for row in rows],
            "Result": [_figure(row.net_usdt) for row in rows],
            "Why": [reason_words(row.reason) for row in rows],
            "Gross": [_figure(row.gross_usdt) for row in rows],
            "Fees": [_figure(None if row.fees_usdt is None else -row.fees_usdt) for row in rows],
            "Funding": [_figure(row.funding_usdt) for row in rows],
            "Open for": [_seconds_open(row) for row in rows],
            "Run": [row.sequence for row in rows],
        }
    )


def history_style(frame: pd.DataFrame) -> Styler:
    """Return the table with signs, real minus and, for the result alone, colour."""
    return (
        frame.style.format(signed_words, subset=list(MONEY))
        .format(_duration, subset=["Open for"])
        .map(tone_style(), subset=["Result"])
    )


def tone_style() -> Callable[[object], str]:
    """Return what gives a result its colour in this viewer's theme, none to a zero."""
    colours = tokens()

    def style(value: object) -> str:
        if not isinstance(value, float) or pd.isna(value) or round(value, 2) == 0:
            return ""
        return f"color: {colours.up if value > 0 else colours.down}; font-weight: 600"

    return style


def table_columns() -> dict[str, ColumnConfig]:
    """Return how Streamlit shows the columns."""
    columns: dict[str, Any] = {
        name: st.column_config.NumberColumn(name, help=words, alignment="right")
        for name, words in (
            ("Result", "What landed in the wallet: gross, less fees, plus funding. USDT."),
            ("Gross", "Before fees and funding. USDT."),
            ("Fees", "Paid for opening and closing. USDT."),
            ("Funding", "Received (+) or paid (−) while it was open. USDT."),
        )
    }
    columns["Closed"] = st.column_config.DatetimeColumn("Closed", format="D MMM, HH:mm")
    columns["Open for"] = st.column_config.NumberColumn("Open for", alignment="left")
    columns["Run"] = st.column_config.NumberColumn(
        "Run", help="1 is the first time this trade was opened.", width="small"
    )
    return columns


def _figure(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _seconds_open(row: ClosedPosition) -> float | None:
    return None if row.opened_at is None else (row.closed_at - row.opened_at).total_seconds()


def signed_words(value: object) -> str:
    """Return money of a table's cell to 2 decimals with its sign, NOT_KNOWN for none."""
    if not isinstance(value, float) or pd.isna(value):
        return NOT_KNOWN
    return format_usdt(Decimal(repr(float(value))), signed=True)


def _duration(value: object) -> str:
    if not isinstance(value, float) or pd.isna(value):
        return NOT_KNOWN
    return format_duration(timedelta(seconds=float(value)))
