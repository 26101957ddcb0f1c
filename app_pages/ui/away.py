"""The card While you were away: what happened since somebody last looked, read once and put away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title, tone_of
from app_pages.ui.session import services
from domain.risk.limits import limit_name
from domain.risk.uses import Lift
from domain.wording import NARROW_SPACE, counted, format_duration, format_quantity, format_usdt
from services.errors import NotReadable

if TYPE_CHECKING:
    from datetime import datetime

    from services.dashboard.away import AwaySummary
    from services.dashboard.views import Snapshot

_SHOWN = "away_shown"


def away_since() -> datetime | None:
    """Return since when nobody looked, None when there is nothing to tell; for the whole page, before its parts."""
    since = _visit()
    st.session_state[_SHOWN] = since
    return since


def draw_away(since: datetime) -> None:
    """Draw the card above the page, until it was read."""
    try:
        summary = services().away.summary(since)
    except NotReadable:
        return  # the banner says already that the records cannot be read
    if summary is None:
        return
    with st.container(border=True, key="away"):
        section_title("While you were away", note=f"the last {format_duration(summary.until - summary.since)}")
        st.html(facts_html(away_facts(summary, services().dashboard.snapshot())))
        st.button("OK", key="away_read", on_click=_dismiss)


def is_away_untold() -> bool:
    """Note that somebody is there; return whether the page must run once more to tell what happened meanwhile."""
    return _visit() != st.session_state.get(_SHOWN)


def _visit() -> datetime | None:
    try:
        return services().away.visit()
    except NotReadable:
        shown: datetime | None = st.session_state.get(_SHOWN)
        return shown


def _dismiss() -> None:
    try:
        services().away.dismiss()
    except NotReadable as silent:
        st.html(notice_html("down", "This could not be noted", str(silent)))


def away_facts(summary: AwaySummary, snapshot: Snapshot) -> list[Fact]:
    """Return the lines of the card, what needs an answer last and always told."""
    tone = tone_of(summary.result_usdt)
    unknown = f", {summary.unknown} with a result not known yet" if summary.unknown else ""
    trades = f"{counted(summary.trades, 'trade')}: {summary.won} won, {summary.lost} lost{unknown}"
    result = Fact("Result", f"USDT, {trades}", format_usdt(summary.result_usdt, signed=True), tone)
    without = summary.seconds_without_stop
    longest = "no stop was placed" if without is None else f"{format_quantity(without.normalize())}{NARROW_SPACE}s"
    return [
        result if summary.trades or summary.unknown else Fact("Result", "No trade closed."),
        Fact("The bot by itself", _joined(_deeds(summary)) or "had nothing to do"),
        Fact("Longest without a stop", longest),
        Fact("Needs an answer", _joined(_questions(snapshot)) or "nothing"),
    ]


def _deeds(summary: AwaySummary) -> list[str]:
    happened = (
        (summary.reopened, "trade", "opened again"),
        (summary.stops_lost, "stop", "that was gone, placed anew or the trade closed"),
        (summary.stops_moved, "move", "of a stop towards profit"),
        (summary.stops_adjusted, "stop or target", "placed elsewhere than asked"),
        (summary.closed_unprotected, "position", "closed because no stop could be placed"),
        (summary.closed_by_time, "trade", "closed because its time was up"),
        (summary.limits_reached, "limit", "reached"),
        (summary.limits_lifted, "limit", "lifted"),
        (summary.plans_paused, "plan", "paused"),
    )
    return [f"{counted(number, noun)} {what}" for number, noun, what in happened if number]


def _questions(snapshot: Snapshot) -> list[str]:
    external = [one for one in snapshot.external_positions if (one.symbol, one.side) not in snapshot.ignored]
    asks = [f"{counted(len(external), 'position')} not opened by the bot"] if external else []
    asks += [f"{counted(len(snapshot.paused), 'plan')} paused"] if snapshot.paused else []
    asks += [f"limit to lift: {limit_name(bite.kind)}" for bite in snapshot.bites if bite.lift is Lift.BY_HAND]
    return asks + [alert.title for alert in snapshot.status.alerts]


def _joined(parts: list[str]) -> str:
    return " · ".join(parts)
