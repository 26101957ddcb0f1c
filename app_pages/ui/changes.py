"""Rows of a live table, sent to the browser only as far as they changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

Row = dict[str, Any]


@dataclass(slots=True)
class _Sent:
    """What one viewer's table was sent so far: how often, and the rows as they are there now."""

    number: int = 0
    rows: dict[int, Row] = field(default_factory=dict)
    whole: bool = True


def changed_rows(table: str, rows: Sequence[Row]) -> dict[str, object]:
    """Return what a table's module needs to have these rows: all of them the first time, then what changed.

    Streamlit may drop a message when the next one is ready, so each is numbered and names the one it builds upon; a
    browser that missed that one asks for all rows again (send_whole).

    Args:
        table: which table of the viewer, e.g. "positions".
        rows: all rows in order, each with its own "id"; values are what JSON can carry.

    Returns:
        number: of this message, from 1 up. since: the number it builds upon, 0 for none. ids: all rows in order.
        rows: those that changed, each with its id and the values that are new.
    """
    sent: _Sent = st.session_state.setdefault(_key(table), _Sent())
    before = {} if sent.whole else sent.rows
    since = 0 if sent.whole else sent.number
    sent.number, sent.whole = sent.number + 1, False
    sent.rows = {row["id"]: row for row in rows}
    changes = [_changes(before.get(row["id"], {}), row) for row in rows]
    return {
        "number": sent.number,
        "since": since,
        "ids": list(sent.rows),
        "rows": [change for change in changes if len(change) > 1],
    }


def send_whole(table: str) -> None:
    """Send all rows the next time the table is drawn: the page is drawn anew, or the browser missed a message."""
    sent: _Sent | None = st.session_state.get(_key(table))
    if sent is not None:
        sent.whole = True


def _changes(before: Row, row: Row) -> Row:
    return {"id": row["id"], **_difference(before, row)}


def _difference(before: Row, after: Row) -> Row:
    """Return the values that are new, within values that are mappings themselves too."""
    return {
        name: _difference(before[name], value) if isinstance(value, dict) and name in before else value
        for name, value in after.items()
        if name not in before or before[name] != value
    }


def _key(table: str) -> str:
    return f"sent_rows:{table}"
