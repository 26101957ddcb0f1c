"""What a viewer is told when a page, a part of one, or a press ran into a fault of ours."""

from __future__ import annotations

import logging

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app_pages.ui.asking import say
from domain.fault_log import FaultLog

_faults = FaultLog(logging.getLogger(__name__))  # a live part fails each second, for everybody who looks
_BOT_GOES_ON = "The bot itself goes on: your positions keep their stops and targets."
_LOG_SAYS_MORE = "Reload the page; if it stays, the log says more."


def say_failed(error: Exception) -> bool:
    """Tell the viewer in plain words what failed; the details are in the log.

    Before anything is drawn there is no place for the words: drawn then, they would take that of the page's frame, and
    what is drawn into the frame next would break the page. They are said in passing instead.
    """
    _faults.note("page failed", error)
    if _is_nothing_drawn():
        say(f"What you pressed ran into a fault. {_BOT_GOES_ON} {_LOG_SAYS_MORE}")
    else:
        st.error(f"This page ran into a fault. {_BOT_GOES_ON} {_LOG_SAYS_MORE}", icon=":material/error:")
    return True


def _is_nothing_drawn() -> bool:
    """Return whether this run is still at what was pressed, before the page or a part of it."""
    context = get_script_run_ctx()
    return context is not None and not context._has_script_started
