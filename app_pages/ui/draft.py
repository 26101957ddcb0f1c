"""What is in the fields of New trade now, and was left in them when another page was shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import streamlit as st

from app_pages.ui.draft_fields import AMOUNTS_IN, EXITS_IN, FIRST, FORM, NUMBERS, STARTS, Fields, fields_of_preset
from app_pages.ui.exit_fields import ExitFields
from app_pages.ui.number_field import decimal_sign, read, text_of, write_number
from app_pages.ui.reopening import TIMES
from app_pages.ui.session import services
from domain.exit_plan import NO_EXITS, ExitPlan
from domain.number_text import NumberKind, NumberRole, Reading, Unclear, Understood, spelled
from domain.preview.amounts import AmountUnit, ExitUnit
from domain.terms import TradeTerms
from domain.wording import decimals_of

_REOPENING = ("reopen", "wait", "maximum", "again")
_LEVERAGE = NumberKind(NumberRole.WHOLE, unit="×", least=1, most=125)
DRAFT = "trade_draft"
_EXITS = "trade_exits_left"  # the moving exits that were left in the form
_FIRST_OF_SESSION = "trade_first"
_LAST_VALID = "trade_last_valid"  # the terms that stood in the fields when they were last drawn
_NAMES = {
    "amount": "Amount",
    "leverage": "Leverage",
    "stop": "Stop loss",
    "target": "Take profit",
    "maximum": "Repeat up to",
}


def key(field: str) -> str:
    """Return the key of a field's widget."""
    return f"trade_{field}"


def value(field: str) -> Any:  # noqa: ANN401  a field holds what its widget holds
    """Return what is in a field, or was left in it, or what it starts from; None for a number that cannot be read."""
    if field == "exits":
        return replace(trade_exits().typed()[0], expires_at=None)
    left = _left(field)
    if field not in NUMBERS:
        return st.session_state.get(key(field), left)
    understood = reading(field)
    return understood.value if isinstance(understood, Understood) else None


def reading(field: str) -> Reading:
    """Return what stands in a number field means."""
    return read(key(field), kind_of(field), start_of(field))


def start_of(field: str) -> str:
    """Return what a number field starts from, as text."""
    left = _left(field)
    return "" if left is None else spelled(Decimal(left), decimal_sign())


def kind_of(field: str) -> NumberKind:
    """Return what a number field takes, in the units that stand in the form."""
    if field == "leverage":
        return _LEVERAGE
    if field == "maximum":
        return TIMES
    if field == "amount":
        percent = AMOUNTS_IN[value("amount_in")][1] is AmountUnit.PERCENT_FREE
        return NumberKind(NumberRole.AMOUNT, unit="%" if percent else "USDT")
    unit = EXITS_IN[value("exit_in")]
    if unit is ExitUnit.PRICE:
        rules = services().market.symbol_rules(value("symbol"))
        return NumberKind(NumberRole.AMOUNT, unit="", decimals=decimals_of(rules.tick_size) if rules else 2)
    role = NumberRole.LOSS if field == "stop" else NumberRole.GAIN
    return NumberKind(role, unit="USDT" if unit is ExitUnit.USDT else "%")


def unread() -> str:
    """Return what is to be put right before the numbers mean anything; empty when all are understood."""
    fields = NUMBERS if value("reopen") else tuple(field for field in NUMBERS if field != "maximum")
    for field in fields:
        match reading(field):
            case Understood():
                continue
            case Unclear(words=words):
                return f"{_NAMES[field]}: {words}"
            case unreadable:
                return f"{_NAMES[field]}: {unreadable.words}"
    return trade_exits().typed()[1]


def trade_exits() -> ExitFields:
    """Return the fields of the exits that move."""
    return ExitFields(key("exits"), st.session_state.get(_EXITS, _first().get("exits", NO_EXITS)), FORM)


def put_exits(exits: ExitPlan) -> None:
    """Fill the fields of the exits that move; whatever page is shown, the form has them the next time it is drawn."""
    st.session_state[_EXITS] = exits
    trade_exits().write()


def texts() -> dict[str, str]:
    """Return what stands in each number field, by the key of its widget."""
    return {key(field): text_of(key(field), start_of(field)) for field in NUMBERS} | trade_exits().texts()


def present() -> Fields:
    """Return everything that stands in the form now, numbers as they were typed."""
    fields = {field: value(field) for field in FIRST if field not in NUMBERS}
    return fields | texts() | {"exits": trade_exits().present()}


def reopening() -> Fields:
    """Return what is in the fields about opening again."""
    return {field: value(field) for field in _REOPENING}


def put(fields: Mapping[str, Any]) -> None:
    """Fill fields; whatever page is shown, the form has them the next time it is drawn."""
    fields = dict(fields)
    if "exits" in fields:
        put_exits(fields.pop("exits"))
    for field, content in fields.items():
        if field in NUMBERS:
            write_number(key(field), None if content is None else Decimal(content))
        else:
            st.session_state[key(field)] = content
    st.session_state[DRAFT] = {**st.session_state.get(DRAFT, {}), **fields}


def keep_draft(terms: TradeTerms | None) -> None:
    """Remember what is in the fields now, and what it means: Streamlit forgets a field as soon as it is not drawn."""
    widgets = {field: st.session_state[key(field)] for field in FIRST if key(field) in st.session_state}
    numbers = {field: number for field in NUMBERS if (number := value(field)) is not None or field == "maximum"}
    st.session_state[DRAFT] = {**st.session_state.get(DRAFT, {}), **widgets, **numbers}
    if terms is not None:
        st.session_state[_LAST_VALID] = terms
    exits, unread_exits = trade_exits().typed()
    if not unread_exits:
        st.session_state[_EXITS] = exits


def last_valid_terms() -> TradeTerms | None:
    """Return the terms that stood in the fields when they were last drawn; None where there were none yet."""
    terms: TradeTerms | None = st.session_state.get(_LAST_VALID)
    return terms


def last_fields(*names: str) -> Fields:
    """Return what stood in fields when they were last drawn."""
    before = st.session_state.get(DRAFT, FIRST)
    return {field: before.get(field, FIRST[field]) for field in names}


def _left(field: str) -> Any:  # noqa: ANN401  a field holds what its widget holds
    return st.session_state.get(DRAFT, {}).get(field, _first()[field])


def _first() -> Fields:
    """Return what the form begins with: the start or preset chosen on Settings, kept for the session."""
    if _FIRST_OF_SESSION not in st.session_state:
        name = services().preferences.chosen().default_preset
        saved = [] if name is None or name in STARTS else services().presets.load()
        chosen = next((fields_of_preset(preset) for preset in saved if preset.name == name), STARTS.get(name or "", {}))
        st.session_state[_FIRST_OF_SESSION] = {**FIRST, **chosen}
    first: Fields = st.session_state[_FIRST_OF_SESSION]
    return first


def all_symbols() -> tuple[str, ...]:
    """Return the pairs the form is about: the one on show first, each once."""
    return tuple(dict.fromkeys((value("symbol"), *value("more"))))
