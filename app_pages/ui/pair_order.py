"""In which order pairs are listed to choose from: favourites, then those traded last, then all others by name."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from services.errors import NotReadable, ServiceError

_RECENT = "pairs_traded_last"
_TRADES_LOOKED_AT = 50
_RECENT_AT_MOST = 5
_STAR = "★ "


def note_recent_pairs() -> None:
    """Look up which pairs were traded last; once where a page begins, not each time that its live parts run."""
    try:
        traded = [name.symbol for name in services().activity.position_names(_TRADES_LOOKED_AT)]
    except NotReadable:
        traded = []
    st.session_state[_RECENT] = tuple(dict.fromkeys(traded))[:_RECENT_AT_MOST]


def in_order(symbols: Iterable[str]) -> tuple[str, ...]:
    """Return pairs in the order in which they are listed."""
    return ordered(symbols, services().preferences.chosen().favourites, st.session_state.get(_RECENT, ()))


def ordered(symbols: Iterable[str], favourites: Iterable[str], recent: Iterable[str]) -> tuple[str, ...]:
    """Return pairs: the favourites as they were starred, then the recent ones, newest first, then the rest by name."""
    listed = sorted(set(symbols))
    there = set(listed)
    return tuple(dict.fromkeys([*(one for one in (*favourites, *recent) if one in there), *listed]))


def pair_words(symbol: str) -> str:
    """Return a pair as it stands in a list to choose from, a favourite with its star."""
    star = _STAR if symbol in services().preferences.chosen().favourites else ""
    return f"{star}{pair(symbol)}"


def draw_star(symbol: str) -> None:
    """Draw the button that makes a pair a favourite, or ends that."""
    starred = symbol in services().preferences.chosen().favourites
    words = f"Take {pair(symbol)} from the favourites" if starred else f"Make {pair(symbol)} a favourite"
    st.button(
        words,
        icon=":material/star:",
        key="pair_starred" if starred else "pair_unstarred",
        type="tertiary",
        on_click=_star,
        args=(symbol, not starred),
    )


def _star(symbol: str, on: bool) -> None:
    others = [one for one in services().preferences.chosen().favourites if one != symbol]
    try:
        services().preferences.choose("favourites", ",".join([*others, symbol] if on else others) or None)
    except ServiceError as refused:
        st.error(str(refused))
