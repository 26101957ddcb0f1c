"""Positions: what is open, what it is worth, whether it is protected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.positions.closing import close_many, close_one, pause_all, write_off
from app_pages.positions.editing import edit_protection
from app_pages.positions.empty import draw_empty, end_first_steps
from app_pages.positions.external_positions import (
    adopt,
    close_external,
    draw_external_positions,
    external_positions_ask,
    ignore_external,
)
from app_pages.positions.external_quantities import (
    close_added,
    draw_external_quantities,
    external_quantities_ask,
    leave_added,
    take_over,
)
from app_pages.positions.gone import draw_gone_trades, write_off_many
from app_pages.positions.heading import TICKED, draw_heading, is_selecting, ticked_ids
from app_pages.positions.inactive_accounts import draw_inactive_positions
from app_pages.positions.panel import draw_panel
from app_pages.positions.plan import edit_plan
from app_pages.positions.waiting import draw_paused, draw_waiting
from app_pages.ui.address import address_value, set_address_value
from app_pages.ui.ages import is_stale
from app_pages.ui.asking import follow_asked
from app_pages.ui.changes import changed_rows, send_whole
from app_pages.ui.dialogs import dialog_wanted, take_dialog
from app_pages.ui.figures import Figure, draw_figures, page_title, tone_of
from app_pages.ui.links import go_to
from app_pages.ui.live import component, heard, live_part
from app_pages.ui.position_values import UNKNOWN, row_values
from app_pages.ui.session import services
from domain.venues import Venue
from domain.wording import counted, format_percent, format_usdt

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from services.dashboard.views import AccountSummary, PositionView, Snapshot

    _Draw = Callable[[Snapshot], None]

SELECTED = "position"  # in the address
_TABLE = "positions_table"
_LOOKED_AWAY = "positions_looked_away"  # closed the panel, so none is chosen by itself any more
_BY_ITSELF = "positions_by_itself"  # the chosen one was chosen by the page: pressing its row keeps it open
_HINT_READ = "practice_hint_read"
_HINT = (
    '<span class="wide">You are on the practice exchange: invented money, no keys needed.</span>'
    '<span class="narrow">Practice: invented money.</span>'
)
_DIALOGS: dict[str, Callable[..., None]] = {
    "close": close_one,
    "close_many": close_many,
    "pause": pause_all,
    "write_off": write_off,
    "write_off_many": write_off_many,
    "edit": edit_protection,
    "plan": edit_plan,
    "adopt": adopt,
    "close_external": close_external,
    "ignore_external": ignore_external,
    "take_over": take_over,
    "close_added": close_added,
    "leave_added": leave_added,
}


def page() -> None:
    """Draw the page."""
    send_whole(_TABLE)
    page_title("Positions", seen=False)
    _draw_dialog()
    _draw_practice_hint()
    _draw_live()


def _draw_dialog() -> None:
    wanted = take_dialog(_DIALOGS)
    if wanted is None:
        return
    name, subject = wanted
    if subject is None:
        _DIALOGS[name]()
    else:
        _DIALOGS[name](subject)


def _draw_practice_hint() -> None:
    """Say once, until dismissed, that this is practice and how to leave it; the empty page says it by itself."""
    snapshot = services().dashboard.snapshot()
    needless = not snapshot.positions or snapshot.status.alerts or st.session_state.get(_HINT_READ)
    if snapshot.status.venue is not Venue.PRACTICE or needless:
        return
    with st.container(key="practice_hint", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_HINT)
        if st.button("Connect Binance", type="tertiary", key="hint_connect"):
            go_to("settings")
        st.button(
            "Do not show this again",
            icon=":material/close:",
            type="tertiary",
            key="hint_read",
            on_click=st.session_state.update,
            args=({_HINT_READ: True},),
        )


@live_part(1)
def _draw_live() -> None:
    """Everything that changes each second, in one part: one run a second for each viewer."""
    if dialog_wanted():
        st.rerun()
    snapshot = services().dashboard.snapshot()
    follow_asked()
    with st.container(key="summary"):
        draw_figures("summary_figures", summary_figures(snapshot.summary, is_stale(snapshot.status.price_age_seconds)))
    with st.container(key="layout", horizontal=True, gap="small"):
        with st.container(key="list"):
            _draw_list(snapshot)
        with st.container(key="side"):
            selected = _selected(snapshot)
            if selected is not None:
                draw_panel(selected, snapshot.taken_at, _forget_selection)


def summary_figures(summary: AccountSummary, stale: bool) -> list[Figure]:
    """Return the four figures on top of the page."""
    percent = summary.open_result_percent
    in_use = format_usdt(summary.margin_in_use) if summary.margin_in_use is not None else UNKNOWN
    change = summary.wallet_change_30d
    return [
        Figure(
            "Open P/L, USDT",
            _amount(summary.open_result, signed=True),
            f"{format_percent(percent, signed=True)} of margin in use"
            if percent is not None and summary.margin_in_use
            else "No open trades",
            tone_of(summary.open_result),
            stale=stale,
        ),
        Figure(
            "Today's P/L, USDT",
            format_usdt(summary.closed_today, signed=True),
            f"{counted(summary.trades_today, 'trade')}: {summary.won_today} won, {summary.lost_today} lost"
            if summary.trades_today
            else "no trades yet",
            tone_of(summary.closed_today),
            summary.closed_today_trend,
        ),
        Figure(
            "Wallet",
            _amount(summary.wallet),
            f"{format_usdt(change, signed=True)} in 30 days" if change is not None else "USDT",
            trend=summary.wallet_trend,
        ),
        Figure("Free margin", _amount(summary.free_margin), f"{in_use} in use", stale=stale),
    ]


def _draw_list(snapshot: Snapshot) -> None:
    """Draw what waits for an answer first: on a phone it would be far below the cards."""
    asking, informing = _external(snapshot)
    selected = _selected(snapshot)
    with st.container(key="asked"):
        draw_gone_trades(snapshot)
        for draw in asking:
            draw(snapshot)
    draw_heading(snapshot)
    if snapshot.positions:
        end_first_steps()
        rows = [row_values(position, snapshot.taken_at) for position in snapshot.positions]
        component("positions-table")(
            key=_TABLE,
            data={
                **changed_rows(_TABLE, rows),
                "selected": None if selected is None else selected.id,
                "byItself": bool(st.session_state.get(_BY_ITSELF)),
                "auto": not st.session_state.get(_LOOKED_AWAY) and selected is None,
                "selecting": is_selecting(),
                "ticked": ticked_ids(snapshot),
            },
            on_chosen_change=_choose,
            on_ticked_change=_tick,
            on_missing_change=partial(send_whole, _TABLE),
        )
    else:
        draw_empty(snapshot)
    for draw in (*informing, draw_waiting, draw_paused, draw_inactive_positions):
        draw(snapshot)


def _external(snapshot: Snapshot) -> tuple[list[_Draw], list[_Draw]]:
    """Return what draws that which somebody else did: where the person is asked, and where all has been said."""
    parts: list[tuple[_Draw, bool]] = [
        (draw_external_quantities, external_quantities_ask(snapshot)),
        (draw_external_positions, external_positions_ask(snapshot)),
    ]
    return [draw for draw, asks in parts if asks], [draw for draw, asks in parts if not asks]


def _selected(snapshot: Snapshot) -> PositionView | None:
    wanted = address_value(SELECTED)
    return next((position for position in snapshot.positions if str(position.id) == wanted), None)


def _choose() -> None:
    chosen = heard(_TABLE, "chosen")
    wanted = chosen["id"] if chosen else None
    by_itself = bool(chosen and chosen["byItself"])
    set_address_value(SELECTED, None if wanted is None else str(int(wanted)), chosen=not by_itself)
    st.session_state[_LOOKED_AWAY] = wanted is None
    st.session_state[_BY_ITSELF] = by_itself


def _tick() -> None:
    ticked = heard(_TABLE, "ticked")
    st.session_state[TICKED] = list(ticked["ids"]) if ticked else []


def _forget_selection() -> None:
    set_address_value(SELECTED, None)
    st.session_state[_LOOKED_AWAY] = True


def _amount(amount: Decimal | None, signed: bool = False) -> str:
    return UNKNOWN if amount is None else format_usdt(amount, signed=signed)
