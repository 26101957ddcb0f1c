"""Exits that move on New trade: what they will do, in numbers and as lines on the chart."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app_pages.ui.candles import ChartLine, LineMoney
from app_pages.ui.exits import draw_exit_sentences
from app_pages.ui.session import services
from domain.exit_plan import NO_EXITS
from domain.preview.exits import ExitsShown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.preview.exits import ExitLine
    from domain.preview.preview import Preview
    from domain.terms import TradeTerms


def exits_shown(terms: TradeTerms, figures: Preview | None) -> ExitsShown:
    """Return what the exits of the trade on show will do, nothing where none move."""
    if figures is None or terms.exits == NO_EXITS:
        return ExitsShown()
    return services().previews.exits(terms, figures)


def draw_exit_preview(shown: ExitsShown) -> None:
    """Draw what the exits of the trade on show will do, in prices and USDT after fees."""
    draw_exit_sentences(shown.sentences)


def exit_chart_lines(lines: Sequence[ExitLine], money: partial[LineMoney]) -> list[ChartLine]:
    """Return the steps as lines that can be moved by hand, each named after the field that it fills."""
    return [
        ChartLine(
            line.field,
            line.title,
            line.price,
            "up" if line.field.startswith("target") else "accent",
            "dashed",
            money=money(line.word),
        )
        for line in lines
    ]
