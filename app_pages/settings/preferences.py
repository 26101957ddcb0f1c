"""What a person prefers: numbers, times, colours, sound, what the form begins with, and when it warns."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st

from app_pages.ui.asking import say
from app_pages.ui.draft_fields import STARTS
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.glossary import GLOSSARY
from app_pages.ui.number_field import draw_number_field
from app_pages.ui.plain import plain
from app_pages.ui.session import services
from domain.number_text import DecimalSign, NumberKind, NumberRole, Understood
from domain.version import VERSION
from services.accounts.preferences import Chosen, Colours
from services.errors import ServiceError

_CHANGES = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
_BROWSER = "As the browser"
_FORMATS = {None: _BROWSER, DecimalSign.POINT: "1 000.50", DecimalSign.COMMA: "1 000,50"}
_COLOURS = {Colours.SYSTEM: "As this machine", Colours.LIGHT: "Light", Colours.DARK: "Dark"}
_SHARE = NumberKind(NumberRole.AMOUNT, unit="%")


def draw_preferences() -> None:
    """Draw the section; each choice is saved as it is made."""
    section_title("Preferences")
    chosen = services().preferences.chosen()
    left, right = st.columns(2)
    with left:
        _draw_appearance(chosen)
    with right:
        _draw_trading(chosen)


def draw_about() -> None:
    """Draw the version, what changed, and what the words mean."""
    section_title("About")
    st.html(facts_html((Fact("Version", VERSION),)))
    with st.expander("What changed"):
        st.markdown(_changes())
    with st.expander("What the words mean"):
        words = "".join(f"<div><dt>{escape(word)}</dt><dd>{escape(said)}</dd></div>" for word, said in GLOSSARY)
        st.html(f'<dl class="facts">{words}</dl>')


def _draw_appearance(chosen: Chosen) -> None:
    formats, zones = list(_FORMATS), [None, *sorted(available_timezones())]
    st.selectbox(
        "Numbers",
        formats,
        index=formats.index(chosen.number_format),
        format_func=lambda sign: _FORMATS[sign],
        key="prefer_number_format",
        on_change=_choose,
        args=("number_format",),
    )
    st.selectbox(
        "Time zone",
        zones,
        index=zones.index(chosen.time_zone) if chosen.time_zone in zones else 0,
        format_func=lambda zone: zone or _BROWSER,
        key="prefer_time_zone",
        on_change=_choose,
        args=("time_zone",),
    )
    st.segmented_control(
        "Colours",
        list(Colours),
        default=chosen.colours,
        required=True,
        format_func=lambda colours: _COLOURS[colours],
        key="prefer_colours",
        on_change=_choose,
        args=("colours",),
    )


def _draw_trading(chosen: Chosen) -> None:
    presets = [None, *STARTS, *(preset.name for preset in services().presets.load())]
    st.selectbox(
        "New trade begins with",
        presets,
        index=presets.index(chosen.default_preset) if chosen.default_preset in presets else 0,
        format_func=lambda name: "Standard" if name is None else plain(name),
        key="prefer_default_preset",
        on_change=_choose,
        args=("default_preset",),
    )
    _draw_share(chosen.risk_share_percent)
    st.toggle(
        "A sound when a trade closes",
        value=chosen.sound,
        key="prefer_sound",
        on_change=_choose,
        args=("sound",),
    )


def _draw_share(present: Decimal) -> None:
    reading = draw_number_field(
        "prefer_risk_share",
        "Warn from this share of the wallet at risk",
        _SHARE,
        form="preferences",
        start=f"{present.normalize():f}",
        help_text="New trade turns amber when all its stops together would cost more, 1 to 100 %.",
    )
    if not isinstance(reading, Understood) or reading.value is None or reading.value == present:
        return
    if 1 <= reading.value <= 100:
        _save("risk_share_percent", f"{reading.value:f}")
    else:
        st.html('<p class="refusal" role="alert">Type a number from 1 to 100.</p>')


def _choose(name: str) -> None:
    value = st.session_state.get(f"prefer_{name}")
    _save(name, value if value is None or isinstance(value, bool) else str(value))


def _save(name: str, value: str | bool | None) -> None:
    try:
        services().preferences.choose(name, value)
    except ServiceError as refused:
        say(str(refused))


def _changes() -> str:
    """Return what changed, newest first, under smaller headings."""
    try:
        text = _CHANGES.read_text(encoding="utf-8")
    except OSError:
        return "The list of changes is not part of this installation."
    return text.partition("\n## ")[2].replace("[Unreleased]", "Not yet released").replace("\n### ", "\n##### ")
