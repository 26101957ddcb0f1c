"""Tables of words and figures: right-aligned figures under right-aligned headings, cards on a phone.

A cell is ready to read, so every digit of it is exact; what a table is sorted by is asked of the page, which asks the
database for that order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app_pages.ui.live import component, heard

NOTHING = "–"  # there is no such figure


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key names it for sorting and for the stylesheet; number sets it to the right."""

    key: str
    title: str
    number: bool = False
    help: str = ""
    sorts: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table; note is quiet, below; tone is up, down, warning, quiet or plain."""

    text: str
    note: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table; id is what choosing it gives."""

    id: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What a table is sorted by."""

    key: str
    descending: bool

    def pressed(self, column: Column) -> Order:
        """Return the order after a press on a heading: figures begin with the largest, words with the first."""
        return Order(column.key, not self.descending if column.key == self.key else column.number)


def table_html(label: str, columns: Sequence[Column], lines: Sequence[Line], total: Line | None = None) -> str:
    """Return a table that stands still, everything in it escaped; total is a last line that sums up."""
    heads = "".join(f'<th scope="col" class="{_kind(column)}">{escape(column.title)}</th>' for column in columns)
    body = "".join(_line_html(columns, line) for line in lines)
    foot = "" if total is None else f"<tfoot>{_line_html(columns, total)}</tfoot>"
    return (
        f'<table class="table still"><caption>{escape(label)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    )


def draw_table(
    key: str,
    label: str,
    columns: Sequence[Column],
    lines: Sequence[Line],
    order: Order,
    on_sorted: Callable[[Order], None],
    on_chosen: Callable[[int], None] | None = None,
) -> None:
    """Draw a table whose headings sort and, where on_chosen is given, whose lines can be chosen.

    Args:
        key: under which the table lives on the page.
        label: what it shows, for those who hear the page.
        columns: in their order.
        lines: as they stand.
        order: what they are sorted by already.
        on_sorted: called with the order the viewer asks for.
        on_chosen: called with the id of the line the viewer chooses.
    """

    def sort() -> None:
        wanted = heard(key, "sorted")
        column = next((column for column in columns if wanted and column.key == wanted["key"]), None)
        if column is not None:
            on_sorted(order.pressed(column))

    def choose() -> None:
        chosen = heard(key, "chosen")
        if on_chosen is not None and chosen and any(line.id == chosen["id"] for line in lines):
            on_chosen(chosen["id"])

    component("table")(
        key=key,
        data={
            "label": label,
            "columns": [_column_values(column) for column in columns],
            "lines": [{"id": line.id, "cells": [_cell_values(cell) for cell in line.cells]} for line in lines],
            "order": {"key": order.key, "descending": order.descending},
            "opens": on_chosen is not None,
        },
        on_sorted_change=sort,
        on_chosen_change=choose,
    )


def _column_values(column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "title": column.title,
        "number": column.number,
        "help": column.help,
        "sorts": column.sorts,
    }


def _cell_values(cell: Cell) -> list[str]:
    return [cell.text, cell.note, cell.tone]


def _line_html(columns: Sequence[Column], line: Line) -> str:
    cells = (_cell_html(column, cell) for column, cell in zip(columns, line.cells, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _cell_html(column: Column, cell: Cell) -> str:
    note = f'<span class="second">{escape(cell.note)}</span>' if cell.note else ""
    kind = f"{_kind(column)} none" if cell.text in ("", NOTHING) else _kind(column)
    return (
        f'<td class="{kind}" data-title="{escape(column.title)}">'
        f'<span class="first {escape(cell.tone)}">{escape(cell.text)}</span>{note}</td>'
    )


def _kind(column: Column) -> str:
    return f"{column.key} number" if column.number else column.key
