"""What a page takes from the session: the services, and one instruction id per rendered form."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from domain.zones import zone_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from services.facade import Services


def services() -> Services:
    """Return the one object through which pages read and ask.

    Raises:
        RuntimeNotStarted: the server's lifespan has not built the runtime.
    """
    from runtime import get_runtime  # noqa: PLC0415  importing a page must not build the runtime's modules

    return get_runtime().services


def viewer_zone() -> ZoneInfo:
    """Return the zone in which this viewer reads times: the one chosen on Settings, else the browser's."""
    return zone_of(services().preferences.chosen().time_zone or st.context.timezone)


def instruction_id(form: str) -> str:
    """Return the id under which this rendered form asks, the same until renew_instruction_id.

    A form pressed twice, or a page run again after a lost connection, therefore asks once.

    Args:
        form: what is asked of what, e.g. "close:42"; one id is kept for each.
    """
    key = f"instruction:{form}"
    if key not in st.session_state:
        st.session_state[key] = uuid4().hex
    return str(st.session_state[key])


def renew_instruction_id(form: str) -> None:
    """Forget the form's id after what it asked was taken up: the next press is a new request."""
    st.session_state.pop(f"instruction:{form}", None)
