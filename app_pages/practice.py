"""Practice: the controls of the practice exchange, to see what the bot does when prices move."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.ages import format_age, is_stale
from app_pages.ui.asking import say
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Figure, draw_figures, section_title
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from app_pages.ui.typed import typed_price
from domain.sizing import round_to_tick
from domain.wording import format_price, format_quantity
from monitor_health import Venue
from services_errors import PracticeRefused

if TYPE_CHECKING:
    from domain.terms import SymbolRules

NUDGES = (Decimal("-1"), Decimal("-0.1"), Decimal("0.1"), Decimal("1"))
JUMPS = {"1 hour": 3600, "8 hours": 8 * 3600}
_FIRST = "BTCUSDT"


def page() -> None:
    """Draw the page."""
    section_title("Practice", note="market behaviour as on Binance, invented money")
    if services().snapshot().status.venue is not Venue.PRACTICE:
        st.html(
            notice_html("info", "You are not on the practice exchange", "Choose it in Settings to use these controls.")
        )
        return
    symbols = services().symbols()
    if not symbols:
        st.html(notice_html("info", "The practice exchange is starting", "Its pairs show here in a moment."))
        return
    prices, time = st.columns(2)
    with prices, st.container(border=True, height="stretch"):
        _draw_price(symbols)
    with time, st.container(border=True, height="stretch"):
        _draw_modes()
        _draw_clock()


def _draw_price(symbols: tuple[str, ...]) -> None:
    section_title("Price of a pair")
    first = symbols.index(_FIRST) if _FIRST in symbols else 0
    symbol = st.selectbox("Pair", symbols, index=first, format_func=pair, key="practice_symbol")
    rules = services().symbol_rules(symbol)
    if rules is None:
        return
    _draw_live_price(rules)
    with st.container(horizontal=True):
        for nudge in NUDGES:
            label = f"{'+' if nudge > 0 else '−'}{abs(nudge)} %"
            if st.button(label, key=f"practice_nudge_{nudge}"):
                _nudge(rules, nudge)
    with st.form("practice_price", border=False):
        streamed = services().mark_price(symbol)
        example = "" if streamed is None else format_price(streamed[0], rules.tick_size)
        typed = st.text_input("Or set it to", key="practice_typed", placeholder=example)
        if st.form_submit_button("Set price"):
            _set_typed(rules, typed)
    st.caption("Stops and targets that the price crosses trigger at once, as on a real exchange.")


@st.fragment(run_every=1)
def _draw_live_price(rules: SymbolRules) -> None:
    streamed = services().mark_price(rules.symbol)
    age = None if streamed is None else streamed[1]
    shown = "–" if streamed is None else format_price(streamed[0], rules.tick_size)
    note = "no price yet" if streamed is None else f"mark price, {format_age(age)} old"
    draw_figures("practice_price_now", (Figure(pair(rules.symbol), shown, note, stale=is_stale(age)),))


def _nudge(rules: SymbolRules, percent: Decimal) -> None:
    streamed = services().mark_price(rules.symbol)
    if streamed is None:
        say("There is no price yet. Try again in a moment.")
        return
    price = round_to_tick(streamed[0] * (1 + percent / 100), rules.tick_size, up=percent > 0)
    _set_price(rules, price)


def _set_typed(rules: SymbolRules, typed: str | None) -> None:
    price = typed_price(typed or "")
    if price is None:
        st.error("Type a price above 0, for example 61000.5.")
        return
    if price % rules.tick_size:
        st.error(f"Prices of {pair(rules.symbol)} move in steps of {format_quantity(rules.tick_size)}.")
        return
    _set_price(rules, price)


def _set_price(rules: SymbolRules, price: Decimal) -> None:
    shown = format_price(price, rules.tick_size)
    _do(partial(services().practice_set_price, rules.symbol, price), f"{pair(rules.symbol)} is at {shown}.")


def _draw_modes() -> None:
    section_title("All prices")
    with st.container(horizontal=True):
        if st.button("Let them move", icon=":material/play_arrow:", key="practice_walk"):
            _do(partial(services().practice_prices, "walk"), "Prices move by themselves.")
        if st.button("Hold them still", icon=":material/pause:", key="practice_hold"):
            _do(partial(services().practice_prices, "hold"), "Prices stand still until you set one.")
    st.caption("Held prices move only when you set them: handy to see exactly what a stop or target does.")


def _draw_clock() -> None:
    section_title("The exchange's clock")
    with st.container(horizontal=True):
        for label, seconds in JUMPS.items():
            if st.button(f"{label} on", icon=":material/fast_forward:", key=f"practice_jump_{seconds}"):
                _do(partial(services().practice_advance, seconds), f"The practice exchange's clock is {label} further.")
    st.caption("It goes forwards only, and the funding due on the way is paid.")


def _do(wish: Callable[[], None], done: str) -> None:
    try:
        wish()
    except PracticeRefused as refusal:
        st.error(str(refusal))
    else:
        st.toast(done)
