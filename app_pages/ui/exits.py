"""The section for exits that move, on the form of a new trade, of an open one and of the next one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.candles import LineMoney
from app_pages.ui.exit_fields import HOURS, SHARE, UNITS, USDT, ExitFields, distance_kind, number_text
from app_pages.ui.number_field import draw_number_field
from domain.exit_plan import MOST_LOCK_INS, MOST_TARGETS, NO_EXITS, TrailUnit
from domain.exits.next_steps import WHILE_OFF
from domain.number_text import NumberKind
from domain.terms import Basis

if TYPE_CHECKING:
    from domain.exits.moves import ExitPrices


def draw_exits(fields: ExitFields, wrong: Sequence[str], key: str) -> None:
    """Draw the fields, closed until one of them is used, and what is wrong with them, under the key of the section."""
    used = fields.typed()[0] != NO_EXITS
    with st.expander("Exits that move", icon=":material/trending_up:", expanded=used, key=key):
        st.caption("Each is optional, and they work together: the stop nearest to profit counts. It never goes back.")
        _draw_fields(fields)
        for words in wrong:
            st.html(f'<p class="refusal" role="alert">{escape(words)}</p>')


def draw_exit_sentences(sentences: Sequence[str]) -> None:
    """Draw what the exits of a trade do, one sentence a line; nothing for none."""
    if sentences:
        lines = "".join(f"<li>{escape(words)}</li>" for words in (*sentences, WHILE_OFF))
        st.html(f'<section class="exits"><h3>Exits that move</h3><ul>{lines}</ul></section>')


def step_money(word: str, prices: ExitPrices) -> LineMoney:
    """Return what the line of a step is labelled from while it is moved: the whole trade's result on its basis."""
    entry, net = prices.entry, prices.basis is Basis.NET
    return LineMoney(
        word,
        entry.side,
        entry.quantity,
        entry.average_price,
        entry.commission_usdt if net else Decimal(0),
        prices.taker_rate if net else Decimal(0),
        prices.tick_size,
    )


def _draw_fields(fields: ExitFields) -> None:
    _toggle(fields, "even", "Break-even: stop losing once it has won", fields.start.break_even_after_usdt is not None)
    if fields.on("even"):
        help_text = "The stop goes to the entry, fees counted."
        _number(fields, "even_after", "Once at a profit of, USDT", USDT, fields.even(), help_text)
    _toggle(fields, "trail", "Trailing stop: follow the best price", fields.start.trail is not None)
    if fields.on("trail"):
        _draw_trail(fields)
    _toggle(fields, "locks", "Lock in profit: after so much, keep so much", bool(fields.start.lock_ins))
    if fields.on("locks"):
        _draw_lock_ins(fields)
    _toggle(fields, "targets", "Several targets: take profit in parts", bool(fields.start.targets))
    if fields.on("targets"):
        _draw_targets(fields)
    _toggle(fields, "time", "Time stop: close after some hours", fields.start.time_stop is not None)
    if fields.on("time"):
        _number(fields, "hours", "Close at market after, hours", HOURS, fields.hours())
        _toggle(fields, "profit_only", "Only if it is in profit then, else as soon as it is", fields.profit_only())
    if fields.of_plan:
        _toggle(fields, "expires", "End the plan: open nothing more after a day", fields.start.expires_at is not None)
        if fields.on("expires"):
            st.date_input("Last day on which it opens a trade", fields.last_day(), key=fields.key("last_day"))


def _draw_trail(fields: ExitFields) -> None:
    st.segmented_control(
        "Distance in",
        list(TrailUnit),
        default=fields.value("unit", fields.unit()),
        format_func=lambda unit: UNITS[unit],
        key=fields.key("unit"),
        required=True,
        width="stretch",
    )
    unit = TrailUnit(fields.value("unit", fields.unit()) or TrailUnit.PERCENT)
    _number(fields, "distance", f"Behind the best price, {UNITS[unit]}", distance_kind(unit), fields.distance())
    _toggle(fields, "trail_later", "Begin only once it has won something", fields.trail_after() is not None)
    if fields.value("trail_later", fields.trail_after() is not None):
        _number(fields, "trail_after", "Begin at a profit of, USDT", USDT, fields.trail_after() or Decimal(5))


def _draw_lock_ins(fields: ExitFields) -> None:
    _draw_count(fields, "locks_number", "Steps", MOST_LOCK_INS, len(fields.start.lock_ins))
    for place in range(1, fields.count("locks_number", len(fields.start.lock_ins)) + 1):
        after, keep = fields.lock(place)
        left, right = st.columns(2, gap="small", wrap=False)
        with left:
            _number(fields, f"lock_after_{place}", "After a profit of, USDT", USDT, after)
        with right:
            _number(fields, f"lock_keep_{place}", "Keep, USDT", USDT, keep)


def _draw_targets(fields: ExitFields) -> None:
    st.caption("They take the place of Take profit. Each amount is what the whole trade would have won there.")
    _draw_count(fields, "targets_number", "Targets", MOST_TARGETS, len(fields.start.targets), 2)
    for place in range(1, fields.count("targets_number", len(fields.start.targets), 2) + 1):
        at, share = fields.target(place)
        left, right = st.columns(2, gap="small", wrap=False)
        with left:
            _number(fields, f"target_at_{place}", f"Target {place} at, USDT", USDT, at)
        with right:
            _number(fields, f"target_share_{place}", "Close, % of the trade", SHARE, share)
    _toggle(fields, "follow", "The stop follows the targets, one behind", fields.start.stop_follows_targets)


def _toggle(fields: ExitFields, name: str, label: str, start: bool) -> None:
    st.toggle(label, value=bool(fields.value(name, start)), key=fields.key(name))


def _number(
    fields: ExitFields, name: str, label: str, kind: NumberKind, first: Decimal | None, help_text: str | None = None
) -> None:
    draw_number_field(fields.key(name), label, kind, form=fields.form, start=number_text(first), help_text=help_text)


def _draw_count(fields: ExitFields, name: str, label: str, most: int, start: int, least: int = 1) -> None:
    st.segmented_control(
        label,
        list(range(1, most + 1)),
        default=fields.count(name, start, least),
        key=fields.key(name),
        required=True,
        width="stretch",
    )
