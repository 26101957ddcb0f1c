"""The charts of History: the running result, how far it fell, the days as bars and as a calendar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import copysign, sqrt
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.ui.theme import Tokens, tokens
from domain.wording import counted, format_usdt
from services.history.views import DayResult

if TYPE_CHECKING:
    from services.history.views import CurvePoint

CHART_HEIGHT = 250
LEAST_WEEKS, MOST_WEEKS = 13, 26
MOST_BARS = 120
# A category axis merges equal names: what tells these apart has no width.
WEEKDAYS = ("M", "T", "W", "T\u200b", "F", "S", "S\u200b")
_WEEK = timedelta(days=7)


def draw_result_over_time(points: Sequence[CurvePoint], when: Callable[[datetime], str]) -> None:
    """Draw the running result after fees, from zero on."""
    st.echarts_chart(
        result_spec(curve(points, [point.result for point in points], when), tokens()),
        height=CHART_HEIGHT,
        key="history_result",
        alt=f"Result over time, now {format_usdt(points[-1].result, signed=True)} USDT.",
    )


def draw_drawdown(points: Sequence[CurvePoint], when: Callable[[datetime], str]) -> None:
    """Draw how far below its best moment the running result was."""
    line = curve(points, [-point.drawdown for point in points], when)
    maximum = max(point.drawdown for point in points)
    colours = tokens()
    st.echarts_chart(
        result_spec(line, colours, "Below the best moment", colours.down),
        height=CHART_HEIGHT,
        key="history_fall",
        alt=f"How far the result fell below its best moment, {format_usdt(-maximum)} USDT at most.",
    )


def draw_daily_results(days: Sequence[DayResult]) -> None:
    """Draw a bar for each day, of the last MOST_BARS at most; a day without a trade leaves its place empty."""
    last = days[-1].day
    st.echarts_chart(
        bars_spec(every_day(days, max(days[0].day, last - timedelta(days=MOST_BARS - 1))), tokens()),
        height=CHART_HEIGHT,
        key="history_bars",
        alt="Result after fees of each day.",
    )


def draw_days(days: Sequence[DayResult]) -> None:
    """Draw a square a day, of the last MOST_WEEKS weeks at most: teal won, rust lost, paler is less, grey no trade."""
    st.echarts_chart(
        days_spec(days, tokens()),
        height=CHART_HEIGHT,
        key="history_days",
        alt="Calendar of days by result after fees.",
    )


def curve(points: Sequence[CurvePoint], amounts: Sequence[Decimal], when: Callable[[datetime], str]) -> list[list[Any]]:
    """Return a line from zero on: milliseconds, USDT, and the words for both."""
    began = points[0].at
    return [
        [at.timestamp() * 1000, float(amount), when(at), format_usdt(amount, signed=True)]
        for at, amount in zip((began, *(point.at for point in points)), (Decimal(0), *amounts), strict=True)
    ]


def result_spec(
    points: Sequence[Sequence[Any]], colours: Tokens, name: str = "Result after fees", colour: str | None = None
) -> dict[str, Any]:
    """Return the line chart of a curve, in the accent's colour unless another is given."""
    line = colour or colours.accent
    return {
        "animation": False,
        "grid": {"left": 4, "right": 12, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "formatter": "{@[2]}<br><b>{@[3]}</b> USDT"},
        "xAxis": {
            "type": "time",
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": colours.quiet},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "scale": False,
            "splitNumber": 5,
            "axisLabel": {"color": colours.quiet},
            "splitLine": {"lineStyle": {"color": colours.border}},
        },
        "series": [
            {
                "type": "line",
                "name": name,
                "step": "end",
                "showSymbol": False,
                "lineStyle": {"width": 1.5, "color": line},
                "itemStyle": {"color": line},
                "areaStyle": {"color": line, "opacity": 0.08},
                "data": list(points),
            }
        ],
    }


def bars_spec(days: Sequence[DayResult], colours: Tokens) -> dict[str, Any]:
    """Return a bar a day, teal above zero and rust below."""
    return {
        "animation": False,
        "grid": {"left": 4, "right": 12, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"formatter": "{@[2]}<br><b>{@[3]}</b> USDT<br>{@[4]}"},
        "xAxis": {
            "type": "category",
            "data": [f"{one.day.day} {one.day:%b}" for one in days],
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": colours.quiet},
        },
        "yAxis": {
            "type": "value",
            "splitNumber": 5,
            "axisLabel": {"color": colours.quiet},
            "splitLine": {"lineStyle": {"color": colours.border}},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 24,
                "data": [
                    {
                        "value": [place, float(one.net), *_day_words(one)],
                        "itemStyle": {"color": colours.up if one.net >= 0 else colours.down, "borderRadius": 2},
                    }
                    for place, one in enumerate(days)
                ],
            }
        ],
    }


def days_spec(days: Sequence[DayResult], colours: Tokens) -> dict[str, Any]:
    """Return the calendar: a column a week, a row a weekday, Monday on top; few days stand among empty ones."""
    monday_of_last = _monday(days[-1].day)
    longest, shortest = (monday_of_last - _WEEK * (weeks - 1) for weeks in (MOST_WEEKS, LEAST_WEEKS))
    first = min(max(_monday(days[0].day), longest), shortest)
    weeks = [first + _WEEK * number for number in range((monday_of_last - first) // _WEEK + 1)]
    shown = every_day(days, first)
    most = max((abs(float(one.net)) for one in shown), default=1.0) or 1.0
    return {
        "animation": False,
        "grid": {"left": 24, "right": 4, "top": 22, "bottom": 4},
        "tooltip": {"formatter": "{@[3]}<br><b>{@[4]}</b> USDT<br>{@[5]}"},
        "xAxis": {
            "type": "category",
            "position": "top",
            "data": _month_labels(weeks),
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": colours.quiet, "interval": 0, "hideOverlap": False, "align": "left"},
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": list(WEEKDAYS),
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": colours.quiet, "interval": 0},
        },
        "visualMap": {
            "show": False,
            "dimension": 2,
            "min": -1,
            "max": 1,
            "inRange": {"color": [colours.down, colours.raised, colours.up]},
        },
        "series": [
            {
                "type": "heatmap",
                "itemStyle": {"borderColor": colours.page, "borderWidth": 3, "borderRadius": 4},
                "data": [_square(one, first, most) for one in shown],
            }
        ],
    }


def every_day(days: Sequence[DayResult], first: date) -> list[DayResult]:
    """Return a result for every day from first to the last one, zero where nothing closed."""
    by_day = {one.day: one for one in days}
    length = (days[-1].day - first).days + 1
    return [
        by_day.get(day) or DayResult(day, Decimal(0), 0) for day in (first + timedelta(days=n) for n in range(length))
    ]


def _square(one: DayResult, first: date, most: float) -> list[Any]:
    """Return week, weekday, depth of colour, and the words for the tooltip.

    The depth grows with the root of the result: beside one great day the ordinary ones still show.
    """
    return [
        (_monday(one.day) - first) // _WEEK,
        one.day.weekday(),
        copysign(sqrt(abs(float(one.net)) / most), one.net),
        *_day_words(one),
    ]


def _day_words(one: DayResult) -> tuple[str, str, str]:
    trades = counted(one.trades, "trade") if one.trades else "no trade"
    return f"{one.day:%A}, {one.day.day} {one.day:%b}", format_usdt(one.net, signed=True), trades


def _month_labels(weeks: Sequence[date]) -> list[str]:
    """Return the month's name above the first week that begins in it; other labels are blank and all differ."""
    labels = []
    for place, monday in enumerate(weeks):
        begins = place == 0 or monday.month != weeks[place - 1].month
        crowded = place == 0 and len(weeks) > 1 and weeks[1].month != monday.month
        labels.append(f"{monday:%b}" if begins and not crowded else " " * (place + 1))
    return labels


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
