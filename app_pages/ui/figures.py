"""Figures in a strip, and small tables of facts: one look on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

import streamlit as st

from app_pages.ui.glossary import meaning
from app_pages.ui.live import component
from domain.wording import format_quantity, rounded


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a strip, ready to read; tone is up, down or plain; trend is oldest first."""

    label: str
    value: str
    note: str
    tone: str = "plain"
    trend: tuple[Decimal, ...] = ()
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a table of facts; lead stands first in its tone, up, down or plain."""

    label: str
    text: str
    lead: str = ""
    tone: str = "plain"


def tone_of(amount: Decimal | None) -> str:
    """Return the tone of a result in USDT: up above zero, down below, plain where it reads as zero or is unknown."""
    if amount is None or rounded(amount, 2) == 0:
        return "plain"
    return "up" if amount > 0 else "down"


def draw_figures(key: str, figures: Sequence[Figure]) -> None:
    """Draw a strip of figures that is patched in place when drawn again under the same key."""
    values = [
        {
            "label": figure.label,
            "meaning": meaning(figure.label),
            "value": figure.value,
            "note": figure.note,
            "tone": figure.tone,
            "stale": figure.stale,
            "trend": [float(point) for point in figure.trend],
        }
        for figure in figures
    ]
    component("figures")(key=key, data={"figures": values})


def fact_values(facts: Sequence[Fact]) -> list[dict[str, str]]:
    """Return facts as a live component draws them."""
    return [
        {
            "label": fact.label,
            "meaning": meaning(fact.label),
            "text": fact.text,
            "lead": fact.lead,
            "tone": fact.tone,
        }
        for fact in facts
    ]


def facts_html(facts: Sequence[Fact]) -> str:
    """Return a table of facts as HTML, everything in it escaped."""
    return f'<dl class="facts">{"".join(_fact_html(fact) for fact in facts)}</dl>'


def section_title(title: str, count: int | None = None, note: str = "", tone: str = "quiet") -> None:
    """Draw a heading inside a page, with how many and a few quiet words behind it."""
    number = f' <span class="count">{format_quantity(Decimal(count))}</span>' if count is not None else ""
    words = f' <span class="title-note {escape(tone)}">{escape(note)}</span>' if note else ""
    st.html(f'<h2 class="section">{escape(title)}{number}{words}</h2>')


def page_title(title: str, note: str = "", seen: bool = True) -> None:
    """Draw the one heading of a page; unseen where the page speaks for itself."""
    words = f' <span class="title-note quiet">{escape(note)}</span>' if note else ""
    st.html(f'<h1 class="section{"" if seen else " unseen"}">{escape(title)}{words}</h1>')


def _fact_html(fact: Fact) -> str:
    lead = f'<span class="{escape(fact.tone)}">{escape(fact.lead)}</span> ' if fact.lead else ""
    said = meaning(fact.label)
    title = f' title="{escape(said)}"' if said else ""
    return f"<div><dt{title}>{escape(fact.label)}</dt><dd>{lead}{escape(fact.text)}</dd></div>"
