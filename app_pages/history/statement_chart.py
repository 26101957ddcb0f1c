"""One closed trade on its candles: where it was entered and left, where stop and target lay and were moved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app_pages.ui.candles import CANDLES, ChartLine, ChartMark, chart_values, interval_reaching, send_again
from app_pages.ui.live import component
from app_pages.ui.session import services
from domain.terms import Purpose, Side

if TYPE_CHECKING:
    from services.history.views import Statement

_CHART = "statement"
_ENDS = {Purpose.STOP: ("Stop", "down"), Purpose.TARGET: ("Target", "up")}


def draw_statement_chart(statement: Statement) -> None:
    """Draw the chart; nothing for a trade so long ago that no candles reach it, or in a pair that is gone."""
    trade, now = statement.position, services().dashboard.snapshot().taken_at
    rules = services().market.symbol_rules(trade.symbol)
    interval = None if trade.opened_at is None else interval_reaching(now - trade.opened_at)
    if rules is None or interval is None:
        return
    component("price-chart")(
        key=f"statement_chart_{trade.id}",
        data=chart_values(
            _CHART,
            trade.symbol,
            interval,
            statement_lines(statement),
            None,
            rules.tick_size,
            now,
            statement_marks(statement),
            shown=CANDLES,
        ),
        on_missing_change=partial(send_again, _CHART),
    )


def statement_lines(statement: Statement) -> list[ChartLine]:
    """Return a line for each price that stop and target lay at, the last ones solid, and for the average entry."""
    trade = statement.position
    lines = [] if trade.entry_price is None else [ChartLine("entry", "Entry", trade.entry_price, style="dotted")]
    for purpose, (word, tone) in _ENDS.items():
        prices = [one.trigger_price for one in statement.orders if one.purpose is purpose and one.trigger_price]
        placed = list(dict.fromkeys(prices))
        for number, price in enumerate(placed, start=1):
            last = number == len(placed)
            title = word if last else f"{word} before"
            style = "solid" if last else "dashed"
            lines.append(ChartLine(f"{purpose.value}-{number}", title, price, tone, style))
    return lines


def statement_marks(statement: Statement) -> list[ChartMark]:
    """Return an arrow for each moment at which something was bought or sold."""
    long = statement.position.side is Side.LONG
    moments = dict.fromkeys((fill.traded_at.replace(microsecond=0), fill.opening) for fill in statement.fills)
    return [ChartMark(at, opening == long, "In" if opening else "Out") for at, opening in moments]
