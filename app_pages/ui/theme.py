"""The language of form: colours for charts drawn in Python, and whether they are light or dark."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

_DRAWN_IN = "drawn_in_tokens"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours as CSS hex values; static/dashboard.css names the same ones for HTML."""

    accent: str
    page: str
    raised: str
    text: str
    quiet: str
    border: str
    up: str
    up_soft: str
    down: str
    down_soft: str
    warning: str
    warning_soft: str
    practice: str
    practice_soft: str


LIGHT = Tokens(
    accent="#2F5BD3",
    page="#FFFFFF",
    raised="#F6F7F9",
    text="#15181E",
    quiet="#5A6472",
    border="#E4E7EC",
    up="#0F766E",
    up_soft="#E4F3F1",
    down="#B93C0B",
    down_soft="#FCEDE6",
    warning="#8A5A00",
    warning_soft="#FFF4D6",
    practice="#6941C6",
    practice_soft="#F1ECFB",
)
DARK = Tokens(
    accent="#7C9CFF",
    page="#0E1116",
    raised="#171B21",
    text="#E6E9EE",
    quiet="#9AA4B2",
    border="#262C35",
    up="#2DD4BF",
    up_soft="#0F2E2C",
    down="#FF8A5B",
    down_soft="#3A2219",
    warning="#F2C14E",
    warning_soft="#33280D",
    practice="#B79CFF",
    practice_soft="#251C3D",
)


def tokens() -> Tokens:
    """Return the colours of the theme this viewer sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def set_colour_scheme() -> None:
    """Let the dashboard's stylesheet, which comes with the index page, show the colours this viewer sees.

    Dialogs, menus and messages stand outside the part of the page on which Streamlit sets the colour scheme, so it is
    set for all of the page.
    """
    st.session_state[_DRAWN_IN] = tokens()
    st.html(f"<style>:root {{ color-scheme: {'dark' if tokens() is DARK else 'light'}; }}</style>")


def follow_theme() -> None:
    """Draw the whole page anew once the viewer's machine has turned light or dark; for use in a live part."""
    if st.session_state[_DRAWN_IN] != tokens():
        st.rerun()
