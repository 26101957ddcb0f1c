"""Closed positions as a CSV file or an Excel workbook: exact decimals, UTC and the viewer's own time side by side."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.history.readable_csv import FORMULA_SIGNS
from services.history.readable_sheets import write_readable_sheets
from services.history.views import ClosedPosition

_ROWS_AT_ONCE = 1000
SHEET_ROWS = 1_048_575  # a sheet of Excel holds so many below the names of its columns
EXACT_DIGITS = 15  # a spreadsheet's number holds so many; a longer one is kept as text, digit by digit
COLUMNS = (
    "position",
    "plan",
    "run",
    "pair",
    "side",
    "leverage",
    "quantity",
    "entry_price",
    "exit_price",
    "reason",
    "gross_usdt",
    "fees_usdt",
    "funding_usdt",
    "net_usdt",
    "result_final",
    "opened_at_utc",
    "closed_at_utc",
    "opened_at_local",
    "closed_at_local",
    "time_zone",
    "stake_usdt",
    "take_profit_usdt",
    "stop_loss_usdt",
    "basis",
)

NUMBERS = frozenset(
    {
        "position",
        "plan",
        "run",
        "leverage",
        "quantity",
        "entry_price",
        "exit_price",
        "gross_usdt",
        "fees_usdt",
        "funding_usdt",
        "net_usdt",
        "stake_usdt",
        "take_profit_usdt",
        "stop_loss_usdt",
    }
)


class SheetNumber(float):
    """A number that stands in a workbook with the digits it was made from.

    XlsxWriter formats numbers to sixteen digits, by which -9.3 becomes -9.300000000000001, another number.
    """

    def __format__(self, spec: str) -> str:
        """Return the shortest digits that give this number back."""
        return repr(float(self))


def csv_pieces(positions: Iterable[ClosedPosition], zone: ZoneInfo) -> Iterator[bytes]:
    """Give closed positions as UTF-8 CSV, piece by piece as they come: one row at first, then many at once.

    The first line names the columns. Money and prices stand there digit by digit as recorded; an unknown figure is an
    empty cell. No text begins like a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, position in enumerate(positions):
        writer.writerow(map(harmless_cell, COLUMNS, _cells(position, zone)))
        if number % _ROWS_AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def write_workbook(positions: Callable[[], Iterable[ClosedPosition]], zone: ZoneInfo, file: IO[bytes]) -> None:
    """Write the same table as csv_pieces to a file, as an Excel workbook that sums and sorts, and sheets for people.

    A figure is a number where a spreadsheet holds all its digits, else text with every digit; moments are text. No
    cell is ever a formula. A sheet that is full is followed by another. One row at a time is in memory.

    Args:
        positions: gives the positions from the first on; called once for the exact sheets, once for those for people.
        zone: of local times.
        file: what to write to.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        sheet = _new_sheet(book, bold, 1)
        last = 0
        for number, position in enumerate(positions()):
            last = number % SHEET_ROWS + 1
            if last == 1 and number:
                sheet.autofilter(0, 0, SHEET_ROWS, len(COLUMNS) - 1)
                sheet = _new_sheet(book, bold, number // SHEET_ROWS + 1)
            _write_row(sheet, last, _cells(position, zone))
        sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
        write_readable_sheets(book, positions(), zone)


def _new_sheet(book: xlsxwriter.Workbook, bold: Format, number: int) -> Worksheet:
    sheet = book.add_worksheet("Closed trades" if number == 1 else f"Closed trades {number}")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS) - 1, 14)
    sheet.write_row(0, 0, COLUMNS, bold)
    return sheet


def _write_row(sheet: Worksheet, row: int, cells: tuple[str, ...]) -> None:
    for column, cell in enumerate(cells):
        number = exact_number(cell) if COLUMNS[column] in NUMBERS else None
        if number is None:
            sheet.write_string(row, column, cell)
        else:
            sheet.write_number(row, column, number)


def harmless_cell(column: str, cell: str) -> str:
    """Return a cell for CSV: a text that a spreadsheet would take for a formula begins with an apostrophe.

    Figures stay as they are, also those with a minus.
    """
    return f"'{cell}" if column not in NUMBERS and cell.startswith(FORMULA_SIGNS) else cell


def exact_number(text: str) -> SheetNumber | None:
    """Return the number a spreadsheet can hold with every digit of text, None when there is none or it is longer."""
    if not text:
        return None
    digits = Decimal(text).normalize().as_tuple().digits
    return SheetNumber(text) if len(digits) <= EXACT_DIGITS else None


def _cells(position: ClosedPosition, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(position.id),
        str(position.plan_id),
        str(position.sequence),
        position.symbol,
        position.side.value,
        str(position.leverage),
        _number(position.quantity),
        _number(position.entry_price),
        _number(position.exit_price),
        position.reason.value,
        _number(position.gross_usdt),
        _number(position.fees_usdt),
        _number(position.funding_usdt),
        _number(position.net_usdt),
        "yes" if position.result_final else "no",
        _utc(position.opened_at),
        _utc(position.closed_at),
        _local(position.opened_at, zone),
        _local(position.closed_at, zone),
        zone.key,
        _number(position.terms.amount_usdt),
        _number(position.terms.tp_usdt),
        _number(position.terms.sl_usdt),
        position.terms.basis.value,
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")


def _utc(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
