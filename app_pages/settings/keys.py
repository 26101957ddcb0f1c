"""The exchange and the keys, on Settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.settings.questions import Question, ask, closable, live_question, say_next, try_to
from app_pages.settings.reset import draw_reset
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.links import go_to
from app_pages.ui.session import services, viewer_zone
from domain.venues import Venue
from domain.wording import counted
from services.accounts.views import KeySource
from services.errors import LivePositionsAsk, ServiceError

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
_FORM = "settings_form"  # counts up to empty the key fields after they were used


def draw_venue(status: KeyStatus) -> None:
    """Draw the choice of the exchange."""
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
        if status.venue is Venue.PRACTICE:
            _draw_practice()
        return
    if chosen is not status.venue and st.button(f"Switch to {chosen.label}", type="primary", key="settings_switch"):
        try_to(
            partial(services().keys.choose_venue, chosen),
            f"You are on {chosen.label} now",
            _next_words(chosen, status),
        )
    if chosen is status.venue:
        if chosen is Venue.PRACTICE:
            _draw_practice()
        st.caption("Real money is never used: the bot speaks to this machine and to Binance's test exchanges only.")


def _draw_practice() -> None:
    with st.container(horizontal=True):
        if st.button("Practice controls", icon=":material/science:", key="settings_practice"):
            go_to("practice")
        draw_reset()


def draw_keys(status: KeyStatus) -> None:
    """Draw which keys are in use, and the form for others."""
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
            on_click=ask,
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
            ask(live_question(question, partial(_save, api_key, api_secret, venue, True)))
            st.rerun()
        except ServiceError as error:
            said = ("down", "Nothing was saved", str(error))
        else:
            tone, title = ("up", "Your keys work") if check.accepted else ("down", "These keys were not saved")
            said = (tone, title, check.message)
    say_next(*said)


def _delete_question(status: KeyStatus) -> Question:
    live = status.live_positions
    words = "The bot cannot trade on Binance until you save keys again. Nothing changes on the exchange."
    if status.venue is not Venue.PRACTICE and live:
        words = (
            f"{counted(live, 'open position stays', 'open positions stay')} on the exchange with stop and target, but "
            "the bot will not watch over them until you save keys of the same account again."
        )
    delete = partial(services().keys.delete, leave_unwatched=True)
    act = partial(try_to, delete, "The saved keys are deleted", "")
    may_close = closable() if status.venue is not Venue.PRACTICE else ()
    return Question("Delete the saved keys?", words, "Delete them", "Keep them", act, may_close)


def _next_words(venue: Venue, status: KeyStatus) -> str:
    if venue is Venue.PRACTICE:
        return "The bot trades with invented money."
    return "The bot signs in with your keys." if status.last_four else "Now paste your API keys below."
