"""Candles and lines for the price chart, sent to the browser only when they changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import streamlit as st

from app_pages.ui.position_values import pair
from app_pages.ui.session import services, viewer_zone
from domain.exchange import Candle
from domain.terms import Side
from domain.wording import decimals_of
from services.errors import MarketUnavailable

INTERVALS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
}
CANDLES = 180
_PRICE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
ASK_AGAIN_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class LineMoney:
    """What a line that can be moved by hand would bring: what the browser reckons its label from while it moves.

    quantity in base units, entry in USDT per unit, paid in USDT is what the trade has cost so far, taker a fraction.
    """

    word: str
    side: Side
    quantity: Decimal
    entry: Decimal
    paid: Decimal
    taker: Decimal
    tick: Decimal


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A labelled line across the chart; fit says that the scale must reach it. style: solid, dashed or dotted.

    With money it can be moved by hand.
    """

    name: str
    title: str
    price: Decimal
    tone: str = "plain"
    style: str = "solid"
    fit: bool = True
    money: LineMoney | None = None


@dataclass(frozen=True, slots=True)
class ChartMark:
    """A fill on the chart, drawn at the candle it happened in; up says that it bought.

    quiet says that it is of another trade than the chart's.
    """

    at: datetime
    up: bool
    text: str
    quiet: bool = False


@dataclass(slots=True)
class _Held:
    """What one viewer's chart has been given so far."""

    name: str
    candles: tuple[Candle, ...]
    asked_at: datetime
    note: str
    sent: bool


def chart_values(
    chart: str,
    symbol: str,
    interval: str,
    lines: Sequence[ChartLine],
    last: Decimal | None,
    tick: Decimal,
    now: datetime,
    marks: Sequence[ChartMark] = (),
    shown: int = 70,
) -> dict[str, object]:
    """Return what the chart draws now; candles is None when the browser already has the latest ones.

    The exchange is asked only when a new candle must have begun, at most every ASK_AGAIN_AFTER; in between the last
    price shapes the newest candle. If it does not answer, the candles known so far stay and the note says so.

    Args:
        chart: which chart of the viewer, e.g. "panel".
        symbol: e.g. BTCUSDT.
        interval: one of INTERVALS.
        lines: what to mark.
        last: the live price, None while unknown.
        tick: the price step, for the decimals.
        now: UTC.
        marks: fills to mark; those before the first candle are left out.
        shown: how many of the latest candles to begin with.
    """
    held = _hold(chart, f"{symbol} {interval}", symbol, interval, now)
    candles = None if held.sent else [_wire(candle) for candle in held.candles]
    held.sent = True
    return {
        "name": held.name,
        "candles": candles,
        "shown": shown,
        "decimals": decimals_of(tick),
        "last": None if last is None else float(last),
        "zone": viewer_zone().key,
        "label": f"Candles of {interval}, {pair(symbol)}",
        "note": held.note,
        "marks": _wire_marks(marks, held.candles, INTERVALS[interval]),
        "lines": [_wire_line(line) for line in lines],
    }


def dropped_price(dropped: object, lines: Sequence[str] = ("stop", "target")) -> tuple[str, Decimal] | None:
    """Return which of the lines was moved by hand and where to, as the browser says it; None for anything else."""
    if not isinstance(dropped, dict):
        return None
    line, price = str(dropped.get("line")), str(dropped.get("price"))
    if line not in lines or not _PRICE.fullmatch(price) or not Decimal(price):
        return None
    return line, Decimal(price)


def interval_reaching(back: timedelta) -> str | None:
    """Return the shortest interval whose candles reach so far back; None when none does."""
    return next((name for name, length in INTERVALS.items() if length * (CANDLES - 10) >= back), None)


def send_again(chart: str) -> None:
    """Send the candles again the next time this chart is drawn: the browser lost them."""
    held: _Held | None = st.session_state.get(f"candles:{chart}")
    if held is not None:
        held.sent = False


def _hold(chart: str, name: str, symbol: str, interval: str, now: datetime) -> _Held:
    held: _Held | None = st.session_state.get(f"candles:{chart}")
    if held is None or held.name != name:
        held = _Held(name, (), datetime.min.replace(tzinfo=now.tzinfo), "", sent=False)
        st.session_state[f"candles:{chart}"] = held
    due = not held.candles or now >= held.candles[-1].opened_at + INTERVALS[interval]
    if due and now - held.asked_at >= ASK_AGAIN_AFTER:
        held.asked_at = now
        try:
            held.candles, held.note, held.sent = services().market.candles(symbol, interval, CANDLES), "", False
        except MarketUnavailable as unavailable:
            held.note = str(unavailable)
    return held


def _wire_marks(marks: Sequence[ChartMark], candles: Sequence[Candle], interval: timedelta) -> list[dict[str, object]]:
    """Return each mark at the beginning of its candle."""
    if not candles:
        return []
    first, length = candles[0].opened_at, interval.total_seconds()
    return [
        {
            "at": int(first.timestamp() + (mark.at - first).total_seconds() // length * length),
            "up": mark.up,
            "text": mark.text,
            "quiet": mark.quiet,
        }
        for mark in marks
        if first <= mark.at < candles[-1].opened_at + interval
    ]


def _wire_line(line: ChartLine) -> dict[str, object]:
    money = line.money
    return {
        "name": line.name,
        "title": line.title,
        "price": float(line.price),
        "tone": line.tone,
        "style": line.style,
        "fit": line.fit,
        "money": money
        and {
            "word": money.word,
            "sign": money.side.sign,
            "quantity": float(money.quantity),
            "entry": float(money.entry),
            "paid": float(money.paid),
            "taker": float(money.taker),
            "tick": float(money.tick),
        },
    }


def _wire(candle: Candle) -> list[float]:
    return [
        int(candle.opened_at.timestamp()),
        float(candle.open),
        float(candle.high),
        float(candle.low),
        float(candle.close),
        float(candle.volume),
    ]
