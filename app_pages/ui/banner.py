"""One banner on every page while something is wrong, worst first, in plain words."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.position_values import with_pairs
from app_pages.ui.session import services, viewer_zone
from domain.risk.limits import limit_name
from domain.terms import Severity
from domain.zones import UTC_ZONE

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from domain.bot_status import Alert
    from domain.risk.verdict import Bite

_TONES = {Severity.DANGER: "down", Severity.WARNING: "warning", Severity.INFO: "info", Severity.GOOD: "up"}
_ICONS = {"down": "block", "warning": "warning", "info": "info", "up": "check_circle"}


def notice_html(tone: str, title: str, text: str, more: int = 0) -> str:
    """Return one coloured box: what is the matter, and what it means.

    Args:
        tone: up, down, warning or info.
        title: one short line.
        text: the rest, plain text; may be empty. What stands between ** is set bold.
        more: how many further matters are not shown.
    """
    title, text = with_pairs(title), with_pairs(text)
    rest = f'<p class="notice-more">and {more} more, see Activity</p>' if more else ""
    body = f"<p>{_with_bold(text)}</p>" if text else ""
    return (
        f'<div class="notice {tone}" role="status"><span class="icon" aria-hidden="true">{_ICONS[tone]}</span>'
        f"<div><strong>{escape(title)}</strong>{body}{rest}</div></div>"
    )


def alerts_html(alerts: tuple[Alert, ...], zone: ZoneInfo = UTC_ZONE) -> str:
    """Return the banner for these alerts, since when in the viewer's zone; empty when there are none."""
    if not alerts:
        return ""
    worst = alerts[0]
    since = f"Since {worst.since.astimezone(zone):%H:%M:%S}."
    return notice_html(_TONES[worst.severity], worst.title, f"{worst.text} {since}", len(alerts) - 1)


def _with_bold(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))


def bites_html(bites: tuple[Bite, ...]) -> str:
    """Return the quiet banner that says which limits let nothing open and when they lift; empty when none does."""
    if not bites:
        return ""
    names = ", ".join(limit_name(bite.kind) for bite in bites)
    sentences = " ".join(bite.sentence for bite in bites)
    return notice_html("info", f"No new trades: {names}", f"{sentences} Open trades keep their stop and target.")


def draw_alerts() -> None:
    """Draw the banner as it is now; nothing while all is well."""
    snapshot = services().dashboard.snapshot()
    banner = alerts_html(snapshot.status.alerts, viewer_zone()) + bites_html(snapshot.bites)
    with st.container(key="banner"):
        if banner:
            st.html(banner)
