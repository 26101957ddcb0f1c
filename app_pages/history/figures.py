"""What the closed trades add up to: six figures on top, the rest of them, and the shares of each pair and side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.ui.figures import Fact, Figure, facts_html, section_title, tone_of
from app_pages.ui.live import live_part
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from app_pages.ui.table import NOTHING, Cell, Column, Line, Order, draw_table
from domain.wording import counted, format_duration, format_percent, format_quantity, format_usdt

if TYPE_CHECKING:
    from services.history.views import HistoryBreakdown, HistoryFilter, HistoryShare, HistoryTotals

_LINES_IN_SIGHT = 20
_ALL_SHARES = "history_split_shown"
_SPLIT_ORDER = "history_split_order"
_BEST_FIRST = Order("result", descending=True)
_SORTED_BY: dict[str, Callable[[HistoryShare], Any]] = {
    "name": lambda share: share.name,
    "trades": lambda share: share.trades,
    "result": lambda share: share.net_usdt,
    "won": lambda share: share.win_rate_percent,
    "average": lambda share: share.average_net,
    "ratio": lambda share: share.profit_factor,
    "fees": lambda share: -share.fees_usdt,
    "open": lambda share: share.average_seconds_open,
}


def six_figures(totals: HistoryTotals) -> tuple[Figure, ...]:
    """Return the figures of the strip."""
    averages = ", ".join(
        f"{word} {format_usdt(amount, signed=True)}"
        for word, amount in (("won", totals.average_win), ("lost", totals.average_loss))
        if amount is not None
    )
    factor, rate = totals.profit_factor, totals.win_rate_percent
    return (
        Figure(
            "Result after fees",
            format_usdt(totals.net_usdt, signed=True),
            f"USDT in {counted(totals.trades, 'trade')}",
            tone_of(totals.net_usdt),
        ),
        Figure(
            "Won",
            NOTHING if rate is None else format_percent(rate, decimals=0),
            f"{_number(totals.won)} won, {_number(totals.lost)} lost",
        ),
        Figure(
            "Profit factor",
            NOTHING if factor is None else format_usdt(factor),
            "nothing lost yet" if factor is None else "profit factor",
        ),
        Figure("Average trade", _signed(totals.average_net), averages or "no result yet"),
        Figure("Longest losing streak", str(totals.longest_losing_streak), "losses one after another"),
        Figure("Max drawdown", format_usdt(-totals.max_drawdown), "USDT below the peak"),
    )


def left_out_words(totals: HistoryTotals) -> str:
    """Return what the figures leave out and what may still change in them, empty when neither is the case."""
    sentences = []
    if totals.unknown:
        sentences.append(
            counted(totals.unknown, "trade without a known result is", "trades without a known result are")
            + " in the table but not in these figures."
        )
    if totals.not_final:
        sentences.append(
            f"{counted(totals.not_final, 'result')} may still change by a fee or a funding payment: "
            "the exchange's books are read once more ten minutes after closing."
        )
    return " ".join(sentences)


def draw_more_figures(totals: HistoryTotals, wanted: HistoryFilter) -> None:
    """Draw the other figures beside the table of pairs or sides."""
    left, right = st.columns([0.32, 0.68])
    with left, st.container(border=True, height="stretch"):
        section_title("More figures")
        st.html(facts_html(_more_facts(totals)))
    with right, st.container(border=True, height="stretch"):
        _draw_split(services().history.breakdown(wanted))


@live_part()
def _draw_split(shares: HistoryBreakdown) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        section_title("Where it comes from")
        st.space("stretch")
        chosen = st.segmented_control(
            "Split by",
            ("By pair", "By direction"),
            default="By pair",
            required=True,
            key="history_split",
            label_visibility="collapsed",
        )
    by_pair = chosen == "By pair"
    order: Order = st.session_state.get(_SPLIT_ORDER, _BEST_FIRST)
    lines = [_share_line(share, by_pair) for share in sorted_shares(shares.pairs if by_pair else shares.sides, order)]
    shown, left_out = _in_sight(lines)
    with st.container(key="history_split_table"):
        what = "pair" if by_pair else "direction"
        draw_table(f"history_shares_{what}", f"Results by {what}", share_columns(by_pair), shown, order, _sort)
        if left_out:
            st.button(f"Show {left_out} more in between", key="history_split_all", type="tertiary", on_click=_show_all)


def _in_sight(lines: list[Line]) -> tuple[list[Line], int]:
    """Return the lines to draw, both ends of a long table, and how many that leaves out: the worst never hides."""
    if len(lines) <= _LINES_IN_SIGHT or st.session_state.get(_ALL_SHARES):
        return lines, 0
    half = _LINES_IN_SIGHT // 2
    return lines[:half] + lines[-half:], len(lines) - 2 * half


def _show_all() -> None:
    st.session_state[_ALL_SHARES] = True


def sorted_shares(shares: tuple[HistoryShare, ...], order: Order) -> list[HistoryShare]:
    """Return the shares in that order, those without the figure last."""
    figure = _SORTED_BY[order.key]
    known = [share for share in shares if figure(share) is not None]
    unknown = [share for share in shares if figure(share) is None]
    return sorted(known, key=figure, reverse=order.descending) + unknown


def share_columns(by_pair: bool) -> tuple[Column, ...]:
    """Return the columns of the table of pairs or directions."""
    return (
        Column("name", "Pair" if by_pair else "Direction"),
        Column("trades", "Trades", True),
        Column("result", "Result, USDT", True, "After fees and funding."),
        Column("won", "Won", True, "Of all trades that won or lost."),
        Column("average", "Average", True, "What one trade brought after fees. USDT."),
        Column("ratio", "Profit factor", True, "All wins divided by all losses."),
        Column("fees", "Fees", True, "Paid for opening and closing. USDT."),
        Column("open", "Open for", True, "On average."),
    )


def _share_line(share: HistoryShare, by_pair: bool) -> Line:
    rate, ratio, seconds = share.win_rate_percent, share.profit_factor, share.average_seconds_open
    return Line(
        0,
        (
            Cell(pair(share.name) if by_pair else share.name.capitalize()),
            Cell(_number(share.trades)),
            Cell(_signed(share.net_usdt), tone=tone_of(share.net_usdt)),
            Cell(NOTHING if rate is None else format_percent(rate, decimals=0)),
            Cell(_signed(share.average_net)),
            Cell(NOTHING if ratio is None else format_usdt(ratio)),
            Cell(_signed(-share.fees_usdt)),
            Cell(_duration(seconds)),
        ),
    )


def _sort(order: Order) -> None:
    st.session_state[_SPLIT_ORDER] = order


def _more_facts(totals: HistoryTotals) -> tuple[Fact, ...]:
    return (
        Fact("Average win", _signed(totals.average_win)),
        Fact("Average loss", _signed(totals.average_loss)),
        Fact("Best, worst", f"{_signed(totals.best_net)}, {_signed(totals.worst_net)}"),
        Fact("Longest streak", f"{totals.longest_winning_streak} won, {totals.longest_losing_streak} lost"),
        Fact("Open for", f"{_duration(totals.average_seconds_open)} on average"),
        Fact("Gross", _signed(totals.gross_usdt)),
        Fact("Fees", _signed(-totals.fees_usdt)),
        Fact("Funding", _signed(totals.funding_usdt)),
    )


def _number(number: int) -> str:
    return format_quantity(Decimal(number))


def _signed(amount: Decimal | None) -> str:
    return NOTHING if amount is None else format_usdt(amount, signed=True)


def _duration(seconds: float | None) -> str:
    return NOTHING if seconds is None else format_duration(timedelta(seconds=seconds))
