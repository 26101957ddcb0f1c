"""The form of New trade: its fields, what they start from, and the terms they spell."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from app_pages.ui.position_values import pair
from app_pages.ui.typed import shown_number
from domain.refusals import Refusal
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.wording import decimals_of, format_quantity, side_words

WAITS = {
    "1 minute": timedelta(minutes=1),
    "5 minutes": timedelta(minutes=5),
    "15 minutes": timedelta(minutes=15),
    "30 minutes": timedelta(minutes=30),
    "1 hour": timedelta(hours=1),
    "4 hours": timedelta(hours=4),
}
STARTS: dict[str, dict[str, Any]] = {
    "Careful": {"amount": 100.0, "leverage": 5, "target": 4.0, "stop": 4.0},
    "Standard": {"amount": 150.0, "leverage": 20, "target": 15.0, "stop": 10.0},
    "Daring": {"amount": 300.0, "leverage": 30, "target": 60.0, "stop": 30.0},
}
_FIRST: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": Side.LONG,
    "after_fees": True,
    "reopen": True,
    "wait": "5 minutes",
    "maximum": 20,
    "again": ["A win", "A loss"],
    **STARTS["Standard"],
}
_FIELD_OF_TERM = {
    "symbol": "symbol",
    "side": "side",
    "amount_usdt": "amount",
    "leverage": "leverage",
    "tp_usdt": "target",
    "sl_usdt": "stop",
    "basis": "after_fees",
    "reopen": "maximum",
}
_DRAFT = "trade_draft"


def keep_draft() -> None:
    """Remember what is in the fields now: Streamlit forgets a field as soon as it is not drawn."""
    present = {field: st.session_state[_key(field)] for field in _FIRST if _key(field) in st.session_state}
    st.session_state[_DRAFT] = {**st.session_state.get(_DRAFT, {}), **present}


def typed_terms() -> TradeTerms:
    """Return the terms that the fields spell, wrong ones included: the preview says what is wrong."""
    field = _value
    again = field("again") or []
    return TradeTerms(
        symbol=field("symbol"),
        side=field("side") or Side.LONG,
        amount_usdt=shown_number(field("amount")),
        leverage=int(field("leverage") or 0),
        tp_usdt=shown_number(field("target")),
        sl_usdt=shown_number(field("stop")),
        basis=Basis.NET if field("after_fees") else Basis.GROSS,
        reopen=ReopenRule(
            enabled=bool(field("reopen")) and bool(again),
            delay=WAITS[field("wait")],
            maximum=field("maximum"),
            after_target="A win" in again,
            after_stop="A loss" in again,
        ),
    )


def draw_form(symbols: tuple[str, ...], refusals: tuple[Refusal, ...]) -> None:
    """Draw the fields, each refusal beside the field it is about.

    Args:
        symbols: pairs to choose from; the one chosen is kept even while the list is still empty.
        refusals: of the terms as typed now.
    """
    _draw_starts()
    chosen = _value("symbol")
    listed = symbols if chosen in symbols else (chosen, *symbols)
    # What was left in a field is its default, not only its state: a browser that draws the field anew begins with
    # the default and sends it back with the next change, as a switch turned off or a wait of one minute.
    st.selectbox("Pair", listed, index=listed.index(chosen), format_func=pair, key=_key("symbol"))
    _draw_refusals("symbol", refusals)
    st.segmented_control(
        "Direction",
        list(Side),
        default=_value("side"),
        format_func=side_words,
        key=_key("side"),
        width="stretch",
        required=True,
    )
    _draw_refusals("side", refusals)
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        _draw_money("Stake, USDT", "amount", 10.0, "The margin this trade ties up. Leverage multiplies it.", refusals)
    with right:
        _draw_leverage(refusals)
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        _draw_money("Take profit, USDT", "target", 1.0, None, refusals)
    with right:
        _draw_money("Stop loss, USDT", "stop", 1.0, None, refusals)
    st.toggle("After fees: what lands in your wallet", value=_value("after_fees"), key=_key("after_fees"))
    _draw_refusals("basis", refusals)
    st.toggle("Open it again after it closes", value=_value("reopen"), key=_key("reopen"))
    if _value("reopen"):
        _draw_reopening(refusals)


def _draw_starts() -> None:
    """Draw the starts, the one that stands in the fields marked.

    Each mark is a widget of its own: a browser that does not know yet that the mark is gone still sends it along with
    the next number that is typed, and that must not count as pressing the start again.
    """
    marked = _matching_start()
    key = _key(f"start_{marked}")
    st.pills("Start from", list(STARTS), default=marked, key=key, on_change=_start_from, args=(marked,))


def _draw_reopening(refusals: tuple[Refusal, ...]) -> None:
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        st.selectbox("Wait", list(WAITS), index=list(WAITS).index(_value("wait")), key=_key("wait"))
    with right:
        st.number_input(
            "At most, times",
            min_value=1,
            value=_value("maximum"),
            step=1,
            key=_key("maximum"),
            placeholder="no limit",
        )
    _draw_refusals("reopen", refusals)
    st.pills("Again after", ["A win", "A loss"], selection_mode="multi", default=_value("again"), key=_key("again"))


def _draw_money(label: str, field: str, step: float, help_text: str | None, refusals: tuple[Refusal, ...]) -> None:
    decimals = max(2, decimals_of(shown_number(_value(field))))
    st.number_input(
        label,
        min_value=0.0,
        value=_value(field),
        step=step,
        format=f"%.{decimals}f",
        key=_key(field),
        help=help_text,
    )
    _draw_refusals(_term_of(field), refusals)


def _draw_leverage(refusals: tuple[Refusal, ...]) -> None:
    st.number_input(
        "Leverage",
        min_value=1,
        max_value=125,
        value=_value("leverage"),
        step=1,
        key=_key("leverage"),
        help="A position is this many times the stake. Both directions of a pair share one leverage.",
    )
    _draw_refusals("leverage", refusals)


def _draw_refusals(term: str, refusals: tuple[Refusal, ...]) -> None:
    for refusal in refusals:
        if refusal.field != term:
            continue
        st.html(f'<p class="refusal" role="alert">{escape(refusal.message)}</p>')
        if isinstance(refusal.suggestion, Decimal):
            st.button(
                f"Use {_suggested(refusal.suggestion, term)}",
                key=f"use_{term}",
                type="tertiary",
                on_click=partial(_use, _FIELD_OF_TERM[term], refusal.suggestion),
            )


def _use(field: str, suggestion: Decimal) -> None:
    st.session_state[_key(field)] = int(suggestion) if field == "leverage" else float(suggestion)


def _suggested(suggestion: Decimal, term: str) -> str:
    return f"{int(suggestion)}×" if term == "leverage" else f"{format_quantity(suggestion)} USDT"


def _start_from(marked: str | None) -> None:
    start = st.session_state[_key(f"start_{marked}")]
    if start in STARTS and start != marked:
        for field, value in STARTS[start].items():
            st.session_state[_key(field)] = value


def _matching_start() -> str | None:
    """Return the start whose numbers stand in the fields, so that a changed field takes the mark away."""
    return next((name for name, start in STARTS.items() if all(_value(f) == v for f, v in start.items())), None)


def _term_of(field: str) -> str:
    return next(term for term, name in _FIELD_OF_TERM.items() if name == field)


def _key(field: str) -> str:
    return f"trade_{field}"


def _value(field: str) -> Any:  # noqa: ANN401  a field holds what its widget holds
    """Return what is in a field, or was left in it, or what it starts from."""
    return st.session_state.get(_key(field), st.session_state.get(_DRAFT, {}).get(field, _FIRST.get(field)))
