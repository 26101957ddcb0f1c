"""What the person saw when they pressed: it is sent as it was shown, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.draft import present
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from domain.preview.seen import worse_than_seen
from services.errors import ServiceError

if TYPE_CHECKING:
    from app_pages.ui.draft_fields import Fields
    from domain.preview.preview import Preview
    from domain.terms import TradeTerms

_SHOWN = "trade_shown"
_PRESSES = "trade_presses"
_KEPT = 20  # verdicts that may still be on their way to the browser: one each two seconds
_TYPED_SINCE = "The numbers changed as you pressed. Look at the result once more and press again."
_TOO_LATE = "This was shown too long ago. Look at the result once more and press again."


@dataclass(frozen=True, slots=True)
class _Shown:
    fields: Fields
    trades: tuple[tuple[TradeTerms, Preview], ...]


def note_shown(trades: Sequence[TradeTerms], figures: Sequence[Preview | None]) -> str:
    """Remember what is drawn now and return the name under which a press speaks of it.

    The name is the same as long as the same is drawn, and another one after each press.
    """
    shown = _Shown(present(), tuple((one, figure) for one, figure in zip(trades, figures, strict=False) if figure))
    presses = st.session_state.setdefault(_PRESSES, 0)
    name = f"{presses}-{sha256(repr(shown).encode()).hexdigest()[:16]}"
    kept: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    kept.pop(name, None)
    kept[name] = shown
    for old in list(kept)[:-_KEPT]:
        del kept[old]
    return name


def seen_trades(name: str) -> tuple[str, tuple[TradeTerms, ...]]:
    """Return what to send for a press on what was shown under this name: why nothing, or the trades as shown."""
    shown: _Shown | None = st.session_state.get(_SHOWN, {}).get(name)
    st.session_state[_PRESSES] += 1
    st.session_state[_SHOWN] = {}
    if shown is None:
        return _TOO_LATE, ()
    if shown.fields != present():
        return _TYPED_SINCE, ()
    for terms, figures in shown.trades:
        words = _worse(terms, figures)
        if words:
            return f"{pair(terms.symbol)}: {words} Nothing was sent; press again if that is right.", ()
    return "", tuple(terms for terms, _ in shown.trades)


def _worse(terms: TradeTerms, seen: Preview) -> str:
    rules = services().market.symbol_rules(terms.symbol)
    try:
        now, refusals = services().previews.preview(terms)
    except ServiceError as error:
        return str(error)
    if refusals:
        return refusals[0].message
    return "" if now is None or rules is None else worse_than_seen(seen, now, rules)
