"""The form's draft in the browser's own memory: a reload begins a new session, and the form goes on where it was."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from app_pages.ui.draft import DRAFT, key, present, put, texts, trade_exits
from app_pages.ui.draft_fields import AMOUNTS_IN, EXITS_IN, FIRST, FORM, NUMBERS
from app_pages.ui.live import component, heard
from app_pages.ui.number_field import write_text
from app_pages.ui.reopening import AGAIN
from domain.number_text import LONGEST
from domain.terms import Side

_ASKED = "draft_asked"
_KEEPER = "draft_keeper"
_SYMBOL = re.compile(r"[0-9A-Z_]{1,40}")
_LONGEST_WAIT_SECONDS = 7 * 24 * 3600
_MOST_PAIRS = 1000


def draw_draft_keeper(sent: Collection[str] = ()) -> None:
    """Let the browser keep what stands in the form; in a new session, ask it first for what it kept.

    A form that was filled by another page, as by "open one like this", is not asked for.

    Args:
        sent: pairs that are being opened: as further pairs they are not for the next trade.
    """
    wanted = not st.session_state.setdefault(_ASKED, DRAFT in st.session_state)
    component("draft-keeper")(
        key=_KEEPER,
        data={"form": FORM, "wanted": wanted, "fields": None if wanted else _written(sent), "texts": texts()},
        on_kept_change=_take,
    )


def restored(kept: object) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields and the texts of number fields that a browser kept; what cannot be understood is left out."""
    if not isinstance(kept, dict):
        return {}, {}
    fields, typed = kept.get("fields"), kept.get("texts")
    read = {name: _read(name, value) for name, value in fields.items()} if isinstance(fields, dict) else {}
    known = {key(name): name for name in NUMBERS}
    return (
        {name: value for name, value in read.items() if value is not None},
        {known[name]: text for name, text in typed.items() if name in known and _is_text(text)}
        if isinstance(typed, dict)
        else {},
    )


def _take() -> None:
    st.session_state[_ASKED] = True
    said = heard(_KEEPER, "kept")
    if not said:
        return
    try:
        kept = json.loads(str(said))
        fields, typed = restored(kept)
    except ValueError:
        return
    put(fields)
    for name, text in typed.items():
        write_text(key(name), text)
    if isinstance(kept, dict):
        trade_exits().take(*restored_exits(kept))


def restored_exits(kept: Mapping[str, object]) -> tuple[object, dict[str, str]]:
    """Return what a browser kept of the exits that move: what is no number, and the texts of number fields."""
    fields, typed = kept.get("fields"), kept.get("texts")
    texts = typed.items() if isinstance(typed, dict) else ()
    return (
        fields.get("exits") if isinstance(fields, dict) else None,
        {str(name): text for name, text in texts if _is_text(text)},
    )


def _written(sent: Collection[str]) -> dict[str, Any]:
    fields = {name: value for name, value in present().items() if name in FIRST}
    fields |= {"side": str(fields["side"] or Side.LONG), "wait": int(fields["wait"].total_seconds())}
    fields["more"] = [symbol for symbol in fields["more"] if symbol not in sent]
    return {**fields, "exits": trade_exits().kept()}


def _read(name: str, value: object) -> Any:  # noqa: ANN401  a field holds what its widget holds
    """Return what a field takes for what was kept of it, None where it takes no such thing."""
    match name, value:
        case "symbol", str() if _SYMBOL.fullmatch(value):
            return value
        case "more", list() if len(value) <= _MOST_PAIRS:
            return [one for one in value if isinstance(one, str) and _SYMBOL.fullmatch(one)]
        case "side", str() if value in tuple(Side):
            return Side(value)
        case (("after_fees" | "reopen"), bool()):
            return value
        case "wait", int() if 0 <= value <= _LONGEST_WAIT_SECONDS:
            return timedelta(seconds=value)
        case "again", list():
            return [word for word in AGAIN if word in value]
        case "amount_in", str() if value in AMOUNTS_IN:
            return value
        case "exit_in", str() if value in EXITS_IN:
            return value
    return None


def _is_text(text: object) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST
