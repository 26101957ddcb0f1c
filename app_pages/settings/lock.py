"""Who may come in: the dashboard's password, the code from a phone, and the browsers that are signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.plain import plain
from app_pages.ui.session import services
from domain.wording import counted
from services.access import second_factor
from services.access.access import IDLE_CHOICES
from services.access.views import PasswordSource
from services.errors import ServiceError

if TYPE_CHECKING:
    from services.access.views import AccessStatus, SessionView

SESSION_HEADER = "X-Dashboard-Session"  # put in by the guard, which takes out what a browser says under this name
_PASSWORD_WORDS = {
    PasswordSource.NONE: "None. Everybody who uses this machine can trade",
    PasswordSource.ENVIRONMENT: "From DASHBOARD_PASSWORD, where the bot was started",
    PasswordSource.SETTINGS: "Set here",
}
_SAID = "lock_said"  # (tone, title, text) to show after the page was drawn anew
_FORM = "lock_form"  # counts up to empty the fields after they were used
_PHONE = "lock_new_secret"
_CODES = "lock_recovery_codes"


def draw_lock() -> None:
    """Draw the section."""
    own = _own_session()
    status = services().access.status(own)
    section_title("Who may come in")
    said = st.session_state.pop(_SAID, None)
    with st.container():  # its place stays when it goes: what lies below keeps what is open and typed
        if said is not None:
            st.html(notice_html(*said))
    st.html(facts_html(_facts(status)))
    if status.password is not PasswordSource.ENVIRONMENT:
        _draw_password(status)
    if status.password is not PasswordSource.NONE:
        _draw_second_factor(status)
        _draw_sessions(status)


def _own_session() -> int | None:
    said = st.context.headers.get(SESSION_HEADER, "")
    return int(said) if said.isascii() and said.isdigit() else None


def _facts(status: AccessStatus) -> list[Fact]:
    facts = [Fact("Password", _PASSWORD_WORDS[status.password])]
    if status.password is not PasswordSource.NONE:
        left = counted(status.recovery_codes_left, "recovery code")
        facts.append(Fact("Code from your phone", f"Asked for too · {left} left" if status.second_factor else "Off"))
    return facts


def _draw_password(status: AccessStatus) -> None:
    locked = status.password is PasswordSource.SETTINGS
    number = _number()
    with st.expander("Change the password" if locked else "Set a password"), st.form(f"lock_{number}", border=False):
        present = _password("Present password", f"lock_present_{number}") if locked else ""
        new = _password("New password, at least 10 characters", f"lock_new_{number}", new=True)
        again = _password("The same again", f"lock_again_{number}", new=True)
        with st.container(horizontal=True):
            changed = st.form_submit_button("Change password" if locked else "Set password", type="primary")
            removed = locked and st.form_submit_button("Remove password", type="tertiary")
        st.caption("Everybody has to sign in after this, you too. Forgotten? See Security in the README.")
    if changed and new != again:
        _say("down", "Nothing was changed", "The two new passwords are not the same.")
    elif changed:
        _try(lambda: services().access.set_password(present, new), "The password is set", "Sign in with it.")
    elif removed:
        _try(lambda: services().access.remove_password(present), "The password is gone", "")


def _draw_second_factor(status: AccessStatus) -> None:
    codes = st.session_state.pop(_CODES, None)
    if codes is not None:
        st.html(notice_html("up", "Write these recovery codes down", "Each opens once when your phone is gone."))
        st.code("\n".join(codes), language=None)
    if status.second_factor:
        _draw_removal()
    elif status.second_factor_refused_because is None:
        _draw_addition()
    else:
        st.caption(f"A code from your phone cannot be added: {plain(status.second_factor_refused_because)}")


def _draw_addition() -> None:
    secret = st.session_state.setdefault(_PHONE, second_factor.new_secret())
    number = _number()
    with st.expander("Add a code from your phone"), st.form(f"lock_code_{number}", border=False):
        picture = second_factor.qr_code(secret, "dashboard")
        st.html(
            "<p>Scan this with an authenticator app, or type the letters into it.</p>"
            f'<img src="{escape(picture)}" alt="QR code for an authenticator app" width="180" height="180">'
            f"<p><code>{escape(' '.join(secret[at : at + 4] for at in range(0, len(secret), 4)))}</code></p>"
        )
        code = st.text_input("Code it shows now", autocomplete="one-time-code", max_chars=10, key=f"lock_code_{number}")
        present = _password("Present password", f"lock_code_present_{number}")
        pressed = st.form_submit_button("Add", type="primary")
    if pressed:

        def add() -> None:
            st.session_state[_CODES] = services().access.add_second_factor(present, secret, code or "")
            st.session_state.pop(_PHONE, None)

        _try(add, "Your phone's code is asked for from now on", "")


def _draw_removal() -> None:
    number = _number()
    with st.expander("Stop asking for the code"), st.form(f"lock_off_{number}", border=False):
        present = _password("Present password", f"lock_off_present_{number}")
        pressed = st.form_submit_button("Ask for the password alone")
    if pressed:
        _try(lambda: services().access.remove_second_factor(present), "The password alone opens now", "")


def _draw_sessions(status: AccessStatus) -> None:
    idle = st.selectbox(
        "Log out after no press or key for",
        IDLE_CHOICES,
        index=IDLE_CHOICES.index(status.idle_for) if status.idle_for in IDLE_CHOICES else 0,
        format_func=_time_words,
        key=f"lock_idle_{status.idle_for}",
    )
    if idle is not None and idle != status.idle_for:
        _try(lambda: services().access.set_idle_time(idle), "Saved", "")
    others = [session for session in status.sessions if not session.own]
    st.html(facts_html([_session_fact(session) for session in status.sessions[:10]]))
    with st.container(horizontal=True):
        own = _own_session()
        if own is not None and st.button("Log out", key="lock_out"):
            services().access.sign_out(own)
        if others and st.button(f"Log out everywhere ({len(status.sessions)})", key="lock_out_everywhere"):
            services().access.sign_out_everywhere()


def _session_fact(session: SessionView) -> Fact:
    name = "This browser" if session.own else f"{session.active_at:%d.%m. %H:%M} UTC"
    return Fact(name, f"{session.address} · {session.browser[:60]}")


def _time_words(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes >= 24 * 60:
        return counted(minutes // (24 * 60), "day")
    return counted(minutes // 60, "hour") if minutes >= 60 else counted(minutes, "minute")


def _password(label: str, key: str, *, new: bool = False) -> str:
    autocomplete = "new-password" if new else "current-password"
    return st.text_input(label, type="password", autocomplete=autocomplete, max_chars=256, key=key) or ""


def _number() -> int:
    return int(st.session_state.get(_FORM, 0))


def _try(change: Callable[[], None], title: str, text: str) -> None:
    """Make a change and say so."""
    try:
        change()
    except ServiceError as error:
        _say("down", "Nothing was changed", str(error))
    _say("up", title, text)


def _say(tone: str, title: str, text: str) -> None:
    st.session_state[_SAID] = (tone, title, text)
    st.session_state[_FORM] = _number() + 1
    st.rerun()
