"""Positions that this bot did not open: shown, and touched only when the person says how."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import ask
from app_pages.ui.dialogs import (
    LEAVE,
    TypedForm,
    close_dialog,
    draw_answers,
    draw_choices,
    draw_gone,
    draw_typed_answers,
)
from app_pages.ui.figures import section_title
from app_pages.ui.number_field import draw_number_field, text_of
from app_pages.ui.plain import plain
from app_pages.ui.position_values import pair, position_html
from app_pages.ui.session import services
from app_pages.ui.undo import offer_undo
from domain.number_text import NumberKind, NumberRole, Understood
from domain.terms import Side
from domain.wording import format_quantity, format_usdt

if TYPE_CHECKING:
    from domain.exchange import ExchangePosition
    from services.dashboard.views import Snapshot
    from services.trading.views import InstructionAnswer

_EXPLAINED = (
    "<b>Adopt</b>: the bot gives it a stop and a target and books its result, from now on. "
    "<b>Close</b>: all of it is closed at the market price. "
    "<b>Ignore</b>: it stays as it is, and the bot opens nothing on the same pair and side."
)
_ADOPT_STOP, _ADOPT_TARGET = "10", "15"
Key = tuple[str, str]


def draw_external_positions(snapshot: Snapshot) -> None:
    """Draw what else is open on the account with what can be done about it; nothing when there is nothing."""
    if not snapshot.external_positions:
        return
    section_title("Not opened by this bot", len(snapshot.external_positions))
    with st.container(key="external_positions"):
        st.html(f'<p class="second explained">{_EXPLAINED}</p>')
        for position in snapshot.external_positions:
            _draw_one(position, ignored=(position.symbol, position.side) in snapshot.ignored)


def external_positions_ask(snapshot: Snapshot) -> bool:
    """Return whether the person has still to say what is to be done about something else on the account."""
    return any((position.symbol, position.side) not in snapshot.ignored for position in snapshot.external_positions)


@st.dialog("Adopt this position?", on_dismiss=close_dialog)
def adopt(key: Key) -> None:
    """Ask for the stop and target under which the bot takes a position over."""
    position = _found(key)
    if position is None:
        return
    st.write(
        plain(
            f"{_state_words(position)} The bot places a stop and a target for all of it, watches it and books its "
            "result, as if it had opened it at this entry price. It does not open again after it closes."
        )
    )
    form = f"adopt:{'-'.join(key)}"
    kinds = {
        "stop": ("Stop loss, USDT", NumberKind(NumberRole.LOSS), _ADOPT_STOP),
        "target": ("Take profit, USDT", NumberKind(NumberRole.GAIN), _ADOPT_TARGET),
    }
    numbers: dict[str, Decimal] = {}
    why = ""
    for column, (name, (label, kind, start)) in zip(st.columns(2, wrap=False), kinds.items(), strict=True):
        with column:
            reading = draw_number_field(f"adopt_{name}:{'-'.join(key)}", label, kind, form=form, start=start)
        if isinstance(reading, Understood) and reading.value:
            numbers[name] = reading.value
        else:
            why = why or f"{label}: {reading.words if not isinstance(reading, Understood) else 'more than 0, please.'}"
    st.caption("Won or lost counted from the entry price, after fees.")
    sends = {form: partial(_adopt, key, numbers["target"], numbers["stop"])} if not why else {}
    texts = {f"adopt_{name}:{'-'.join(key)}": text_of(f"adopt_{name}:{'-'.join(key)}") for name in kinds}
    draw_typed_answers("Not now", "Adopt it", "adopt_confirmed", sends, TypedForm(form, texts, numbers, why))


@st.dialog("Close this position?", on_dismiss=close_dialog)
def close_external(key: Key) -> None:
    """Ask whether to close what this bot did not open."""
    position = _found(key)
    if position is None:
        return
    st.write(
        plain(
            f"{_state_words(position)} All of it is closed at the market price now. Somebody else opened it: make "
            "sure that nobody counts on it."
        )
    )
    sends = {f"close_external:{'-'.join(key)}": partial(_close, key)}
    draw_answers("Not now", "Close it", "close_external_confirmed", sends)


@st.dialog("Ignore this position?", on_dismiss=close_dialog)
def ignore_external(key: Key) -> None:
    """Ask whether to leave what this bot did not open alone."""
    position = _found(key)
    if position is None:
        return
    st.write(
        plain(
            "The bot leaves it alone and stops asking about it. It has no stop and no target from this bot, and while "
            "it is there the bot opens nothing on the same pair and side."
        )
    )
    sends = {f"ignore_external:{'-'.join(key)}": partial(_ignore_and_offer, key)}
    draw_answers("Not now", "Ignore it", "ignore_external_confirmed", sends)


def _draw_one(position: ExchangePosition, *, ignored: bool) -> None:
    state = _state_words(position)
    if ignored:
        state += " Ignored, as you said: the bot asks again when its size changes."
    what = position_html(pair(position.symbol), position.side.value, state)
    choices = {"adopt": "Adopt", "close_external": "Close", "ignore_external": LEAVE}
    if ignored:
        del choices["ignore_external"]
    key = (position.symbol, position.side.value)
    draw_choices(what, key, "-".join(key), choices)


def _state_words(position: ExchangePosition) -> str:
    result = format_usdt(position.unrealised_usdt, signed=True)
    entry = format_quantity(_shortened(position.entry_price))
    base, _, _ = pair(position.symbol).partition("/")
    return f"{format_quantity(position.quantity)} {base} at {entry}, {result} USDT before fees."


def _shortened(price: Decimal) -> Decimal:
    """Return an average price to nine significant digits, as many as any pair's own prices have."""
    return price.normalize() if len(price.as_tuple().digits) <= 9 else Decimal(f"{price:.9g}")


def _found(key: Key) -> ExchangePosition | None:
    """Return the position with its name drawn, None when it is gone."""
    position = next(
        (one for one in services().dashboard.snapshot().external_positions if (one.symbol, one.side.value) == key),
        None,
    )
    if position is None:
        draw_gone()
        return None
    st.markdown(f"**{plain(pair(position.symbol))}** {position.side.value}")
    return position


def _adopt(key: Key, tp_usdt: Decimal, sl_usdt: Decimal, instruction_id: str) -> InstructionAnswer:
    return services().instructions.adopt(instruction_id, key[0], Side(key[1]), tp_usdt, sl_usdt)


def _close(key: Key, instruction_id: str) -> InstructionAnswer:
    return services().instructions.close_external(instruction_id, key[0], Side(key[1]))


def _ignore_and_offer(key: Key, instruction_id: str) -> InstructionAnswer:
    answer = services().instructions.ignore_external(instruction_id, key[0], Side(key[1]))
    heed = partial(ask, f"heed_external:{'-'.join(key)}", partial(_heed, key))
    offer_undo(f"{pair(key[0])} {key[1]} is ignored.", heed)
    return answer


def _heed(key: Key, instruction_id: str) -> InstructionAnswer:
    return services().instructions.heed_external(instruction_id, key[0], Side(key[1]))
