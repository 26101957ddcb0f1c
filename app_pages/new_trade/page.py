"""New trade: one form, and the verdict on it before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.new_trade.form import draw_form
from app_pages.new_trade.refusals import spoken
from app_pages.new_trade.sending import draw_answers, follow, is_sending, send
from app_pages.new_trade.verdict import PairVerdict, draw_verdict, pairs_html
from app_pages.ui.asking import follow_asked
from app_pages.ui.banner import notice_html
from app_pages.ui.draft import all_symbols, keep_draft, typed_terms, value
from app_pages.ui.figures import section_title
from app_pages.ui.live import live_part
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from domain.venues import Venue
from domain.wording import format_usdt
from services.errors import ServiceError

if TYPE_CHECKING:
    from domain.terms import TradeTerms
    from services.dashboard.views import Snapshot

_STYLESHEET = Path(__file__).resolve().parents[2] / "static" / "new-trade.css"
_NO_RULES = "The exchange has not sent its rules yet."
_NO_PRICE = "There is no price to reckon with yet, so this cannot be turned into USDT. The page keeps trying."


@dataclass(frozen=True, slots=True)
class _Judged:
    """The trades that can be sent now, and why none can although each alone could; verdicts, the pair on show first."""

    verdicts: tuple[PairVerdict, ...]
    together: str

    @property
    def ready(self) -> list[TradeTerms]:
        if self.together:
            return []
        return [verdict.terms for verdict in self.verdicts if verdict.ready and verdict.terms is not None]


def page() -> None:
    """Draw the page."""
    st.html(_STYLESHEET)
    _draw_live()


@live_part(2)
def _draw_live() -> None:
    """Form and verdict in one part: a change in a field runs this alone, and the prices behind it stay fresh."""
    snapshot = services().dashboard.snapshot()
    judged = _judge()
    shown = judged.verdicts[0]
    rules = services().market.symbol_rules(shown.symbol)
    section_title("New trade")
    with st.container(key="trade", horizontal=True, gap="medium"):
        with st.container(key="trade_form"):
            draw_form(services().market.symbols(), shown.refusals, rules)
        with st.container(key="trade_verdict"):
            if shown.trouble or rules is None or shown.terms is None:
                st.html(notice_html("warning", "No verdict yet", shown.trouble or _NO_RULES))
            else:
                draw_verdict(shown.terms, shown.figures, shown.refusals, rules, snapshot.taken_at)
            if len(judged.verdicts) > 1:
                st.html(pairs_html(judged.verdicts))
            if judged.together:
                st.html(notice_html("down", "Together they are too much", judged.together))
            _draw_send(snapshot, judged)
    keep_draft(shown.terms)
    follow_asked()
    follow()


def _judge() -> _Judged:
    verdicts = tuple(_verdict(symbol) for symbol in all_symbols())
    return _Judged(verdicts, _together(verdicts))


def _verdict(symbol: str) -> PairVerdict:
    terms = typed_terms(symbol)
    if terms is None:
        return PairVerdict(symbol, None, None, (), _NO_PRICE)
    try:
        figures, refusals = services().previews.preview(terms)
    except ServiceError as error:
        return PairVerdict(symbol, terms, None, (), str(error))
    return PairVerdict(symbol, terms, figures, spoken(refusals, symbol), "")


def _together(verdicts: tuple[PairVerdict, ...]) -> str:
    """Return why several trades, each possible alone, cannot be opened together; empty when they can."""
    ready = [verdict.figures for verdict in verdicts if verdict.ready and verdict.figures is not None]
    quote = services().previews.quote(verdicts[0].symbol) if len(ready) > 1 else None
    if quote is None:
        return ""
    needed = sum((figures.margin + figures.entry_fee for figures in ready), Decimal(0))
    if needed <= quote.free_usdt:
        return ""
    free = format_usdt(quote.free_usdt)
    return (
        f"All {len(ready)} need {format_usdt(needed)} USDT with their fees, and {free} USDT are free. "
        "Use a smaller amount or fewer pairs."
    )


def _draw_send(snapshot: Snapshot, judged: _Judged) -> None:
    paused = snapshot.status.opening_paused
    st.button(
        "Sending…" if is_sending() else _button_words(judged),
        type="primary",
        width="stretch",
        key="open_trade",
        disabled=not judged.ready or paused or is_sending(),
        on_click=_send,
    )
    if not is_sending():
        if paused:
            st.caption("Opening is paused. Resume it on Positions.")
        else:
            orders = "one market order" if len(judged.ready) <= 1 else f"{len(judged.ready)} market orders"
            st.caption(f"Sends {orders} to {_venue_words(snapshot)}. No real money is involved.")
    draw_answers()


def _button_words(judged: _Judged) -> str:
    side = value("side")
    wished = len(judged.verdicts)
    if wished == 1:
        return f"Open {side} {pair(judged.verdicts[0].symbol)}"
    ready = len(judged.ready)
    return f"Open {side} in {wished} pairs" if ready in (0, wished) else f"Open {side} in {ready} of {wished} pairs"


def _venue_words(snapshot: Snapshot) -> str:
    practice = snapshot.status.venue is Venue.PRACTICE
    return "the practice exchange" if practice else snapshot.status.venue_label


def _send() -> None:
    """Ask for what stands in the fields at this moment, unless the rules refuse exactly that."""
    send(_judge().ready)
