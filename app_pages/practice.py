"""Practice: the controls of the practice exchange, to see what the bot does when prices move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.ages import format_age, is_stale
from app_pages.ui.asking import say
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Figure, draw_figures, page_title, section_title
from app_pages.ui.live import component, heard, live_part
from app_pages.ui.number_field import draw_number_field, read, take_text, text_of, write_text
from app_pages.ui.pair_order import in_order, note_recent_pairs, pair_words
from app_pages.ui.plain import plain
from app_pages.ui.position_values import pair, position_html, position_name
from app_pages.ui.session import services, viewer_zone
from domain.number_text import NumberKind, NumberRole, Reading, Understood
from domain.pricing.sizing import round_to_tick
from domain.terms import Phase
from domain.venues import Venue
from domain.wording import decimals_of, format_duration, format_percent, format_price, format_quantity, format_usdt
from services.errors import PracticeRefused

if TYPE_CHECKING:
    from domain.terms import SymbolRules
    from services.accounts.practice import PracticeState
    from services.dashboard.views import PositionView

NUDGES = (Decimal("-1"), Decimal("-0.1"), Decimal("0.1"), Decimal("1"))
JUMPS = {"5 minutes": 300, "1 hour": 3600, "8 hours": 8 * 3600}
MODES = {"walk": "Move by themselves", "hold": "Stand still"}
_MODE_WORDS = {
    "walk": "They wander as on a quiet day. A price you set is where they go on from.",
    "hold": "They move only when you set them: handy to see exactly what a stop or target does.",
    "replay": "They are played from a file.",
}
_MODE_SAID = {"walk": "Prices move by themselves.", "hold": "Prices stand still until you set one."}
_FIRST = "BTCUSDT"
_SAME_TIME = timedelta(seconds=2)  # nearer than this the two clocks show the same


def page() -> None:
    """Draw the page."""
    page_title("Practice", note="Binance's rules, invented money")
    if services().dashboard.snapshot().status.venue is not Venue.PRACTICE:
        st.html(
            notice_html("info", "You are not on the practice exchange", "Choose it in Settings to use these controls.")
        )
        return
    note_recent_pairs()
    symbols = in_order(services().market.symbols())
    if not symbols:
        st.html(notice_html("info", "The practice exchange is starting", "Its pairs show here in a moment."))
        return
    prices, time = st.columns(2)
    with prices, st.container(border=True, height="stretch"):
        _draw_price(symbols)
    with time:
        try:
            state = services().practice.state()
        except PracticeRefused as refusal:
            st.html(notice_html("down", "The practice exchange cannot be moved right now", str(refusal)))
            return
        with st.container(border=True):
            _draw_mode(state)
        with st.container(border=True, height="stretch"):
            _draw_clock(state)


def _draw_price(symbols: tuple[str, ...]) -> None:
    section_title("Price of a pair")
    held = [position.symbol for position in services().dashboard.snapshot().positions]
    first = next((symbol for symbol in (*held, _FIRST) if symbol in symbols), symbols[0])
    symbol = st.selectbox("Pair", symbols, index=symbols.index(first), format_func=pair_words, key="practice_symbol")
    rules = services().market.symbol_rules(symbol)
    if rules is None:
        return
    _draw_live_price(rules)
    with st.container(horizontal=True):
        for nudge in NUDGES:
            label = f"{'+' if nudge > 0 else '−'}{abs(nudge)} %"
            if st.button(label, key=f"practice_nudge_{nudge}"):
                _nudge(rules, nudge)
    _draw_typed_price(rules)
    st.caption("Stops and targets that the price crosses trigger at once, as on a real exchange.")


@live_part(1)
def _draw_live_price(rules: SymbolRules) -> None:
    """Draw the price and, below it, the open trades that it decides."""
    streamed = services().market.mark_price(rules.symbol)
    age = None if streamed is None else streamed[1]
    shown = "–" if streamed is None else format_price(streamed[0], rules.tick_size)
    note = "no price yet" if streamed is None else f"mark price, {format_age(age)} old"
    draw_figures("practice_price_now", (Figure(pair(rules.symbol), shown, note, stale=is_stale(age)),))
    for position in services().dashboard.snapshot().positions:
        if position.symbol == rules.symbol and position.phase is Phase.OPEN:
            _draw_trade(position, rules)


def _draw_trade(position: PositionView, rules: SymbolRules) -> None:
    """Draw an open trade with the way to its stop and to its target."""
    result = "" if position.result_usdt is None else f", now {format_usdt(position.result_usdt, signed=True)} USDT"
    with st.container(key=f"practice_trade_{position.id}", horizontal=True, vertical_alignment="center"):
        st.html(position_html("Your trade", position_name(position) + result, ends_words(position, rules)))
        for name, price in (("stop", position.stop_price), ("target", position.target_price)):
            if price is not None and st.button(f"Go to its {name}", key=f"practice_{name}_{position.id}"):
                _set_price(rules, price)


def ends_words(position: PositionView, rules: SymbolRules) -> str:
    """Return where its target and stop lie: "Target at 86 000.0, +0.4 % · stop at 83 000.0, −1.2 %"."""
    ends = []
    for name, price in (("stop", position.stop_price), ("target", position.target_price)):
        if price is None:
            continue
        mark = position.mark_price
        away = f", {format_percent((price - mark) / mark * 100, signed=True)}" if mark else ""
        ends.append(f"{name} at {format_price(price, rules.tick_size)}{away}")
    return " · ".join(ends).capitalize() if ends else "The bot is placing its stop."


def _nudge(rules: SymbolRules, percent: Decimal) -> None:
    streamed = services().market.mark_price(rules.symbol)
    if streamed is None:
        st.error("There is no price yet. Try again in a moment.")
        return
    price = round_to_tick(streamed[0] * (1 + percent / 100), rules.tick_size, up=percent > 0)
    _set_price(rules, price)


def _draw_typed_price(rules: SymbolRules) -> None:
    form, streamed = f"practice_price:{rules.symbol}", services().market.mark_price(rules.symbol)
    example = "" if streamed is None else format_price(streamed[0], rules.tick_size)
    kind = NumberKind(NumberRole.AMOUNT, unit="", decimals=decimals_of(rules.tick_size))
    with st.container(horizontal=True, vertical_alignment="top", key="practice_typed"):
        reading = draw_number_field(
            form, "Or set it to, price", kind, form=form, placeholder=example, may_be_empty=True
        )
        why = _why_no_price(reading, rules) if text_of(form) else "Type a price first."
        component("send-button")(
            key="practice_set",
            data={
                "form": form,
                "label": "Set price",
                "disabled": bool(why),
                "why": "" if not text_of(form) else why,
                "texts": {form: text_of(form)},
                "shown": text_of(form),
            },
            on_pressed_change=partial(_set_typed, rules, form, kind),
            width="content",
        )


def _why_no_price(reading: Reading, rules: SymbolRules) -> str:
    if not isinstance(reading, Understood):
        return reading.words
    if not reading.value:
        return f"Type a price above 0 in steps of {format_quantity(rules.tick_size)}."
    if reading.value % rules.tick_size:
        return f"Prices of {pair(rules.symbol)} move in steps of {format_quantity(rules.tick_size)}."
    return ""


def _set_typed(rules: SymbolRules, form: str, kind: NumberKind) -> None:
    pressed = heard("practice_set", "pressed")
    if not pressed:
        return
    take_text(form, pressed["texts"].get(form, ""))
    reading = read(form, kind)
    # Only what was shown as read: what was typed as the button was pressed is shown first.
    if pressed["shown"] == text_of(form) and isinstance(reading, Understood) and not _why_no_price(reading, rules):
        _set_price(rules, Decimal(reading.value or 0))
        write_text(form, "")


def _set_price(rules: SymbolRules, price: Decimal) -> None:
    shown = format_price(price, rules.tick_size)
    _do(partial(services().practice.set_price, rules.symbol, price), f"{pair(rules.symbol)} is at {shown}.")


def _draw_mode(state: PracticeState) -> None:
    section_title("All prices")
    key = f"practice_mode_{state.mode}"
    st.segmented_control(
        "All prices",
        list(MODES),
        default=state.mode if state.mode in MODES else None,
        format_func=MODES.__getitem__,
        key=key,
        label_visibility="collapsed",
        on_change=_change_mode,
        args=(key,),
    )
    st.caption(_MODE_WORDS.get(state.mode, ""))


def _change_mode(key: str) -> None:
    chosen = st.session_state[key]
    if chosen in MODES:
        _do(partial(services().practice.prices, chosen), _MODE_SAID[chosen])


def _draw_clock(state: PracticeState) -> None:
    section_title("The exchange's clock")
    _draw_time(state.time - datetime.now(UTC))
    with st.container(horizontal=True):
        for label, seconds in JUMPS.items():
            st.button(
                f"Skip {label}",
                icon=":material/fast_forward:",
                key=f"practice_jump_{seconds}",
                on_click=_do,
                args=(partial(services().practice.advance, seconds), f"Clock moved on {label}."),
            )
    st.caption(
        "It goes forwards only. Waiting trades open when it is their time, and funding on the way is paid. *Reset "
        "practice* in Settings sets it back, with money and history."
    )


@live_part(1)
def _draw_time(ahead: timedelta) -> None:
    at = (datetime.now(UTC) + ahead).astimezone(viewer_zone())
    note = clock_words(ahead)
    draw_figures("practice_time_now", (Figure(f"{at:%a}, {at.day} {at:%b}", f"{at:%H:%M:%S}", note),))


def clock_words(ahead: timedelta) -> str:
    """Return how far the exchange's clock is from this machine's, the same on every page and after a reload."""
    if abs(ahead) < _SAME_TIME:
        return "same as your clock"
    return f"{format_duration(abs(ahead))} {'ahead of' if ahead > timedelta() else 'behind'} yours"


def _do(act: Callable[[], None], done: str) -> None:
    try:
        act()
    except PracticeRefused as refusal:
        st.error(plain(str(refusal)))
    else:
        say(done)
