"""The section Notifications of Settings: channels, the hour of summaries, and the ping that says the bot is alive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.live import component
from app_pages.ui.session import services, viewer_zone
from domain.wording import counted
from notifications.kinds import NotificationKind
from services.accounts.notifications import ChannelChoice
from services.errors import NotificationsRefused

if TYPE_CHECKING:
    from services.accounts.notifications import Channel

_SAID = "notifications_said"  # (tone, title, text) to show after the page was drawn anew
_FORM = "notifications_form"  # counts up to empty the fields after they were used
_ADDRESSES = "notifications_addresses"  # counts up to empty the fields of addresses with each press
_REFUSED = "notifications_refused"  # (form, why what was pressed there was not done), until it is drawn
_EDITED = "notifications_edited"  # id of the channel that is being changed
_USUAL = (
    NotificationKind.CLOSED,
    NotificationKind.STOP_FAILED,
    NotificationKind.LIMIT,
    NotificationKind.HEALTH,
    NotificationKind.EXTERNAL,
)
_NIGHT = (time(22), time(7))
_ADDRESS_HELP = (
    "Telegram: tgram://bot_token/chat_id · Discord: discord://webhook_id/webhook_token · ntfy: ntfy://my-topic · "
    "Pushover: pover://user_key@app_token · e-mail: mailtos://user:password@my.server?to=me@example.org · "
    "your own server: jsons://my.server/path. It is stored encrypted and never shown again."
)
_PRIVATE_WORDS = "The receiver is on this machine or in my home network"


def draw_notifications() -> None:
    """Draw the section. May raise NotReadable."""
    section_title("Notifications")
    said = st.session_state.pop(_SAID, None)
    with st.container():  # its place stays when it goes: what lies below keeps what is open and typed
        if said is not None:
            st.html(notice_html(*said))
    channels = services().notifications.channels()
    if not channels:
        st.caption("Get word on your phone or by e-mail when a trade closes or something needs you.")
    for channel in channels:
        if st.session_state.get(_EDITED) == channel.id:
            _draw_change(channel)
        else:
            _draw_channel(channel)
    with st.expander("Add a channel", expanded=False, icon=":material/add:"):
        _draw_new()
    component("browser-notices")(key="browser_notices", data={})
    _draw_summary_hour()
    _draw_ping()


def _draw_channel(channel: Channel) -> None:
    facts = [
        Fact(channel.service, channel.name if channel.enabled else f"{channel.name}, switched off"),
        Fact("Sends", ", ".join(kind.label for kind in NotificationKind if kind in channel.kinds)),
        Fact("Last sent", _moment(channel.last_sent_at)),
    ]
    if channel.quiet_from is not None and channel.quiet_until is not None:
        facts.append(Fact("Quiet", f"{channel.quiet_from:%H:%M} to {channel.quiet_until:%H:%M}"))
    if channel.waiting:
        problem = f": {channel.last_problem}" if channel.last_problem else ""
        facts.append(Fact("Waiting", f"{counted(channel.waiting, 'message')}{problem}"))
    with st.container(border=True, key=f"channel_{channel.id}"):
        st.html(facts_html(facts))
        with st.container(horizontal=True):
            if st.button("Send a test", key=f"channel_test_{channel.id}"):
                _send_test(channel)
            if st.button("Change", key=f"channel_change_{channel.id}"):
                st.session_state[_EDITED] = channel.id
                st.rerun()
            if st.button("Delete", key=f"channel_delete_{channel.id}", type="tertiary"):
                services().notifications.delete(channel.id)
                _say("up", "Deleted", f"{channel.name} gets nothing more.")


def _send_test(channel: Channel) -> None:
    with st.spinner("Sending …"):
        try:
            outcome = services().notifications.test(channel.id)
        except NotificationsRefused as refused:
            outcome = str(refused)
    _say("up" if outcome.startswith("Sent") else "down", f"Test message to {channel.name}", outcome)


def _draw_change(channel: Channel) -> None:
    with st.container(border=True, key=f"channel_{channel.id}"):
        choice = _draw_choice(f"channel_{channel.id}", channel)
        with st.container(horizontal=True):
            if st.button("Save", type="primary", key=f"channel_save_{channel.id}"):
                refusal = _refusal_of(lambda: services().notifications.change(channel.id, choice))
                if refusal:
                    st.html(notice_html("down", "Nothing was changed", refusal))
                else:
                    st.session_state.pop(_EDITED, None)
                    _say("up", "Saved", f"{choice.name.strip()} is as you want it now.")
            if st.button("Cancel", key=f"channel_cancel_{channel.id}"):
                st.session_state.pop(_EDITED, None)
                st.rerun()


def _draw_new() -> None:
    number = int(st.session_state.get(_FORM, 0))
    address = _draw_address("Address", "channel_address", _ADDRESS_HELP)
    choice = _draw_choice(f"channel_new_{number}", None)
    if st.button("Add", type="primary", key="channel_add"):
        refusal = _refusal_of(lambda: services().notifications.add(address, choice))
        if refusal:
            _refuse("channel_new", refusal)
        st.session_state[_FORM] = number + 1
        _empty_addresses()
        _say("up", "Added", "Press Send a test to see whether it arrives.")
    _draw_refusal("channel_new", "This channel was not added")


def _draw_choice(key: str, channel: Channel | None) -> ChannelChoice:
    name = st.text_input("Name", value=channel.name if channel else "My phone", max_chars=60, key=f"{key}_name")
    kinds = st.pills(
        "Send word of",
        tuple(NotificationKind),
        selection_mode="multi",
        default=[kind for kind in NotificationKind if kind in (channel.kinds if channel else _USUAL)],
        format_func=lambda kind: kind.label,
        key=f"{key}_kinds",
    )
    quiet = st.toggle(
        "Quiet hours",
        value=bool(channel and channel.quiet_from),
        key=f"{key}_quiet",
    )
    st.caption("What happens in quiet hours is sent when they are over.")
    begins, ends = _NIGHT
    if quiet:
        left, right = st.columns(2)
        begins = left.time_input("From", (channel and channel.quiet_from) or begins, key=f"{key}_from") or begins
        ends = right.time_input("Until", (channel and channel.quiet_until) or ends, key=f"{key}_until") or ends
    private = st.checkbox(_PRIVATE_WORDS, value=bool(channel and channel.private_allowed), key=f"{key}_private")
    enabled = channel is None or st.toggle("Switched on", value=channel.enabled, key=f"{key}_enabled")
    return ChannelChoice(
        name=name or "",
        kinds=frozenset(kinds or ()),
        quiet_from=begins if quiet else None,
        quiet_until=ends if quiet else None,
        private_allowed=private,
        enabled=enabled,
    )


def _draw_summary_hour() -> None:
    saved = services().notifications.summary_hour()
    chosen = st.selectbox(
        "Summaries are sent from",
        range(24),
        index=saved,
        format_func=lambda hour: f"{hour:02d}:00",
        key="summary_hour",
    )
    st.caption("The day that ended at midnight in your time zone; on Mondays the week too.")
    if chosen is not None and chosen != saved:
        services().notifications.save_summary_hour(chosen)


def _draw_ping() -> None:
    with st.expander("Ping while alive", icon=":material/monitor_heart:"):
        st.caption(
            "A watching service such as healthchecks.io gives you an address. The bot asks for it every minute while "
            "it works; when the pings stop, the service tells you."
        )
        if services().notifications.ping_set():
            st.write("An address is saved.")
            if st.button("Stop pinging", key="ping_delete"):
                services().notifications.delete_ping()
                _say("up", "Stopped", "The bot pings nobody any more.")
            return
        address = _draw_address("Ping address", "ping_address")
        private = st.checkbox(_PRIVATE_WORDS, key="ping_private")
        if st.button("Try and save", key="ping_save"):
            with st.spinner("Trying …"):
                try:
                    outcome = services().notifications.save_ping(address, private)
                except NotificationsRefused as refused:
                    _refuse("ping", str(refused))
            _empty_addresses()
            _say("up", "Saved", outcome)
        _draw_refusal("ping", "Nothing was saved")


def _draw_address(label: str, key: str, help_text: str | None = None) -> str:
    """Draw a field for an address, which may hold a password or a token."""
    number = int(st.session_state.get(_ADDRESSES, 0))
    typed = st.text_input(label, type="password", autocomplete="off", key=f"{key}_{number}") or ""
    if help_text:
        st.caption(help_text)
    return typed


def _empty_addresses() -> None:
    # Addresses leave the form at once, accepted or not: nobody finds them there later.
    st.session_state[_ADDRESSES] = int(st.session_state.get(_ADDRESSES, 0)) + 1


def _refuse(form: str, why: str) -> NoReturn:
    """Draw the page anew with the address gone from its field, everything else kept, and why nothing was done."""
    _empty_addresses()
    st.session_state[_REFUSED] = (form, why)
    st.rerun()


def _draw_refusal(form: str, title: str) -> None:
    refused_form, why = st.session_state.get(_REFUSED, ("", ""))
    if refused_form == form:
        del st.session_state[_REFUSED]
        st.html(notice_html("down", title, why))


def _refusal_of(act: Callable[[], object]) -> str:
    """Do something; return why it was refused, "" when it was done."""
    try:
        act()
    except NotificationsRefused as refused:
        return str(refused)
    return ""


def _say(tone: str, title: str, text: str) -> None:
    st.session_state[_SAID] = (tone, title, text)
    st.rerun()


def _moment(at: datetime | None) -> str:
    if at is None:
        return "nothing yet"
    local = at.astimezone(viewer_zone())
    return f"{local.day} {local:%B}, {local:%H:%M}"
