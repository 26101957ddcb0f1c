"""News that nobody asked for: a stop or target that was hit while the page was open."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import say
from app_pages.ui.position_values import pair, with_pairs
from app_pages.ui.session import services
from domain.terms import CloseReason
from domain.wording import closed_sentence, format_usdt
from services.errors import NotReadable

if TYPE_CHECKING:
    from services.dashboard.views import Snapshot
    from services.history.views import ClosedPosition

_LIVE = "news_live"  # ids of the positions that were live when this viewer last looked
_CLOSED_AT = "news_closed"  # counts up with each message, for the sound
_KNOWN = "news_known"  # what was wrong and which limits held when this viewer last looked
_NEWEST = "news_newest"  # (count, words) of the newest message for the browser's own notifications
_MOST_READ = 20


def follow_news() -> None:
    """Say which trades have closed since the last look, once and together.

    Those that the person closed are no news to ring for. The browser's own notifications also say what has gone wrong
    since, and which limits were reached.
    """
    snapshot = services().dashboard.snapshot()
    _follow_matters(snapshot)
    live = {position.id for position in snapshot.positions}
    before: set[int] = st.session_state.get(_LIVE, live)
    gone = sorted(before - live)
    try:
        found = [services().history.statement(position_id) for position_id in gone[:_MOST_READ]]
    except NotReadable:
        return  # they are looked for again the next time
    st.session_state[_LIVE] = live
    closed = [one.position for one in found if one is not None]
    for words, statement in closed_messages(closed):
        say(words, statement)
    by_itself = [one for one in closed if one.reason is not CloseReason.MANUAL]
    if by_itself:
        st.session_state[_CLOSED_AT] = closed_count() + 1
        _notify(" ".join(words for words, _ in closed_messages(by_itself)))


def closed_count() -> int:
    """Return how often something has closed by itself while this viewer looked on."""
    return int(st.session_state.get(_CLOSED_AT, 0))


def newest_news() -> dict[str, object]:
    """Return the newest message for the browser's own notifications and how many there were, as the header takes it."""
    count, words = st.session_state.get(_NEWEST, (0, ""))
    return {"count": count, "words": words}


def matters(snapshot: Snapshot) -> dict[str, str]:
    """Return what is wrong now and which limits hold, in words by what tells them apart."""
    wrong = {f"alert {alert.code} {alert.since}": f"{alert.title} {alert.text}" for alert in snapshot.status.alerts}
    held = {f"limit {bite.kind} {bite.plan_id}": bite.sentence for bite in snapshot.bites}
    return {key: with_pairs(words) for key, words in (wrong | held).items()}


def _follow_matters(snapshot: Snapshot) -> None:
    now = matters(snapshot)
    before: set[str] = st.session_state.get(_KNOWN, set(now))
    st.session_state[_KNOWN] = set(now)
    new = [words for key, words in now.items() if key not in before]
    if new:
        _notify(" ".join(new))


def _notify(words: str) -> None:
    count, _ = st.session_state.get(_NEWEST, (0, ""))
    st.session_state[_NEWEST] = (count + 1, words)


def closed_messages(closed: list[ClosedPosition]) -> list[tuple[str, int | None]]:
    """Return the lines of one message about trades that have closed, each with the id its statement has.

    What several come to together stands first, and leads nowhere.
    """
    lines: list[tuple[str, int | None]] = [
        (f"{pair(one.symbol)}: {closed_sentence(one.reason, one.net_usdt)}.", one.id) for one in closed
    ]
    if len(closed) <= 1:
        return lines
    together = format_usdt(sum((one.net_usdt for one in closed if one.net_usdt is not None), Decimal(0)), signed=True)
    return [(f"{len(closed)} trades have closed, {together} USDT together.", None), *lines]
