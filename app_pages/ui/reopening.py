"""Saying when a trade opens again: the fields for it, the rule they spell, and the rule in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from app_pages.ui.number_field import draw_number_field
from domain.number_text import NumberKind, NumberRole, Understood
from domain.terms import ReopenRule

WAITS = {
    timedelta(minutes=1): "1 minute",
    timedelta(minutes=5): "5 minutes",
    timedelta(minutes=15): "15 minutes",
    timedelta(minutes=30): "30 minutes",
    timedelta(hours=1): "1 hour",
    timedelta(hours=4): "4 hours",
}
TIMES = NumberKind(NumberRole.WHOLE_OR_NONE, unit="")
AGAIN = _WIN, _LOSS = "A win", "A loss"
_NOTHING_CHOSEN = "Choose a win, a loss or both; with neither it does not open again."


def fields_of_rule(rule: ReopenRule) -> dict[str, Any]:
    """Return what stands in the fields that spell this rule."""
    again = [word for word, chosen in ((_WIN, rule.after_target), (_LOSS, rule.after_stop)) if chosen]
    return {"reopen": rule.enabled, "wait": rule.delay, "maximum": rule.maximum, "again": again}


def rule_of_fields(fields: Mapping[str, Any]) -> ReopenRule:
    """Return the rule that these fields spell; opening again after nothing is not opening again."""
    again = fields["again"] or []
    return ReopenRule(
        enabled=bool(fields["reopen"]) and bool(again),
        delay=fields["wait"],
        maximum=None if fields["maximum"] is None else int(fields["maximum"]),
        after_target=_WIN in again,
        after_stop=_LOSS in again,
    )


def draw_reopening(start: Mapping[str, Any], key: Callable[[str], str], form: str) -> dict[str, Any]:
    """Draw the fields and return what stands in them.

    Args:
        start: what they begin with, also what a field that is not drawn keeps.
        key: of a field's widget.
        form: that the fields belong to.

    Returns:
        What is in each field; maximum is None for no limit, and what it was before while it cannot be read.
    """
    fields = dict(start)
    fields["reopen"] = st.toggle("Open it again after it closes", value=start["reopen"], key=key("reopen"))
    if not fields["reopen"]:
        return fields
    left, right = st.columns(2, gap="small", wrap=False)
    waits = sorted({*WAITS, start["wait"]})
    fields["wait"] = left.selectbox(
        "Wait", waits, index=waits.index(start["wait"]), format_func=wait_words, key=key("wait")
    )
    with right:
        typed = draw_number_field(
            key("maximum"),
            "Repeat up to, times",
            TIMES,
            form=form,
            start=_text(start["maximum"]),
            placeholder="no limit",
        )
    if isinstance(typed, Understood):
        fields["maximum"] = None if typed.value is None else int(typed.value)
    fields["again"] = st.pills("Repeat after", AGAIN, selection_mode="multi", default=start["again"], key=key("again"))
    if not fields["again"]:
        st.caption(_NOTHING_CHOSEN)
    return fields


def _text(maximum: int | None) -> str:
    return "" if maximum is None else str(maximum)


def wait_words(delay: timedelta) -> str:
    """Return a wait as it stands in the list: "5 minutes"; one that is not in it, in minutes."""
    return WAITS.get(delay, f"{delay.total_seconds() / 60:g} minutes")


def rule_words(rule: ReopenRule) -> str:
    """Return when a rule opens again: "5 minutes after a win or a loss", or "no"."""
    after = {(True, True): "a win or a loss", (True, False): "a win", (False, True): "a loss"}
    when = after.get((rule.after_target, rule.after_stop))
    return f"{wait_words(rule.delay)} after {when}" if rule.enabled and when else "no"
