"""From a live position to the words and lengths its row and its panel show."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from html import escape

from app_pages.ui.ages import format_age, is_stale
from app_pages.ui.figures import Fact, tone_of
from app_pages.ui.reopening import rule_words
from domain.preview.edits import break_even_price
from domain.terms import Phase, PlanState
from domain.wording import (
    format_duration,
    format_percent,
    format_price,
    format_quantity,
    format_usdt,
    phase_words,
    rounded,
)
from services.dashboard.views import PositionView, Protection

UNKNOWN = "–"
_OUT_OF_REACH = "far away"
_FAR_PERCENT = 100  # from here on the number says no more than that it is far
_OUT_OF_REACH_PERCENT = 1000  # both sides of a pair held alike, or a wallet that dwarfs the position
_PROTECTION = {
    Protection.PROTECTED: ("Protected", "quiet"),
    Protection.PLACING: ("Placing the stop", "warning"),
    Protection.NONE: ("No stop yet", "down"),
}


def pair(symbol: str) -> str:
    """Return a symbol as people write it: "BTC/USDT"."""
    base = symbol.removesuffix("USDT")
    return f"{base}/USDT" if base != symbol else symbol


def with_pairs(sentence: str) -> str:
    """Return a sentence with each symbol in it written as a pair: "BTC/USDT", not "BTCUSDT"."""
    return re.sub(r"\b(\w+)USDT\b", r"\1/USDT", sentence)


def position_name(position: PositionView) -> str:
    """Return direction and leverage: "LONG 20×"."""
    return f"{position.side.value} {position.leverage}×"


def position_html(name: str, side: str, sentence: str) -> str:
    """Return a pair, what stands behind it, and a sentence below; everything in it escaped."""
    return (
        f'<div class="position-name"><b>{escape(name)}</b> <span class="quiet">{escape(side)}</span>'
        f'<div class="second">{escape(sentence)}</div></div>'
    )


def away_words(position: PositionView, price: Decimal | None) -> str:
    """Return how far a price lies from the mark: "0.4 % away"; a dash while either is unknown."""
    percent = away_percent(position, price)
    return UNKNOWN if percent is None else f"{format_percent(percent)} away"


def away_percent(position: PositionView, price: Decimal | None) -> Decimal | None:
    """Return the distance of a price from the mark in percent of the mark, None while either is unknown."""
    mark = position.mark_price
    return None if price is None or not mark else abs(price - mark) / mark * 100


def row_values(position: PositionView, now: datetime) -> dict[str, object]:
    """Return one row of the table of open positions, all of it ready to read."""
    protection, protection_tone = protection_words(position)
    stale = position.entry_price is not None and is_stale(position.price_age_seconds)
    at, entry = bar_fractions(position)
    opened_at = position.opened_at or position.created_at
    return {
        "id": position.id,
        "base": position.base_asset,
        "quote": "/USDT" if position.symbol.endswith("USDT") else "",
        "side": position_name(position),
        "alert": "" if protection_tone == "quiet" else protection,
        "protectionTone": protection_tone,
        "protection": [f"✓ {protection}" if protection_tone == "quiet" else protection, ""],
        "result": [_signed(position.result_usdt), result_words(position)],
        "tone": tone_of(position.result_usdt),
        "stop": [format_usdt(position.stop_usdt, signed=True), _away(position, position.stop_price)],
        "target": [format_usdt(position.target_usdt, signed=True), _away(position, position.target_price)],
        "at": at,
        "entry": entry,
        "price": [_price(position, position.mark_price), f"entry {_price(position, position.entry_price)}"],
        "size": [_whole(position.value_usdt), f"{_whole(position.margin_usdt)} margin"],
        "age": format_age(position.price_age_seconds) if stale and position.price_age_seconds is not None else "",
        "liquidation": _liquidation(position),
        "open": [format_duration(now - opened_at), sequence_words(position.sequence)],
        "stale": stale,
        "label": _spoken(position, protection),
        "keys": {
            "base": position.base_asset,
            "result": _float(position.result_usdt),
            "percent": _float(position.result_percent),
            "r": _float(position.result_r),
            "progress": at,
            "stop": _float(away_percent(position, position.stop_price)),
            "target": _float(away_percent(position, position.target_price)),
            "size": _float(position.value_usdt),
            "liquidation": _float(position.liquidation_percent),
            "seconds": -opened_at.timestamp(),  # sorts as the time open does, and stays the same
            "protection": protection,
        },
        "words": f"{pair(position.symbol)} {position.symbol} {position_name(position)} {protection}".lower(),
    }


def protection_words(position: PositionView) -> tuple[str, str]:
    """Return what to say of a position's protection and its tone; quiet means all is well."""
    if position.phase is Phase.CLOSING or position.close_requested:
        return "Closing", "warning"
    if position.phase is Phase.ENTERING:
        return "Opening", "warning"
    return _PROTECTION[position.protection]


def result_words(position: PositionView) -> str:
    """Return a result in per cent of margin and in units of the allowed loss: "+0.9 % · +0.13 R"."""
    if position.result_percent is None:
        return phase_words(position.phase).lower() if position.phase is not Phase.OPEN else "not known yet"
    percent = format_percent(position.result_percent, signed=True)
    if position.result_r is None:
        return percent
    return f"{percent} · {format_percent(position.result_r * 100, signed=True, decimals=0)} of your risk"


def sequence_words(sequence: int) -> str:
    """Return which trade of its plan this is: "1st trade of this plan"."""
    ending = "th" if sequence % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(sequence % 10, "th")
    return f"{sequence}{ending} trade of this plan"


def bar_fractions(position: PositionView) -> tuple[float | None, float | None]:
    """Return where price and entry lie between stop (0) and target (1), kept inside the bar; None while unknown.

    Without a target the bar ends as far beyond the entry as the stop lies before it.
    """
    stop, entry, mark = position.stop_price, position.entry_price, position.mark_price
    if stop is None or entry is None or mark is None:
        return None, None
    target = position.target_price if position.target_price is not None else entry + (entry - stop)
    if target == stop:
        return None, None
    return _inside((mark - stop) / (target - stop)), _inside((entry - stop) / (target - stop))


def panel_facts(position: PositionView, now: datetime) -> list[Fact]:
    """Return the five facts of the side panel."""
    opened = f", {format_duration(now - position.opened_at)} ago" if position.opened_at else ""
    target = (
        f"at {_price(position, position.target_price)}"
        if position.target_price is not None
        else "no target is placed on the exchange"
    )
    stop = f"at {_price(position, position.stop_price)}" if position.stop_price is not None else "being placed"
    size = f"{format_quantity(position.quantity)} {position.base_asset}, {_whole(position.value_usdt)} USDT"
    return [
        Fact("Target", target, format_usdt(position.target_usdt, signed=True), tone_of(position.target_usdt)),
        Fact("Stop", stop, format_usdt(position.stop_usdt, signed=True), tone_of(position.stop_usdt)),
        Fact("Entry", f"{_price(position, position.entry_price)}{opened}"),
        Fact("Liquidation", _liquidation_fact(position)),
        Fact("Size", size),
    ]


def panel_numbers(position: PositionView) -> list[Fact]:
    """Return the rest of a position's numbers, for those who want them all."""
    trade, tick = position.open_trade, position.tick_size
    stop_away, target_away = (away_words(position, price) for price in (position.stop_price, position.target_price))
    even = UNKNOWN if trade is None else format_price(break_even_price(trade), tick)
    return [
        Fact("To target, to stop", f"{target_away}, {stop_away}"),
        Fact("Break-even", f"{even} after fees"),
        Fact("Paid so far", f"{format_usdt(position.fees_usdt)} USDT in fees"),
        Fact("Funding so far", f"{format_usdt(position.funding_usdt, signed=True)} USDT"),
        Fact("Margin", f"{format_usdt(position.margin_usdt)} USDT at {position.leverage}×"),
        Fact("Price", f"{_price(position, position.mark_price)}, {format_age(position.price_age_seconds)} old"),
        Fact("Opens again", reopen_words(position)),
    ]


def reopen_words(position: PositionView) -> str:
    """Return when this trade opens again after it closes."""
    rule = position.next_terms.reopen
    if position.plan_state is PlanState.PAUSED:
        return "no, you paused it"
    if not position.reopens:
        return "no"
    done = f", {position.reopen_count} of {rule.maximum} times so far" if rule.maximum else ""
    return f"{rule_words(rule)}{done}"


def _spoken(position: PositionView, protection: str) -> str:
    result = f"{_signed(position.result_usdt)} USDT" if position.result_usdt is not None else "result not known yet"
    return f"{pair(position.symbol)} {position_name(position)}, {result}, {protection}"


def _signed(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else format_usdt(amount, signed=True)


def _whole(amount: Decimal | None) -> str:
    """Sizes are read at a glance: cents only where they matter."""
    if amount is None:
        return UNKNOWN
    return format_quantity(rounded(amount, 0)) if abs(amount) >= 10 else format_usdt(amount)


def _price(position: PositionView, price: Decimal | None) -> str:
    return UNKNOWN if price is None else format_price(price, position.tick_size)


def liquidation_words(price: str | None, percent: Decimal | None) -> tuple[str, str]:
    """Return how far away liquidation is, and at what price or why nowhere.

    Args:
        price: ready to read; None where the exchange names none, because the wallet outlasts any move.
        percent: of the price now; None while unknown.
    """
    if price is None:
        return "none", "wallet covers it"
    if percent is None:
        return UNKNOWN, f"at {price}"
    if percent >= _OUT_OF_REACH_PERCENT:
        return _OUT_OF_REACH, ""
    if percent >= _FAR_PERCENT:
        return "far away", f"at {price}"
    return f"{format_percent(percent)} away", f"at {price}"


def liquidation_fact(price: str | None, percent: Decimal | None) -> str:
    """Return the same in one line: "82 432.9, 4.6 % away"."""
    away, where = liquidation_words(price, percent)
    if price is None:
        return "far away"
    return f"{price}, {away}" if where else away


def _liquidation(position: PositionView) -> list[str]:
    if position.phase is Phase.ENTERING:
        return [UNKNOWN, ""]
    return list(liquidation_words(_liquidation_price(position), position.liquidation_percent))


def _liquidation_fact(position: PositionView) -> str:
    if position.phase is Phase.ENTERING:
        return UNKNOWN
    return liquidation_fact(_liquidation_price(position), position.liquidation_percent)


def _liquidation_price(position: PositionView) -> str | None:
    return None if position.liquidation_price is None else _price(position, position.liquidation_price)


def reachable_liquidation(position: PositionView) -> Decimal | None:
    """Return the liquidation price unless it is so far away that no market gets there."""
    return None if _is_out_of_reach(position) else position.liquidation_price


def _is_out_of_reach(position: PositionView) -> bool:
    percent = position.liquidation_percent
    return percent is not None and percent >= _OUT_OF_REACH_PERCENT


def _away(position: PositionView, price: Decimal | None) -> str:
    percent = away_percent(position, price)
    return "" if percent is None else format_percent(percent)


def _inside(fraction: Decimal) -> float:
    return round(min(max(float(fraction), 0.0), 1.0), 4)


def _float(amount: Decimal | None) -> float | None:
    """What is sorted by needs no more digits than what is shown."""
    return None if amount is None else round(float(amount), 3)
