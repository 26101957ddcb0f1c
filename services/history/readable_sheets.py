"""The sheets of the workbook for people: words and dates as on the screen, a row of totals, and a summary."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from domain.wording import reason_words
from services.history.views import ClosedPosition

MOST_ROWS = 1_048_000  # a sheet holds little more; the exact sheets go on
_SIGNED = "+#,##0.00;-#,##0.00;0.00"
COLUMNS = (
    ("Closed", "date"),
    ("Opened", "date"),
    ("Pair", ""),
    ("Direction", ""),
    ("Why it closed", ""),
    ("Margin, USDT", "money"),
    ("Leverage", "whole"),
    ("Quantity", "plain"),
    ("Entry price", "plain"),
    ("Exit price", "plain"),
    ("Result before fees, USDT", "signed"),
    ("Fees, USDT", "signed"),
    ("Funding, USDT", "signed"),
    ("Result, USDT", "signed"),
)
SUMMED = slice(10, 14)


def write_readable_sheets(book: xlsxwriter.Workbook, positions: Iterable[ClosedPosition], zone: ZoneInfo) -> None:
    """Write the trades as people read them, oldest first, and what they come to; figures are rounded by their format.

    Fees are what they take from the result, so they are negative, as on the screen. No cell is a formula.
    """
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "signed": book.add_format({"num_format": _SIGNED}),
        "whole": book.add_format({"num_format": '0"×"'}),
        "plain": book.add_format({"num_format": "General"}),
    }
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    total = book.add_format({"bold": True, "num_format": _SIGNED, "top": 1})
    sheet = book.add_worksheet("For reading")
    sheet.activate()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 1, 20)
    sheet.set_column(2, len(COLUMNS) - 1, 14)
    sheet.write_row(0, 0, [title for title, _ in COLUMNS], bold)
    sums, counted = [Decimal(0)] * 4, {"won": 0, "lost": 0, "unknown": 0}
    row = 0
    for position in positions:
        money = money_cells(position)
        sums = [summed + (one or 0) for summed, one in zip(sums, money, strict=True)]
        net = position.net_usdt
        counted["unknown" if net is None else "won" if net > 0 else "lost"] += 1
        if row < MOST_ROWS:
            row += 1
            _write_trade(sheet, row, (*word_cells(position, zone), *money), formats)
    sheet.autofilter(0, 0, row, len(COLUMNS) - 1)
    sheet.write_string(row + 1, 0, "Total", total)
    for column, summed in zip(range(len(COLUMNS))[SUMMED], sums, strict=True):
        sheet.write_number(row + 1, column, float(summed), total)
    _write_summary(book, bold, formats["signed"], sums, counted)


def _write_summary(
    book: xlsxwriter.Workbook, bold: Format, signed: Format, sums: list[Decimal], counted: dict[str, int]
) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 16)
    counts = (
        ("Closed trades", sum(counted.values())),
        ("Won", counted["won"]),
        ("Lost, or neither", counted["lost"]),
        ("Result not known", counted["unknown"]),
    )
    for row, (words, number) in enumerate(counts):
        sheet.write_string(row, 0, words, bold)
        sheet.write_number(row, 1, number)
    for row, (column, summed) in enumerate(zip(COLUMNS[SUMMED], sums, strict=True), start=len(counts)):
        sheet.write_string(row, 0, column[0], bold)
        sheet.write_number(row, 1, float(summed), signed)


def word_cells(position: ClosedPosition, zone: ZoneInfo) -> tuple[datetime | str | Decimal | int | None, ...]:
    """Return what stands in a trade's row before its money, for the first of COLUMNS."""
    return (
        _local(position.closed_at, zone),
        None if position.opened_at is None else _local(position.opened_at, zone),
        position.symbol,
        position.side.value.capitalize(),
        reason_words(position.reason),
        position.terms.amount_usdt,
        position.leverage,
        position.quantity,
        position.entry_price,
        position.exit_price,
    )


def money_cells(position: ClosedPosition) -> list[Decimal | None]:
    """Return what stands in the columns that are summed, USDT; None where it is not known."""
    fees = position.fees_usdt
    return [position.gross_usdt, None if fees is None else -fees, position.funding_usdt, position.net_usdt]


def _write_trade(sheet: Worksheet, row: int, cells: tuple[object, ...], formats: dict[str, Format]) -> None:
    for column, (cell, (_, kind)) in enumerate(zip(cells, COLUMNS, strict=True)):
        if isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell, formats[kind])
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell)
        elif isinstance(cell, int | Decimal):
            sheet.write_number(row, column, float(cell), formats[kind])


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment as the wall clock there shows it: a sheet knows no zones."""
    return moment.astimezone(zone).replace(tzinfo=None)
