"""The CSV for people: the words, dates, signs and totals of the sheet for reading, in a file that any program opens."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.wording import rounded
from services.history.readable_sheets import COLUMNS, SUMMED, money_cells, word_cells
from services.history.views import ClosedPosition

_MARK = "\ufeff"  # by which spreadsheets know that the text is UTF-8
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS_AT_ONCE = 1000


def write_readable_csv(positions: Iterable[ClosedPosition], zone: ZoneInfo) -> Iterator[bytes]:
    """Give the trades as people read them, oldest first, and a last line with what they come to, piece by piece.

    Dates are the wall clock's in the zone, as spreadsheets read them. Money has two decimals; fees are what they take
    from the result, so they are negative, as on the screen. A figure that is not known is an empty cell. No text begins
    like a formula.
    """
    text = io.StringIO(_MARK)
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    writer.writerow(title for title, _ in COLUMNS)
    sums = [Decimal(0)] * len(range(len(COLUMNS))[SUMMED])
    for number, position in enumerate(positions, start=1):
        money = money_cells(position)
        sums = [summed + (one or 0) for summed, one in zip(sums, money, strict=True)]
        cells = (*word_cells(position, zone), *money)
        writer.writerow(_cell(cell, kind) for cell, (_, kind) in zip(cells, COLUMNS, strict=True))
        if number % _ROWS_AT_ONCE == 0:
            yield _taken(text)
    writer.writerow(["Total", *[""] * (len(COLUMNS) - len(sums) - 1), *(_cell(summed, "signed") for summed in sums)])
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece


def _cell(cell: datetime | str | Decimal | int | None, kind: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell
    if kind in ("money", "signed"):
        return f"{rounded(Decimal(cell), 2):f}"
    return f"{Decimal(cell).normalize():f}"
