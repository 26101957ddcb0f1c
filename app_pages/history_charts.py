"""The charts of History: the running result, how far it fell, the days as bars and as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import copysign, sqrt
from typing import Any

import streamlit as st

from app_pages.ui.theme import Tokens, tokens
from domain.wording import format_usdt

CHART_HEIGHT = 250
MOST_WEEKS = 26
MOST_BARS = 120
# A category axis merges equal names: what tells these apart has no width.
WEEKDAYS = ("M", "T", "W", "T\u200b", "F", "S", "S\u200b")
_WEEK = timedelta(days=7)


def draw_result_over_time(equity: Sequence[tuple[datetime, Decimal]]) -> None:
    """Draw the running result after fees, from zero on."""
    points = [[_milliseconds(equity[0][0]), 0.0], *([_milliseconds(at), float(result)] for at, result in equity)]
    last = equity[-1][1]
    st.echarts_chart(
        result_spec(points, tokens()),
        height=CHART_HEIGHT,
        key="history_result",
        alt=f"Result over time, now {format_usdt(last, signed=True)} USDT.",
    )


def draw_fall(falls: Sequence[tuple[datetime, Decimal]]) -> None:
    """Draw how far below its best moment the running result was."""
    points = [[_milliseconds(falls[0][0]), 0.0], *([_milliseconds(at), -float(fall)] for at, fall in falls)]
    deepest = max(fall for _, fall in falls)
    colours = tokens()
    st.echarts_chart(
        result_spec(points, colours, "Below the best moment", colours.down),
        height=CHART_HEIGHT,
        key="history_fall",
        alt=f"How far the result fell below its best moment, {format_usdt(-deepest)} USDT at most.",
    )


def draw_daily_results(days: Sequence[tuple[date, Decimal, int]]) -> None:
    """Draw a bar for each of the last MOST_BARS days with a closed trade, at most."""
    st.echarts_chart(
        bars_spec(days[-MOST_BARS:], tokens()),
        height=CHART_HEIGHT,
        key="history_bars",
        alt="Result after fees of each day.",
    )


def draw_days(days: Sequence[tuple[date, Decimal, int]]) -> None:
    """Draw a square for every day of the last MOST_WEEKS weeks at most: teal won, rust lost, paler is less."""
    st.echarts_chart(
        days_spec(days, tokens()),
        height=CHART_HEIGHT,
        key="history_days",
        alt="Calendar of days by result after fees.",
    )


def result_spec(
    points: Sequence[Sequence[float]], colours: Tokens, name: str = "Result after fees", colour: str | None = None
) -> dict[str, Any]:
    """Return the line chart of (milliseconds, USDT) points, in the accent's colour unless another is given."""
    line = colour or colours.accent
    return {
        "animation": False,
        "grid": {"left": 4, "right": 12, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.2f USDT"},
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


def bars_spec(days: Sequence[tuple[date, Decimal, int]], colours: Tokens) -> dict[str, Any]:
    """Return a bar a day, teal above zero and rust below."""
    return {
        "animation": False,
        "grid": {"left": 4, "right": 12, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"formatter": "{@[2]}<br><b>{@[3]}</b> USDT<br>{@[4]}"},
        "xAxis": {
            "type": "category",
            "data": [f"{day.day} {day:%b}" for day, _, _ in days],
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
                        "value": [place, float(net), *_day_words(day, net, trades)],
                        "itemStyle": {"color": colours.up if net >= 0 else colours.down, "borderRadius": 2},
                    }
                    for place, (day, net, trades) in enumerate(days)
                ],
            }
        ],
    }


def days_spec(days: Sequence[tuple[date, Decimal, int]], colours: Tokens) -> dict[str, Any]:
    """Return the calendar: a column a week, a row a weekday, Monday on top."""
    monday_of_last = _monday(days[-1][0])
    first = max(_monday(days[0][0]), monday_of_last - _WEEK * (MOST_WEEKS - 1))
    weeks = [first + _WEEK * number for number in range((monday_of_last - first) // _WEEK + 1)]
    shown = [day for day in days if day[0] >= first]
    most = max((abs(float(net)) for _, net, _ in shown), default=1.0) or 1.0
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
                "data": [_square(day, first, most) for day in shown],
            }
        ],
    }


def _square(day: tuple[date, Decimal, int], first: date, most: float) -> list[Any]:
    """Return week, weekday, depth of colour, and the words for the tooltip.

    The depth grows with the root of the result: beside one great day the ordinary ones still show.
    """
    at, net, trades = day
    return [
        (_monday(at) - first) // _WEEK,
        at.weekday(),
        copysign(sqrt(abs(float(net)) / most), net),
        *_day_words(at, net, trades),
    ]


def _day_words(day: date, net: Decimal, trades: int) -> tuple[str, str, str]:
    noun = "trade" if trades == 1 else "trades"
    return f"{day:%A}, {day.day} {day:%b}", format_usdt(net, signed=True), f"{trades} {noun}"


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


def _milliseconds(moment: datetime) -> float:
    return moment.timestamp() * 1000
