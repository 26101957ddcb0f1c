"""New trade: one form, and the verdict on it before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.new_trade.exits import draw_exit_preview, exits_shown
from app_pages.new_trade.form import draw_form
from app_pages.new_trade.seen import note_shown, seen_trades
from app_pages.new_trade.sending import draw_answers, follow, is_sending, send, sent_so_far, take_out_opened
from app_pages.new_trade.verdict import PairVerdict, draw_together, draw_verdict, pairs_html
from app_pages.ui.asking import follow_asked, say
from app_pages.ui.banner import notice_html
from app_pages.ui.draft import all_symbols, keep_draft, texts, unread, value
from app_pages.ui.draft_fields import EXITS_IN, FORM
from app_pages.ui.figures import page_title
from app_pages.ui.kept_draft import draw_draft_keeper
from app_pages.ui.live import component, heard, live_part
from app_pages.ui.number_field import take_text
from app_pages.ui.pair_order import note_recent_pairs
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from app_pages.ui.typed_trade import terms_of, typed_trade
from domain.bot_status import BotState
from domain.preview.amounts import ExitUnit
from domain.preview.requested import unreadable
from domain.preview.seen import SLIPPAGE
from domain.preview.together import cautions
from domain.venues import Venue
from domain.wording import format_percent, format_usdt
from services.errors import ServiceError

if TYPE_CHECKING:
    from domain.terms import TradeTerms
    from services.dashboard.views import Snapshot

_STYLESHEET = Path(__file__).resolve().parents[2] / "static" / "new-trade.css"
SEND = "open_trade"
_JUDGED = "trade_judged"  # as it was when it was sent
_NO_RULES = "Waiting for the exchange's rules."
_NO_KEYS = "Add keys on Settings to check this trade."
_SLIPPAGE_WORDS = (
    f"If the price moves against you by more than {format_percent(SLIPPAGE * 100)} meanwhile, nothing is sent."
)
_NO_PRICE = "There is no price yet, so this cannot be turned into USDT. The page keeps trying."


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
    note_recent_pairs()
    _draw_live()


@live_part(2)
def _draw_live() -> None:
    """Form and verdict in one part: a change in a field runs this alone, and the prices behind it stay fresh."""
    snapshot = services().dashboard.snapshot()
    take_out_opened()
    judged = _judge()
    shown = judged.verdicts[0]
    warned = _cautions(judged, snapshot.summary.wallet)
    rules = services().market.symbol_rules(shown.symbol)
    page_title("New trade")
    with st.container(key="trade", horizontal=True, gap="medium"):
        with st.container(key="trade_form"):
            draw_form(services().market.symbols(), shown.refusals, rules)
        with st.container(key="trade_verdict"):
            if shown.trouble or rules is None or shown.terms is None:
                st.html(
                    notice_html("warning", "Cannot check this trade yet", shown.trouble or _no_rules_words(snapshot))
                )
            else:
                exits = exits_shown(shown.terms, shown.figures)
                draw_verdict(shown, rules, snapshot.taken_at, warned, exits.lines)
                draw_exit_preview(exits)
            if len(judged.verdicts) > 1:
                st.html(pairs_html(judged.verdicts, sent_so_far()))
                draw_together([one.figures for one in judged.verdicts if one.figures], snapshot.summary.wallet)
            if judged.together:
                st.html(notice_html("down", "Together they are too much", judged.together))
            _draw_send(snapshot, judged)
    draw_draft_keeper(sent_so_far())
    keep_draft(shown.terms)
    follow_asked()
    follow()


def _no_rules_words(snapshot: Snapshot) -> str:
    return _NO_KEYS if snapshot.status.state in (BotState.NO_KEYS, BotState.LOCKED) else _NO_RULES


def _judge() -> _Judged:
    """Return the verdict on what stands in the fields; while it is sent, the one that was sent.

    What was just opened would else be reported as an obstacle to itself.
    """
    if is_sending() and _JUDGED in st.session_state:
        sent: _Judged = st.session_state[_JUDGED]
        return sent
    verdicts = tuple(_verdict(symbol) for symbol in all_symbols())
    judged = _Judged(verdicts, _together(verdicts))
    st.session_state[_JUDGED] = judged
    return judged


def _verdict(symbol: str) -> PairVerdict:
    requested = typed_trade(symbol)
    if requested is None:
        return PairVerdict(symbol, None, None, (), unread() or _NO_PRICE)
    terms = terms_of(requested)
    if terms is None:
        refused = unreadable(requested)
        return PairVerdict(symbol, None, None, refused, "" if refused else _NO_PRICE)
    try:
        figures, refusals = services().previews.preview(terms, requested)
    except ServiceError as error:
        return PairVerdict(symbol, terms, None, (), str(error))
    rules = services().market.symbol_rules(symbol) if EXITS_IN[value("exit_in")] is ExitUnit.PRICE else None
    return PairVerdict(symbol, terms, figures, refusals, "", None if rules is None else rules.tick_size)


def _cautions(judged: _Judged, wallet: Decimal | None) -> tuple[str, ...]:
    """Return what deserves a second look in all trades that would be opened, empty while none can be."""
    opened = [one.figures for one in judged.verdicts if one.ready and one.figures is not None]
    return cautions(opened, wallet, services().preferences.chosen().risk_share_percent)


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
    why = _why_not(snapshot, judged)
    orders = "one market order" if len(judged.ready) <= 1 else f"{len(judged.ready)} market orders"
    component("send-button")(
        key=SEND,
        data={
            "form": FORM,
            "label": "Sending…" if is_sending() else _button_words(judged),
            "disabled": bool(why) or is_sending(),
            "why": ""
            if is_sending()
            else why or f"Sends {orders} to {_venue_words(snapshot)}. {_SLIPPAGE_WORDS} No real money is involved.",
            "texts": texts(),
            "shown": note_shown(judged.ready, [one.figures for one in judged.verdicts if one.ready]),
        },
        on_pressed_change=_send,
    )
    draw_answers()


def _why_not(snapshot: Snapshot, judged: _Judged) -> str:
    """Return why nothing can be opened now; empty when it can."""
    if snapshot.status.opening_paused:
        return "New trades are stopped. Resume them on Positions."
    if judged.ready:
        return ""
    if judged.together:
        return "Together they are too much."
    return judged.verdicts[0].trouble or "Put right what is marked red first."


def _button_words(judged: _Judged) -> str:
    side = value("side")
    pairs = len(judged.verdicts)
    if pairs == 1:
        return f"Open {side} {pair(judged.verdicts[0].symbol)}"
    ready = len(judged.ready)
    return f"Open {side} in {pairs} pairs" if ready in (0, pairs) else f"Open {side} in {ready} of {pairs} pairs"


def _venue_words(snapshot: Snapshot) -> str:
    practice = snapshot.status.venue is Venue.PRACTICE
    return "the practice exchange" if practice else snapshot.status.venue_label


def _send() -> None:
    """Ask for what the person saw when they pressed, unless it is something else by now."""
    pressed = heard(SEND, "pressed")
    if not pressed or is_sending():
        return
    for field, text in pressed["texts"].items():
        if field in texts() and text != texts()[field]:
            take_text(field, text)
    wrong, trades = seen_trades(pressed["shown"])
    if wrong:
        say(wrong)
    else:
        send(trades)
