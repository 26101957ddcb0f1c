"""Settings: which exchange, which keys, and nothing that must be understood to begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.settings.limits import draw_limits
from app_pages.settings.lock import draw_lock
from app_pages.settings.notifications import draw_notifications
from app_pages.settings.preferences import draw_about, draw_preferences
from app_pages.settings.venue_probe import draw_venue_probe
from app_pages.ui.banner import notice_html
from app_pages.ui.dialogs import open_dialog
from app_pages.ui.figures import Fact, facts_html, page_title, section_title
from app_pages.ui.links import go_to
from app_pages.ui.live import live_part
from app_pages.ui.plain import plain
from app_pages.ui.session import services, viewer_zone
from domain.bot_status import BotState
from domain.venues import Venue
from domain.wording import format_duration, format_percent, format_usdt
from services.accounts.views import KeySource
from services.errors import LivePositionsAsk, NotReadable, ServiceError

if TYPE_CHECKING:
    from services.accounts.views import KeyStatus

VENUE_WORDS = {
    Venue.PRACTICE: "Invented money, no account needed",
    Venue.TESTNET: "Binance's own test exchange, testnet.binancefuture.com",
    Venue.DEMO: "Binance's demo trading, demo.binance.com",
}
_SOURCE_WORDS = {
    KeySource.NONE: "No keys yet",
    KeySource.ENVIRONMENT: "From the settings the bot was started with; they win over saved ones",
    KeySource.SAVED: "Saved here, encrypted",
    KeySource.LOCKED: "Saved here, but they cannot be read",
    KeySource.PRACTICE: "None needed: the practice exchange has its own account",
}
_KEYS_ARE_MADE_AT = " or ".join(
    f'<a href="https://{host}" target="_blank" rel="noopener">{host}</a>'
    for host in ("testnet.binancefuture.com", "demo.binance.com")
)
_HOW_TO_GET_KEYS = (
    f"Sign in at {_KEYS_ARE_MADE_AT}, make an API key with futures trading allowed, and copy both parts here. "
    "They are tried at once and stored only if they work, encrypted, and never shown again."
)
_SAID = "settings_said"  # (tone, title, text) to show after the page was drawn anew
_QUESTION = "settings_question"
_UNNOTICED_MS = 1000
_FORM = "settings_form"  # counts up to empty the key fields after they were used


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked about once before it is done; it lasts until answered or dismissed."""

    title: str
    text: str
    yes: str
    no: str
    act: Callable[[], None] = field(repr=False)
    may_close: tuple[int, ...] = ()  # positions that can be closed instead


def page() -> None:
    """Draw the page."""
    page_title("Settings")
    try:
        _draw()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))


def _draw() -> None:
    status = services().keys.status()
    said = st.session_state.pop(_SAID, None)
    with st.container():  # its place stays when it goes: what lies below keeps what is open and typed
        if said is not None:
            st.html(notice_html(*said))
    if status.source is KeySource.LOCKED:
        st.html(notice_html("down", "Your saved keys cannot be read", _locked_words(status)))
    left, right = st.columns(2)
    with left:
        with st.container(border=True):
            _draw_venue(status)
        with st.container(border=True, height="stretch"):
            _draw_state()
    with right, st.container(border=True, height="stretch"):
        _draw_keys(status)
    with st.container(border=True, key="settings_limits"):
        draw_limits()
    with st.container(border=True, key="settings_preferences"):
        draw_preferences()
    with st.container(border=True, key="settings_notifications"):
        draw_notifications()
    with st.container(border=True, key="settings_lock"):
        draw_lock()
    with st.container(border=True, key="settings_probe"):
        draw_venue_probe()
    with st.container(border=True, key="settings_about"):
        draw_about()
    question = st.session_state.get(_QUESTION)
    if question is not None:
        st.dialog(question.title, on_dismiss=_withdraw)(_draw_question)(question)


def _draw_venue(status: KeyStatus) -> None:
    section_title("Exchange")
    venues = tuple(Venue)
    chosen = st.radio(
        "Trade on",
        venues,
        index=venues.index(status.venue),
        format_func=lambda venue: venue.label,
        captions=[VENUE_WORDS[venue] for venue in venues],
        key=f"settings_venue_{status.venue}",
        label_visibility="collapsed",
        disabled=status.venue_fixed_by_environment,
    )
    if status.venue_fixed_by_environment:
        st.caption("Fixed by the EXCHANGE variable or the address the bot was started with. Change it there.")
        return
    if chosen is not status.venue and st.button(f"Switch to {chosen.label}", type="primary", key="settings_switch"):
        _try(
            partial(services().keys.choose_venue, chosen),
            f"You are on {chosen.label} now",
            _next_words(chosen, status),
        )
    if chosen is status.venue:
        if chosen is Venue.PRACTICE and st.button(
            "Practice controls", icon=":material/science:", key="settings_practice"
        ):
            go_to("practice")
        st.caption("Real money is never used: the bot speaks to this machine and to Binance's test exchanges only.")


def _draw_keys(status: KeyStatus) -> None:
    section_title("Binance keys")
    facts = [Fact("In use", _SOURCE_WORDS[status.source])]
    if status.last_four is not None:
        facts.append(Fact("API key", f"ends in {status.last_four}"))
    if status.saved_at is not None:
        at = status.saved_at.astimezone(viewer_zone())
        facts.append(Fact("Saved", f"{at.day} {at:%B %Y}, {at:%H:%M}"))
    st.html(facts_html(facts))
    if status.source is KeySource.ENVIRONMENT:
        st.caption("To use other keys, change BINANCE_TESTNET_API_KEY and BINANCE_TESTNET_API_SECRET and start again.")
        return
    if status.saving_refused_because is not None:
        st.html(notice_html("warning", "Keys cannot be saved here", status.saving_refused_because))
    else:
        _draw_key_form(status)
    if status.saved_at is not None:
        st.button(
            "Delete saved keys",
            type="tertiary",
            icon=":material/delete:",
            key="settings_delete",
            on_click=_ask,
            args=(_delete_question(status),),
        )


def _draw_key_form(status: KeyStatus) -> None:
    number = int(st.session_state.get(_FORM, 0))
    with st.form(f"settings_keys_{number}", border=False):
        venues = (Venue.TESTNET, Venue.DEMO)
        venue = st.segmented_control(
            "Keys from",
            venues,
            default=status.venue if status.venue in venues else Venue.TESTNET,
            required=True,
            format_func=lambda venue: venue.label,
            disabled=status.venue_fixed_by_environment,
        )
        api_key = st.text_input("API key", type="password", autocomplete="off", key=f"settings_api_key_{number}")
        secret = st.text_input("Secret key", type="password", autocomplete="off", key=f"settings_secret_{number}")
        pressed = st.form_submit_button(
            "Check and save", type="primary" if status.venue is not Venue.PRACTICE else "secondary"
        )
    st.html(f'<p class="explained">{_HOW_TO_GET_KEYS}</p>')
    if pressed:
        _save(api_key or "", secret or "", venue)


def _save(api_key: str, api_secret: str, venue: Venue, leave_unwatched: bool = False) -> None:
    # Keys leave the form at once, accepted or not: nobody finds them there later.
    st.session_state[_FORM] = int(st.session_state.get(_FORM, 0)) + 1
    with st.spinner("Asking the exchange …"):
        try:
            check = services().keys.check_and_save(api_key, api_secret, venue, leave_unwatched)
        except LivePositionsAsk as question:
            # The keys go on as an argument of the question: the form that held them may be gone by the answer.
            _ask(_live_question(str(question), partial(_save, api_key, api_secret, venue, True)))
            st.rerun()
        except ServiceError as error:
            said = ("down", "Nothing was saved", str(error))
        else:
            tone, title = ("up", "Your keys work") if check.accepted else ("down", "These keys were not saved")
            said = (tone, title, check.message)
    st.session_state[_SAID] = said
    st.rerun()


@live_part(2)
def _draw_state() -> None:
    snapshot = services().dashboard.snapshot()
    status, wallet = snapshot.status, snapshot.summary.wallet
    section_title("How the bot is doing")
    st.html(
        facts_html(
            (
                Fact(
                    "Wallet",
                    "not known yet" if wallet is None else f"{format_usdt(wallet)} USDT on {status.venue_label}",
                ),
                Fact("State", f"{status.word}{'' if status.holds_lease else ', another bot process is trading'}"),
                Fact("Connection", status.stream_word),
                Fact("Requests", _usage_words(status.weight_used, status.weight_limit)),
                Fact("Clock", _clock_words(status.clock_offset_ms)),
            )
        )
    )
    if status.state is BotState.NO_KEYS:
        st.caption("Save keys, or choose the practice exchange to begin without any.")


def _delete_question(status: KeyStatus) -> _Question:
    live = status.live_positions
    noun = "position stays" if live == 1 else "positions stay"
    words = "The bot cannot trade on Binance until you save keys again. Nothing changes on the exchange."
    if status.venue is not Venue.PRACTICE and live:
        words = (
            f"{live} open {noun} on the exchange with stop and target, but the bot will not watch over them "
            "until you save keys of the same account again."
        )
    delete = partial(services().keys.delete, leave_unwatched=True)
    act = partial(_try, delete, "The saved keys are deleted", "")
    may_close = _closable() if status.venue is not Venue.PRACTICE else ()
    return _Question("Delete the saved keys?", words, "Delete them", "Keep them", act, may_close)


def _live_question(words: str, act: Callable[[], None]) -> _Question:
    return _Question("Positions are open", words, "Leave them unwatched", "Keep watching them", act, _closable())


def _closable() -> tuple[int, ...]:
    """Return the open positions that the bot can close, which takes being signed in."""
    snapshot = services().dashboard.snapshot()
    signed_in = snapshot.status.state not in (BotState.NO_KEYS, BotState.LOCKED)
    return tuple(position.id for position in snapshot.positions) if signed_in else ()


def _ask(question: _Question) -> None:
    st.session_state[_QUESTION] = question


def _withdraw() -> None:
    st.session_state.pop(_QUESTION, None)


def _draw_question(question: _Question) -> None:
    st.write(plain(question.text))
    with st.container(horizontal=True):
        if st.button(question.no, type="primary", key="settings_no"):
            _withdraw()
            st.rerun()
        if question.may_close and st.button("Close them first", key="settings_close"):
            _withdraw()
            open_dialog("close_many", question.may_close)
            go_to("positions")
        if st.button(question.yes, key="settings_yes"):
            _withdraw()
            question.act()


def _try(change: Callable[..., None], title: str, text: str) -> None:
    """Make a change and say so; while positions are live ask first."""
    try:
        change()
    except LivePositionsAsk as question:
        _ask(_live_question(str(question), partial(_try, partial(change, leave_unwatched=True), title, text)))
        st.rerun()
    except ServiceError as error:
        st.html(notice_html("down", "Nothing was changed", str(error)))
        return
    st.session_state[_SAID] = ("up", title, text)
    st.rerun()


def _next_words(venue: Venue, status: KeyStatus) -> str:
    if venue is Venue.PRACTICE:
        return "The bot trades with invented money."
    return "The bot signs in with your keys." if status.last_four else "Now paste your API keys below."


def _locked_words(status: KeyStatus) -> str:
    why = status.saving_refused_because or "They were damaged. Delete them and save them again."
    return f"{why} Until then nothing is traded; stops already placed stay on the exchange."


def _usage_words(used: int | None, limit: int | None) -> str:
    return (
        "not known yet" if used is None or not limit else f"{format_percent(Decimal(used) * 100 / limit)} of the limit"
    )


def _clock_words(offset_ms: int | None) -> str:
    if offset_ms is None:
        return "not compared yet"
    if abs(offset_ms) < _UNNOTICED_MS:
        return "as the exchange's"
    apart = format_duration(timedelta(milliseconds=abs(offset_ms)))
    return f"{apart} {'behind' if offset_ms > 0 else 'ahead of'} the exchange"
