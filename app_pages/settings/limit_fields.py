"""The fields of Settings' limits: what each takes, what it begins with, and the limits they make together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.ui.number_field import decimal_sign, draw_number_field, forget_text, read, text_of
from domain.number_text import NumberKind, NumberRole, Understood, spelled
from domain.risk.limits import (
    CAN_CLOSE_ALL,
    MOST_IN_A_ROW,
    MOST_OPEN,
    CoolDown,
    LimitKind,
    RiskLimits,
    TradingHours,
    check_limits,
    limit_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = "limits"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST_WAIT = "COOL_DOWN_LONGEST"
_USUAL_HOURS = TradingHours(frozenset(range(5)), time(8), time(22))
_NO_LIMIT = "no limit"
_USDT = NumberKind(NumberRole.AMOUNT)
_PERCENT = NumberKind(NumberRole.AMOUNT, unit="%")
_MINUTES = NumberKind(NumberRole.AMOUNT, unit="min")
_IN_A_ROW = NumberKind(NumberRole.WHOLE_OR_NONE, unit="", most=MOST_IN_A_ROW)
_OPEN = NumberKind(NumberRole.WHOLE_OR_NONE, unit="", most=MOST_OPEN)


@dataclass(frozen=True, slots=True)
class LimitField:
    """One number field: the attribute of RiskLimits it sets, what it counts in, and what stands below it."""

    attribute: str
    unit: str
    kind: NumberKind
    help_text: str


FIELDS: Mapping[LimitKind, LimitField] = {
    LimitKind.DAY_LOSS: LimitField("day_loss_usdt", "USDT", _USDT, "From midnight of your time zone."),
    LimitKind.WEEK_LOSS: LimitField("week_loss_usdt", "USDT", _USDT, "From Monday."),
    LimitKind.DRAWDOWN: LimitField("drawdown_usdt", "USDT", _USDT, "Wallet and open trades below their highest."),
    LimitKind.PLAN_LOSSES: LimitField(
        "plan_losses_in_a_row", "trades", _IN_A_ROW, "Stops that plan only, until you lift it."
    ),
    LimitKind.LOSSES: LimitField("losses_in_a_row", "trades", _IN_A_ROW, "Stops all plans, until you lift it."),
    LimitKind.OPEN_POSITIONS: LimitField("open_positions", "at most", _OPEN, "Opening and closing ones count too."),
    LimitKind.TOTAL_MARGIN: LimitField("total_margin_usdt", "USDT", _USDT, "Your own money in open trades."),
    LimitKind.OPEN_RISK: LimitField("open_risk_usdt", "USDT", _USDT, "What all stops together would cost."),
    LimitKind.SPREAD: LimitField("spread_percent", "%", _PERCENT, "Between bid and ask, of the price."),
    LimitKind.LIQUIDATION_DISTANCE: LimitField(
        "liquidation_percent", "at least %", _PERCENT, "So far behind the stop, of its price."
    ),
    LimitKind.DAY_GOAL: LimitField("day_goal_usdt", "USDT", _USDT, "After so much profit in a day nothing new opens."),
    LimitKind.CLOSE_ALL_LOSS: LimitField(
        "close_all_loss_usdt", "USDT", _USDT, "Open and closed trades of the day together."
    ),
    LimitKind.CLOSE_ALL_GAIN: LimitField(
        "close_all_gain_usdt", "USDT", _USDT, "Open and closed trades of the day together."
    ),
}
_WAITS = {
    LimitKind.COOL_DOWN.value: ("Wait after a loss, minutes", "Doubles with each further loss in a row."),
    LONGEST_WAIT: ("At most, minutes", "Empty: one day."),
}
_LONGEST_USUAL = timedelta(days=1)


_GENERATION = "limits_generation"  # counts up to let every widget begin with what is saved


def field_key(name: str) -> str:
    """Return the key of a field by its limit, or of LONGEST_WAIT."""
    return f"limit_{name}"


def draw_field(kind: LimitKind, limits: RiskLimits) -> None:
    """Draw the number field of a limit; limits are those it begins with."""
    shown = FIELDS[kind]
    draw_number_field(
        field_key(kind),
        f"{limit_name(kind)}, {shown.unit}",
        shown.kind,
        form=FORM,
        start=_start(kind, limits),
        help_text=shown.help_text,
        placeholder=_NO_LIMIT,
        may_be_empty=True,
    )


def draw_waits(limits: RiskLimits) -> None:
    """Draw the two fields of the wait after a loss."""
    left, right = st.columns(2, gap="small", wrap=False)
    for place, (name, (label, help_text)) in zip((left, right), _WAITS.items(), strict=True):
        with place:
            draw_number_field(
                field_key(name),
                label,
                _MINUTES,
                form=FORM,
                start=_wait_start(name, limits),
                help_text=help_text,
                placeholder="no wait" if name == LimitKind.COOL_DOWN else "1440",
                may_be_empty=True,
            )


def draw_hours(limits: RiskLimits) -> TradingHours | None:
    """Draw the trading hours and return what is chosen; None = at any time."""
    hours = limits.trading_hours
    if not st.toggle("Only at certain hours", value=hours is not None, key=_widget_key("hours")):
        return None
    begin = hours or _USUAL_HOURS
    days = st.pills(
        "On",
        range(7),
        selection_mode="multi",
        default=sorted(begin.days),
        format_func=DAYS.__getitem__,
        key=_widget_key("days"),
        wrap=True,
    )
    left, right = st.columns(2, gap="small", wrap=False)
    begins = left.time_input("From", begin.begins, key=_widget_key("begins"))
    ends = right.time_input("Until", begin.ends, key=_widget_key("ends"))
    st.caption("On the clock of your time zone. Until may lie on the next day; the same time twice is the whole day.")
    return TradingHours(frozenset(days or ()), begins or begin.begins, ends or begin.ends)


def draw_counting(limits: RiskLimits) -> dict[str, bool]:
    """Draw what counts as a loss, and return it as RiskLimits takes it."""
    open_risk = st.checkbox("Count open risk", value=limits.count_open_risk, key=_widget_key("open_risk_counts"))
    st.caption(
        "A trade opens only if the limit holds even when every stop is hit, with the slippage and fees of this account."
    )
    whole = st.checkbox("Count the whole account", value=limits.whole_account, key=_widget_key("whole_account"))
    st.caption("What was traded elsewhere on this account counts too.")
    return {"count_open_risk": open_risk, "whole_account": whole}


def draw_closing(limits: RiskLimits) -> frozenset[LimitKind]:
    """Draw which limits close everything, and return them."""
    chosen = st.pills(
        "Close everything when reached",
        CAN_CLOSE_ALL,
        selection_mode="multi",
        default=[kind for kind in CAN_CLOSE_ALL if kind in limits.close_all_after],
        format_func=limit_name,
        key=_widget_key("close_all"),
        wrap=True,
    )
    return frozenset(chosen or ())


def limits_typed(saved: RiskLimits, chosen: Mapping[str, Any]) -> tuple[RiskLimits | None, str]:
    """Return the limits that the fields make, or None and what has to be put right first.

    Args:
        saved: what fields begin with that nobody typed in.
        chosen: the rest of RiskLimits, from the other widgets.
    """
    values: dict[str, Any] = dict(chosen)
    for kind, shown in FIELDS.items():
        amount, why = _typed(kind, shown.kind, _start(kind, saved))
        if why:
            return None, f"{limit_name(kind)}: {why}"
        whole = amount is not None and shown.kind.role is NumberRole.WHOLE_OR_NONE
        values[shown.attribute] = int(amount) if whole and amount is not None else amount
    values["cool_down"], why = _cool_down_typed(saved)
    if why:
        return None, f"{limit_name(LimitKind.COOL_DOWN)}: {why}"
    limits = RiskLimits(**values)
    wrong = check_limits(limits)
    return (None, wrong[0]) if wrong else (limits, "")


def texts_typed(saved: RiskLimits) -> dict[str, str]:
    """Return what stands in every number field, by key."""
    texts = {field_key(kind): text_of(field_key(kind), _start(kind, saved)) for kind in FIELDS}
    return texts | {field_key(name): text_of(field_key(name), _wait_start(name, saved)) for name in _WAITS}


def begin_anew() -> None:
    """Let every field show what is saved."""
    for name in (*FIELDS, *_WAITS):
        forget_text(field_key(name))
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1


def _widget_key(name: str) -> str:
    return f"limit_{name}_{st.session_state.get(_GENERATION, 0)}"


def _typed(name: str, kind: NumberKind, start: str) -> tuple[Decimal | None, str]:
    """Return the number in a field, None where it is empty; or why it cannot be read."""
    key = field_key(name)
    if not text_of(key, start).strip():
        return None, ""
    reading = read(key, kind, start)
    return (reading.value, "") if isinstance(reading, Understood) else (None, reading.words)


def _cool_down_typed(saved: RiskLimits) -> tuple[CoolDown | None, str]:
    waits: list[timedelta | None] = []
    for name in _WAITS:
        minutes, why = _typed(name, _MINUTES, _wait_start(name, saved))
        if why:
            return None, why
        # Rounded to the second, which is what is kept: a wait of 100 s reads 1.6667 min.
        seconds = None if minutes is None else (minutes * 60).quantize(Decimal(1), ROUND_HALF_UP)
        if seconds is not None and seconds > 10**8:
            return None, "this is longer than any wait. Type fewer minutes."
        waits.append(None if seconds is None else timedelta(seconds=int(seconds)))
    first, longest = waits
    if first is None:
        return None, "type the first wait too, or empty both." if longest is not None else ""
    return CoolDown(first, max(first, _LONGEST_USUAL) if longest is None else longest), ""


def _start(kind: LimitKind, limits: RiskLimits) -> str:
    amount = limits.amount(kind)
    return "" if amount is None else spelled(amount, decimal_sign())


def _wait_start(name: str, limits: RiskLimits) -> str:
    cool_down = limits.cool_down
    if cool_down is None:
        return ""
    wait = cool_down.first if name == LimitKind.COOL_DOWN else cool_down.longest
    minutes = Decimal(int(wait.total_seconds())) / 60
    return spelled(minutes.quantize(Decimal("0.0001")), decimal_sign())
