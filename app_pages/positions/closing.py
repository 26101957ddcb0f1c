"""Questions before something is closed, paused or written off: what will happen, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.dialogs import close_dialog, draw_answers, draw_gone, live_position
from app_pages.ui.figures import Fact, facts_html, tone_of
from app_pages.ui.plain import plain
from app_pages.ui.position_values import UNKNOWN, pair, position_name
from app_pages.ui.session import services
from domain.preview.edits import part_quantity
from domain.terms import Phase
from domain.wording import counted, format_countdown, format_percent, format_price, format_quantity, format_usdt

if TYPE_CHECKING:
    from services.dashboard.views import PositionView, WaitingReopen
    from services.trading.views import InstructionAnswer

ALL = "All of it"
SHARES = {format_percent(Decimal(share), decimals=0): Decimal(share) / 100 for share in (25, 50, 75)} | {
    ALL: Decimal(1)
}


@st.dialog("Close now?", on_dismiss=close_dialog)
def close_one(position_id: int) -> None:
    """Ask whether to close a position, or how much of it."""
    position = live_position(position_id)
    if position is None:
        draw_gone()
        return
    st.markdown(f"**{plain(pair(position.symbol))}** {position_name(position)}")
    part = None
    if position.phase is Phase.OPEN and position.open_trade is not None:
        chosen = st.segmented_control(
            "How much", list(SHARES), default=ALL, required=True, key=f"close_share:{position.id}"
        )
        part = None if chosen in (ALL, None) else SHARES[str(chosen)]
    if part is None:
        st.write(plain(close_words(position)))
        sends = {f"close:{position.id}": partial(_close, position.id)}
        draw_answers("Keep it open", "Close now", "close_confirmed", sends)
        return
    rules = services().market.symbol_rules(position.symbol)
    quantity = part_quantity(position.quantity, part, rules.step_size) if rules else position.quantity * part
    st.write(plain(part_words(position, quantity)))
    sends = {f"close_part:{position.id}": partial(_close_part, position.id, part)}
    draw_answers("Keep it open", f"Close {chosen}", "close_confirmed", sends, disabled=not quantity)


@st.dialog("Close these positions?", on_dismiss=close_dialog)
def close_many(position_ids: Sequence[int]) -> None:
    """Ask whether to close several positions at once."""
    wanted = set(position_ids)
    positions = [
        one for one in services().dashboard.snapshot().positions if one.id in wanted and not one.close_requested
    ]
    if not positions:
        draw_gone()
        return
    snapshot = services().dashboard.snapshot()
    waiting = snapshot.waiting if wanted >= {one.id for one in snapshot.positions} else ()
    st.write(plain(close_many_words(positions) + still_waiting_words(waiting)))
    st.html(f'<div class="many">{facts_html([_line(position) for position in positions])}</div>')
    sends = {f"close:{position.id}": partial(_close, position.id) for position in positions}
    yes = "Close it" if len(positions) == 1 else f"Close {counted(len(positions), 'position')}"
    stops = {f"skip:{trade.position_id}": partial(_stop_repeating, trade.position_id) for trade in waiting}
    also = ("Close and stop repeating", stops) if stops else None
    draw_answers("Keep them open", yes, "close_many_confirmed", sends, also=also)


@st.dialog("Stop new trades?", on_dismiss=close_dialog)
def pause_all() -> None:
    """Ask whether to stop opening and keep protecting."""
    snapshot = services().dashboard.snapshot()
    st.write(pause_words(len(snapshot.positions), len(snapshot.waiting)))
    draw_answers(
        "Keep opening", "Stop new trades", "pause_confirmed", {"pause_opening": services().instructions.pause_opening}
    )


@st.dialog("Write it off?", on_dismiss=close_dialog)
def write_off(position_id: int) -> None:
    """Ask whether to give up a position that the exchange no longer knows."""
    position = live_position(position_id)
    if position is None:
        draw_gone()
        return
    st.markdown(f"**{plain(pair(position.symbol))}** {position_name(position)}")
    st.write(
        "For a position that the exchange no longer knows, because a test exchange was wiped. The bot stops asking for "
        "it, and its result stays unknown and out of the sums. Nothing is sent; while the exchange still knows the "
        "position, nothing happens."
    )
    sends = {f"write_off:{position.id}": partial(give_up, position.id)}
    draw_answers("Keep it", "Write it off", "write_off_confirmed", sends)


def close_words(position: PositionView) -> str:
    """Return what closing now costs, in one sentence."""
    if position.result_usdt is None:
        return "It is not open yet. It is closed as soon as the exchange has opened it."
    result = format_usdt(position.result_usdt, signed=True)
    return (
        f"Closing at the market price now will give about {result} USDT after fees. "
        "The price can move a little until the exchange has done it. It is not opened again."
    )


def part_words(position: PositionView, quantity: Decimal) -> str:
    """Return what closing so much of a position lands, and what becomes of the rest."""
    if not quantity:
        return "The position is too small for that: the exchange trades no smaller part. Choose a larger one."
    rest = f"{format_quantity((position.quantity - quantity).normalize())} {position.base_asset}"
    lands = ""
    if position.result_usdt is not None:
        share = format_usdt(position.result_usdt * quantity / position.quantity, signed=True)
        lands = f", which will give about {share} USDT after its share of the fees"
    places = [
        f"its {name} at {format_price(price, position.tick_size)}"
        for name, price in (("stop", position.stop_price), ("target", position.target_price))
        if price is not None
    ]
    kept = f"keeps {' and '.join(places)}" if places else "stays open"
    return (
        f"This closes {format_quantity(quantity.normalize())} {position.base_asset} at the market price{lands}. "
        f"The other {rest} {kept}, and wins or loses that much less there."
    )


def close_many_words(positions: Sequence[PositionView]) -> str:
    """Return what closing several positions lands together."""
    known = [position.result_usdt for position in positions if position.result_usdt is not None]
    count = counted(len(positions), "position")
    total = f" about {format_usdt(sum(known, Decimal(0)), signed=True)} USDT after fees" if known else " what it brings"
    open_later = " Those not open yet are closed as soon as they are." if len(known) < len(positions) else ""
    again = "It is not opened again." if len(positions) == 1 else "None of them is opened again."
    return f"Closing {count} at the market price now will give{total}. {again}{open_later}"


def still_waiting_words(waiting: Sequence[WaitingReopen]) -> str:
    """Return what closing all that is open leaves: the trades that open again, and how soon; empty without any."""
    if not waiting:
        return ""
    soonest = min(trade.not_before for trade in waiting) - services().dashboard.snapshot().taken_at
    when = f"in {format_countdown(soonest)}" if soonest.total_seconds() > 0 else "now"
    first = f"the first {when}" if len(waiting) > 1 else when
    verb = "opens" if len(waiting) == 1 else "open"
    return f" {counted(len(waiting), 'trade')} waiting to open again still {verb}, {first}."


def pause_words(open_ones: int, waiting: int) -> str:
    """Return what pausing does and what it costs."""
    kept = "What is open keeps its stop and target and is watched as before."
    if open_ones:
        kept = (
            f"{counted(open_ones, 'open position')} {'keeps its' if open_ones == 1 else 'keep their'} stop and target "
            "and will be watched and booked as before."
        )
    later = (
        f" {counted(waiting, 'trade')} waiting to open again will wait too; after ten minutes past its time a trade is "
        "not opened by itself any more."
        if waiting
        else ""
    )
    return f"The bot opens nothing new until you resume. {kept}{later} It costs nothing, and nothing is sent."


def _line(position: PositionView) -> Fact:
    result = UNKNOWN if position.result_usdt is None else format_usdt(position.result_usdt, signed=True)
    label = f"{pair(position.symbol)} {position_name(position)}"
    return Fact(label, "USDT" if position.result_usdt is not None else "", result, tone_of(position.result_usdt))


def _close(position_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.close(instruction_id, position_id)


def _close_part(position_id: int, share: Decimal, instruction_id: str) -> InstructionAnswer:
    return services().instructions.close_part(instruction_id, position_id, share)


def _stop_repeating(position_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.skip_reopen(instruction_id, position_id)


def give_up(position_id: int, instruction_id: str) -> InstructionAnswer:
    """Say that a position is lost."""
    return services().instructions.write_off(instruction_id, position_id)
