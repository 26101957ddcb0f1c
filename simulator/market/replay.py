"""Prices replayed from a CSV file.

The file has the header `time_ms,symbol,price` and one row per price: milliseconds since the replay began, a symbol
of the exchange and a price above zero. Rows need not be sorted; rows of one moment play in the order of the file.
Each price moves mark and last of its symbol and stays until the symbol's next row; after the last row prices hold
(the file does not loop). Symbols without rows hold their start price. With a speed of X, row times are divided by X.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path


class ReplayUnreadable(Exception):
    """The CSV file cannot be played: correct the named line."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ReplayPrice:
    """One row: at offset_ms after the start, symbol stands at price."""

    offset_ms: int
    symbol: str
    price: Decimal


def _row(cells: list[str], known: frozenset[str]) -> ReplayPrice | str:
    """Return the row, or what is wrong with it."""
    if len(cells) != 3:
        return "three columns are expected: time_ms,symbol,price"
    try:
        offset, price = int(cells[0]), Decimal(cells[2].strip())
    except (ValueError, InvalidOperation):
        return f"not a whole number of milliseconds and a price: {cells[0]}, {cells[2]}"
    symbol = cells[1].strip().upper()
    if symbol not in known:
        return f"unknown symbol {symbol}"
    if offset < 0 or not price.is_finite() or price <= 0:
        return "the time must not be negative and the price must be above zero"
    return ReplayPrice(offset, symbol, price)


def read_replay(path: Path, known: frozenset[str], speed: Decimal) -> list[ReplayPrice]:
    """Return the rows of a replay file in playing order, times divided by speed.

    Raises:
        ReplayUnreadable: a line is not a price of a known symbol, or the file is missing or empty.
    """
    rows: list[ReplayPrice] = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for line, cells in enumerate(csv.reader(file), start=1):
                if not cells or (line == 1 and cells[0].strip() == "time_ms"):
                    continue
                row = _row(cells, known)
                if isinstance(row, str):
                    raise ReplayUnreadable(path, line, row)
                rows.append(ReplayPrice(int(row.offset_ms / speed), row.symbol, row.price))
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayUnreadable(path, 0, str(error)) from error
    if not rows:
        raise ReplayUnreadable(path, 1, "the file holds no prices")
    return sorted(rows, key=lambda row: row.offset_ms)
