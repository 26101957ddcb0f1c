"""The section Limits of Settings: what each is set to and how much of it is used, when it lifts, what was reached."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.settings.limit_fields import (
    FORM,
    begin_anew,
    draw_closing,
    draw_counting,
    draw_field,
    draw_hours,
    draw_waits,
    limits_typed,
    texts_typed,
)
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.live import component, heard, live_part
from app_pages.ui.number_field import take_text
from app_pages.ui.session import services, viewer_zone
from domain.risk.limits import LimitKind, limit_name
from domain.wording import counted, format_duration, format_percent, format_usdt
from services.errors import LimitsRefused, NotReadable
from services.trading.limits import can_lift

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from domain.risk.limits import RiskLimits
    from domain.risk.uses import LimitUse
    from services.trading.limits import LimitsView, ReachedLimitView

_BASE = "limits_base"  # what the fields began with
_TYPED = "limits_typed"  # what they made when they were last drawn; None while something has to be put right
_SAID = "limits_said"  # (tone, title, text)
_PRESSES = "limits_presses"
_ASKED = "limits_asked"  # the limit to lift, or the peak, that is asked about: (name, plan id)
_PEAK = "peak"
_COUNT_NOUNS = {
    LimitKind.PLAN_LOSSES: "trade",
    LimitKind.LOSSES: "trade",
    LimitKind.OPEN_POSITIONS: "position",
}
_PERCENTS = (LimitKind.SPREAD, LimitKind.LIQUIDATION_DISTANCE)


def draw_limits() -> None:
    """Draw the section."""
    section_title("Limits")
    st.caption(
        "Reached, a limit lets nothing new open. Open trades keep their stop and target. An empty field is no limit."
    )
    _draw_live()


@live_part(5)
def _draw_live() -> None:
    """Draw everything that is used up, lifts or is reached while one looks on."""
    try:
        view = services().limits.view()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    if view is None:
        st.caption("Limits belong to an account: connect one first, or choose the practice exchange.")
        return
    said = st.session_state.get(_SAID)
    if said is not None:
        st.html(notice_html(*said))
    base = _base(view.limits)
    chosen = _draw_groups(view, base)
    limits, why = limits_typed(base, chosen)
    if st.session_state.get(_TYPED) not in (None, limits):
        st.session_state.pop(_SAID, None)
    st.session_state[_TYPED] = limits
    _draw_save(limits, why, base)
    _draw_history(view.history)


def _base(saved: RiskLimits) -> RiskLimits:
    """Return what the fields begin with: what is saved, or while somebody types, what was saved as they began."""
    base: RiskLimits = st.session_state.setdefault(_BASE, saved)
    if base != saved and st.session_state.get(_TYPED) == base:
        begin_anew()
        st.session_state[_BASE] = st.session_state[_TYPED] = saved
        return saved
    return base


def _draw_groups(view: LimitsView, base: RiskLimits) -> dict[str, object]:
    """Draw each limit in its one place; return what is chosen besides the numbers, as RiskLimits takes it."""
    chosen: dict[str, object] = {}
    left, right = st.columns(2)
    with left:
        _draw_title("Losses")
        for kind in (LimitKind.DAY_LOSS, LimitKind.WEEK_LOSS):
            _draw_limit(kind, view, base)
        chosen |= draw_counting(base)
        for kind in (LimitKind.DRAWDOWN, LimitKind.PLAN_LOSSES, LimitKind.LOSSES):
            _draw_limit(kind, view, base)
        draw_waits(base)
        _draw_uses(LimitKind.COOL_DOWN, view)
    with right:
        _draw_title("Open at once")
        for kind in (LimitKind.OPEN_POSITIONS, LimitKind.TOTAL_MARGIN, LimitKind.OPEN_RISK):
            _draw_limit(kind, view, base)
        _draw_title("Entries")
        for kind in (LimitKind.SPREAD, LimitKind.LIQUIDATION_DISTANCE):
            _draw_limit(kind, view, base)
        chosen["trading_hours"] = draw_hours(base)
        _draw_uses(LimitKind.TRADING_HOURS, view)
        _draw_title("Goal and closing")
        for kind in (LimitKind.DAY_GOAL, LimitKind.CLOSE_ALL_LOSS, LimitKind.CLOSE_ALL_GAIN):
            _draw_limit(kind, view, base)
        chosen["close_all_after"] = draw_closing(base)
    return chosen


def _draw_title(title: str) -> None:
    st.html(f'<h3 class="limits-group">{escape(title)}</h3>')


def _draw_limit(kind: LimitKind, view: LimitsView, base: RiskLimits) -> None:
    with st.container(key=f"limit_place_{kind}", gap="small"):
        draw_field(kind, base)
        _draw_uses(kind, view)
        if kind is LimitKind.DRAWDOWN and view.limits.drawdown_usdt is not None:
            _draw_asking(
                _PEAK,
                None,
                "Reset the peak",
                "The drawdown then counts from what is in the account now.",
                services().limits.reset_peak,
            )


def _draw_uses(kind: LimitKind, view: LimitsView) -> None:
    """Draw how much of a limit is used; of a row of losses per plan, the longest row and every plan it holds."""
    uses = [use for use in view.uses if use.kind is kind]
    held = [use for use in uses if use.reached]
    for use in held or sorted(uses, key=lambda use: use.used or 0, reverse=True)[:1]:
        drawn = bar_html(use, _sentence(use, view))
        if drawn:
            st.html(drawn)
        if can_lift(use):
            lift = partial(services().limits.lift, kind, use.plan_id)
            _draw_asking(kind, use.plan_id, "Lift", "It counts anew from now, and trades can open again.", lift)


def _draw_asking(name: str, plan_id: int | None, label: str, words: str, act: Callable[[], None]) -> None:
    """Draw a button that asks once before it does something."""
    place = f"{name}_{plan_id}" if plan_id is not None else name
    if st.session_state.get(_ASKED) != place:
        st.button(label, key=f"ask_{place}", type="tertiary", on_click=st.session_state.update, args=({_ASKED: place},))
        return
    st.caption(words)
    with st.container(horizontal=True):
        st.button("Cancel", key=f"keep_{place}", on_click=st.session_state.pop, args=(_ASKED, None))
        st.button(label, key=f"do_{place}", type="primary", on_click=_do, args=(act,))


def _do(act: Callable[[], None]) -> None:
    st.session_state.pop(_ASKED, None)
    _say_outcome(act, "Done", "It counts anew from now.")


def _draw_save(limits: RiskLimits | None, why: str, base: RiskLimits) -> None:
    texts = texts_typed(base)
    shown = sha256(repr((limits, texts, st.session_state.get(_PRESSES, 0))).encode()).hexdigest()[:16]

    def press() -> None:
        pressed = heard("limits_save", "pressed")
        if not pressed:
            return
        st.session_state[_PRESSES] = st.session_state.get(_PRESSES, 0) + 1
        if _take(pressed["texts"], texts) or pressed["shown"] != shown or limits is None:
            words = "The numbers changed as you pressed. Look once more and press again."
            st.session_state[_SAID] = ("warning", "Nothing was saved", words)
            return
        _save(limits, base)

    component("send-button")(
        key="limits_save",
        data={
            "form": FORM,
            "label": "Save limits",
            "disabled": limits is None,
            "why": why,
            "texts": texts,
            "shown": shown,
        },
        on_pressed_change=press,
        width="content",
    )


def _take(pressed: Mapping[str, str], shown: Mapping[str, str]) -> bool:
    """Take note of what stood in the fields at the press; return whether it differs from what was shown as read."""
    changed = {key: text for key, text in pressed.items() if shown.get(key, text) != text}
    for key, text in changed.items():
        take_text(key, text)
    return bool(changed)


def _save(limits: RiskLimits, base: RiskLimits) -> None:
    def save() -> None:
        view = services().limits.view()
        # A browser may say one press twice: then they are saved already.
        if view is not None and view.limits not in (base, limits):
            st.session_state[_BASE] = view.limits
            raise LimitsRefused(
                "Your limits were changed somewhere else meanwhile. What you typed is still here: "
                "press again to save it in their place, or open this page anew to see them."
            )
        services().limits.save(limits)
        begin_anew()
        st.session_state[_BASE] = st.session_state[_TYPED] = limits

    _say_outcome(save, "Saved", "Your limits hold from now on.")


def _say_outcome(act: Callable[[], None], title: str, text: str) -> None:
    try:
        act()
    except (LimitsRefused, NotReadable) as refused:
        st.session_state[_SAID] = ("down", "Nothing was changed", str(refused))
    else:
        st.session_state[_SAID] = ("up", title, text)


def bar_html(use: LimitUse, sentence: str) -> str:
    """Return the bar of a limit: how much of it is used, and where it is reached, why and until when."""
    words = sentence if use.reached else _used_words(use)
    if not words:
        return ""
    tone = " reached" if use.reached else ""
    bar = ""
    if use.used is not None and use.limit:
        share = min(max(use.used / use.limit, Decimal(0)), Decimal(1))
        percent = 100 if use.reached and use.kind is not LimitKind.COOL_DOWN else int(share * 100)
        bar = (
            f'<div class="limit-bar" role="meter" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}" '
            f'aria-label="{escape(limit_name(use.kind))}"><span style="width: {percent}%"></span></div>'
        )
    return f'<div class="limit-use{tone}">{bar}<p>{escape(words)}</p></div>'


def _sentence(use: LimitUse, view: LimitsView) -> str:
    """Return why a reached limit bites, in the words of the form and the engine."""
    found = (bite.sentence for bite in view.bites if (bite.kind, bite.plan_id) == (use.kind, use.plan_id))
    default = f"Plan {use.plan_id} opens no trade until you lift this limit." if use.plan_id is not None else ""
    return next(found, default)


def _used_words(use: LimitUse) -> str:
    if use.used is None or use.limit is None or use.kind is LimitKind.COOL_DOWN:
        return "Open now." if use.kind is LimitKind.TRADING_HOURS else ""
    if use.kind in _COUNT_NOUNS:
        return f"{int(use.used)} of {counted(int(use.limit), _COUNT_NOUNS[use.kind])}"
    return f"{format_usdt(max(use.used, Decimal(0)))} of {format_usdt(use.limit)} USDT"


def _draw_history(history: tuple[ReachedLimitView, ...]) -> None:
    if not history:
        return
    with st.expander(f"Reached before ({len(history)})", icon=":material/history:"):
        st.html(facts_html([Fact(limit_name(reached.kind), history_words(reached, _moment)) for reached in history]))


def history_words(reached: ReachedLimitView, moment: Callable[[datetime], str]) -> str:
    """Return when a limit was reached, at what, and what became of it."""
    amounts = f"{_amount(reached.kind, reached.used)} of {_amount(reached.kind, reached.limit)}"
    if reached.lifted_at is None:
        ended = ""
    else:
        by = "lifted by you" if reached.lifted_by_hand else "lifted"
        ended = f", {by} {moment(reached.lifted_at)} ({format_duration(reached.lifted_at - reached.reached_at)} later)"
    return f"{moment(reached.reached_at)}: {amounts}{ended}"


def _amount(kind: LimitKind, amount: Decimal) -> str:
    if kind in _COUNT_NOUNS:
        return counted(int(amount), _COUNT_NOUNS[kind])
    return format_percent(amount, decimals=2) if kind in _PERCENTS else f"{format_usdt(amount)} USDT"


def _moment(at: datetime) -> str:
    local = at.astimezone(viewer_zone())
    return f"{local.day} {local:%B}, {local:%H:%M}"
