"""The side panel: one position, its chart, its facts, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.positions.editing import can_break_even, forget_edits, prepare_break_even, prepare_price
from app_pages.positions.editing_exits import prepare_exit_step
from app_pages.positions.plan import forget_plan_fields
from app_pages.ui.address import TRADE, address_value, choose_elsewhere, set_address_value
from app_pages.ui.ages import format_age, is_stale
from app_pages.ui.asking import ask, is_asked
from app_pages.ui.candles import INTERVALS, ChartLine, ChartMark, LineMoney, chart_values, dropped_price, send_again
from app_pages.ui.dialogs import open_dialog
from app_pages.ui.exit_fields import EXIT_STEPS
from app_pages.ui.exits import draw_exit_sentences, step_money
from app_pages.ui.figures import fact_values, tone_of
from app_pages.ui.links import go_to
from app_pages.ui.live import component, heard
from app_pages.ui.menus import Menu
from app_pages.ui.position_values import (
    UNKNOWN,
    pair,
    panel_facts,
    panel_numbers,
    position_name,
    reachable_liquidation,
    result_words,
)
from app_pages.ui.session import services, viewer_zone
from domain.exit_plan import NO_EXITS, MoveReason
from domain.exits.moves import time_stop_at
from domain.preview.exits import exit_lines
from domain.risk.sentences import moment_words
from domain.terms import Phase, PlanState, Side
from domain.wording import NARROW_SPACE, format_usdt
from services.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

    from services.dashboard.views import FillMark, MovingView, PositionView
    from services.trading.views import InstructionAnswer

_PANEL = "position_panel"
_INTERVAL = "candles"  # in the address
_FILLS = "panel_fills"
_FILLS_OF = "panel_fills_of"
_TO_ACTIVITY = "panel_to_activity"


def draw_panel(position: PositionView, now: datetime, on_close: Callable[[], None]) -> None:
    """Draw the panel of one position; on_close is called when the viewer goes back to the list."""
    component("position-panel")(
        key=_PANEL,
        data=panel_values(position, now),
        on_closed_change=on_close,
        on_interval_change=_choose_interval,
        on_missing_change=partial(send_again, "panel"),
        on_dropped_change=partial(_ask_about_dropped, position),
    )
    draw_exit_sentences(exits_words(position, now))
    with st.container(key="panel_buttons", horizontal=True):
        st.button(
            "Edit stop and target",
            key="panel_edit",
            width="stretch",
            disabled=position.phase is not Phase.OPEN or is_asked(f"edit:{position.id}"),
            on_click=_open_edit,
            args=(position, False),
        )
        st.button(
            "Closing…" if position.close_requested or is_asked(f"close:{position.id}") else "Close now",
            key="panel_close",
            width="stretch",
            disabled=position.close_requested or is_asked(f"close:{position.id}"),
            on_click=open_dialog,
            args=("close", position.id),
        )
        _draw_more(position)


def exits_words(position: PositionView, now: datetime) -> tuple[str, ...]:
    """Return what the exits of a position do next, nothing where none move."""
    moving = position.moving
    if moving is None or moving.plan == NO_EXITS:
        return ()
    words, opened_at = list(moving.sentences), position.opened_at
    ends_at = None if opened_at is None else time_stop_at(moving.plan, opened_at)
    if ends_at is not None and moving.plan.time_stop is not None:
        when = moment_words(ends_at.astimezone(viewer_zone()), now)
        profit = ", or from then on as soon as it is in profit" if moving.plan.time_stop.only_in_profit else ""
        words.append(f"It is closed at market {when}{profit}.")
    expires_at = position.next_terms.exits.expires_at
    if expires_at is not None:
        when = moment_words(expires_at.astimezone(viewer_zone()), now)
        words.append(f"The plan opens its last trade before it ends {when}.")
    return tuple(words)


def panel_values(position: PositionView, now: datetime) -> dict[str, object]:
    """Return what the panel draws, all of it ready to read."""
    interval = _interval()
    stale = is_stale(position.price_age_seconds)
    note = position.phase_note or ""
    if stale and position.entry_price is not None:
        note = f"{note} Last price {format_age(position.price_age_seconds)} ago.".strip()
    return {
        "id": position.id,
        "pair": pair(position.symbol),
        "side": position_name(position),
        "result": UNKNOWN if position.result_usdt is None else format_usdt(position.result_usdt, signed=True),
        "tone": tone_of(position.result_usdt),
        "words": result_words(position).replace(f"{NARROW_SPACE}% ", f"{NARROW_SPACE}% of margin ", 1),
        "stale": stale,
        "note": note,
        "interval": interval,
        "intervals": list(INTERVALS),
        "chart": chart_values(
            "panel",
            position.symbol,
            interval,
            chart_lines(position),
            position.mark_price,
            position.tick_size,
            now,
            chart_marks(position),
        ),
        "facts": fact_values(panel_facts(position, now)),
        "numbers": fact_values(panel_numbers(position)),
    }


def chart_lines(position: PositionView) -> list[ChartLine]:
    """Return the lines on the panel's chart: entry, stop, target and liquidation, as far as they are known.

    Stop, target and the steps of the exits that move can be moved by hand while it is open.
    """
    moving = position.moving
    several = moving is not None and bool(moving.plan.targets)
    stop = f"Stop {format_usdt(position.stop_usdt, signed=True)}"
    target = f"Target {format_usdt(position.target_usdt, signed=True)}"
    marked = (
        ("entry", "Entry", position.entry_price, "plain", "dotted", True, None),
        ("stop", stop, position.stop_price, "down", "solid", True, _money("Stop", position)),
        ("target", target, None if several else position.target_price, "up", "solid", True, _money("Target", position)),
        ("liquidation", "Liquidation", reachable_liquidation(position), "warning", "dashed", False, None),
    )
    lines = [
        ChartLine(name, title, price, tone, style, fit, money)
        for name, title, price, tone, style, fit, money in marked
        if price is not None
    ]
    return lines if moving is None else lines + _exit_lines(position, moving)


def _exit_lines(position: PositionView, moving: MovingView) -> list[ChartLine]:
    """Return the steps to come and the targets that are left as lines, each named after the field that it fills.

    They can be moved by hand like the stop; targets only until the first is taken, from when on they stay.
    """
    ahead = {step.trigger_price for step in moving.steps if step.reason is not MoveReason.TARGET_REACHED}
    left = {f"target_at_{part.number}": part.price for part in moving.targets}
    lines = []
    for line in exit_lines(moving.plan, moving.prices):
        of_target = line.field.startswith("target")
        if line.field in left if of_target else line.price in ahead:
            fixed = of_target and bool(moving.targets_taken)
            money = None if fixed or not _can_be_moved(position) else step_money(line.word, moving.prices)
            tone, style = ("up", "solid") if of_target else ("accent", "dashed")
            lines.append(ChartLine(line.field, line.title, left.get(line.field, line.price), tone, style, money=money))
    return lines


def _can_be_moved(position: PositionView) -> bool:
    return position.open_trade is not None and position.phase is Phase.OPEN and not is_asked(f"edit:{position.id}")


def _money(word: str, position: PositionView) -> LineMoney | None:
    trade = position.open_trade
    if trade is None or not _can_be_moved(position):
        return None
    return LineMoney(
        word, trade.side, trade.quantity, trade.entry_price, trade.paid_usdt, trade.taker_rate, trade.tick_size
    )


def _ask_about_dropped(position: PositionView) -> None:
    """Ask once about a line that was moved by hand, in the dialog that Edit opens, which refuses what cannot be."""
    dropped = heard(_PANEL, "dropped")
    moved = dropped_price(dropped, ("stop", "target", *EXIT_STEPS))
    if moved is None or position.open_trade is None or dropped.get("id") != position.id:
        return
    forget_edits(position)
    if moved[0] in EXIT_STEPS:
        prepare_exit_step(position, *moved)
    else:
        prepare_price(moved[0], position.id, position.open_trade, moved[1])
    open_dialog("edit", position.id)


def chart_marks(position: PositionView) -> list[ChartMark]:
    """Return the fills of the position and of earlier trades of its plan for the chart.

    They are read again only when its quantity or entry changed.
    """
    seen = (position.id, position.quantity, position.entry_price)
    if st.session_state.get(_FILLS_OF) != seen:
        try:
            st.session_state[_FILLS] = services().dashboard.fills(position.id)
        except ServiceError:
            return []
        st.session_state[_FILLS_OF] = seen
    return [
        ChartMark(
            fill.traded_at,
            up=fill.opening == (position.side is Side.LONG),
            text="" if fill.earlier else "In" if fill.opening else "Out",
            quiet=fill.earlier,
        )
        for fill in _merged(st.session_state[_FILLS])
    ]


def _merged(fills: tuple[FillMark, ...]) -> list[FillMark]:
    """Leave out fills of the same order at the same moment: one arrow says it."""
    shown: dict[tuple[datetime, bool], FillMark] = {}
    for fill in fills:
        shown.setdefault((fill.traded_at.replace(microsecond=0), fill.opening), fill)
    return list(shown.values())


def _open_edit(position: PositionView, break_even: bool) -> None:
    forget_edits(position)
    if break_even and position.open_trade is not None:
        prepare_break_even(position.id, position.open_trade)
    open_dialog("edit", position.id)


def _edit_plan(position: PositionView) -> None:
    forget_plan_fields(position.plan_id, position.next_terms)
    open_dialog("plan", position.id)


def _draw_more(position: PositionView) -> None:
    menu, plan = Menu("panel_more"), position.plan_id
    if position.phase is Phase.OPEN and can_break_even(position):
        edited = is_asked(f"edit:{position.id}")
        menu.item("Stop to break-even", "panel_break_even", _open_edit, position, True, disabled=edited)
    if position.plan_state is PlanState.PAUSED:
        form = f"resume:{plan}"
        menu.item("Let it open again", "panel_resume", ask, form, partial(_resume, plan), disabled=is_asked(form))
    elif position.reopens:
        form = f"pause:{plan}"
        menu.item("Do not open it again", "panel_pause", ask, form, partial(_pause, plan), disabled=is_asked(form))
    else:
        menu.words("This trade does not open again after it closes.")
    planned = is_asked(f"plan:{plan}")
    menu.item("Change the next trade", "panel_plan", _edit_plan, position, disabled=planned)
    if position.phase_note is not None:
        given_up = is_asked(f"write_off:{position.id}")
        menu.item("Write off", "panel_write_off", open_dialog, "write_off", position.id, disabled=given_up)
    menu.item("What the bot did", "panel_activity", _request_activity, position.id)
    if st.session_state.pop(_TO_ACTIVITY, False):
        go_to("activity")


def _request_activity(position_id: int) -> None:
    choose_elsewhere(TRADE, str(position_id))
    st.session_state[_TO_ACTIVITY] = True


def _pause(plan_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.pause_plan(instruction_id, plan_id)


def _resume(plan_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.resume_plan(instruction_id, plan_id)


def _choose_interval() -> None:
    wanted = heard(_PANEL, "interval")
    if wanted in INTERVALS:
        set_address_value(_INTERVAL, wanted)


def _interval() -> str:
    chosen = address_value(_INTERVAL)
    return chosen if chosen in INTERVALS else "5m"
