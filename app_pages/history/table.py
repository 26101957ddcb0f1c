"""The table of closed trades: a page of it at a time, in the order the viewer asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app_pages.ui.figures import tone_of
from app_pages.ui.position_values import pair
from app_pages.ui.table import NOTHING, Cell, Column, Line
from domain.wording import format_duration, format_quantity, format_usdt, reason_words
from services.history.views import HistorySort

if TYPE_CHECKING:
    from services.history.views import ClosedPosition

COLUMNS = (
    Column(HistorySort.CLOSED, "Closed"),
    Column(HistorySort.PAIR, "Pair"),
    Column(HistorySort.RESULT, "Result, USDT", True, "What landed in the wallet: gross, less fees, plus funding."),
    Column(HistorySort.REASON, "Why"),
    Column(HistorySort.GROSS, "Gross", True, "Before fees and funding. USDT."),
    Column(HistorySort.FEES, "Fees", True, "Paid for opening and closing. USDT."),
    Column(HistorySort.FUNDING, "Funding", True, "Received (+) or paid (−) while it was open. USDT."),
    Column(HistorySort.OPEN_FOR, "Open for", True),
    Column(HistorySort.RUN, "Run", True, "1 is the first time this trade was opened."),
)


def trade_line(trade: ClosedPosition, when: Callable[[datetime], str]) -> Line:
    """Return one line, its moment in the words of when."""
    fees = None if trade.fees_usdt is None else -trade.fees_usdt
    return Line(
        trade.id,
        (
            Cell(when(trade.closed_at)),
            Cell(f"{pair(trade.symbol)} {trade.side.value}"),
            _result_cell(trade),
            Cell(reason_words(trade.reason)),
            Cell(_signed(trade.gross_usdt)),
            Cell(_signed(fees)),
            Cell(_signed(trade.funding_usdt)),
            Cell(NOTHING if trade.opened_at is None else format_duration(trade.closed_at - trade.opened_at)),
            Cell(format_quantity(Decimal(trade.sequence))),
        ),
    )


def moment_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a moment in the viewer's zone, with its year when that is another: "22 Nov, 10:48"."""
    local = at.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


def _result_cell(trade: ClosedPosition) -> Cell:
    if trade.net_usdt is None:
        return Cell("not known", tone="quiet")
    return Cell(_signed(trade.net_usdt), "" if trade.result_final else "may still change", tone_of(trade.net_usdt))


def _signed(amount: Decimal | None) -> str:
    return NOTHING if amount is None else format_usdt(amount, signed=True)
