"""What is in the fields of New trade: what they start from, what they spell, and how it is written in another unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from app_pages.ui.asking import say
from app_pages.ui.exit_fields import ExitFields
from app_pages.ui.number_field import decimal_sign, read, text_of, write_number
from app_pages.ui.reopening import TIMES, fields_of_rule, rule_of_fields
from app_pages.ui.session import services
from domain.exit_plan import NO_EXITS, ExitPlan
from domain.number_text import NumberKind, NumberRole, Reading, Unclear, Understood, spelled
from domain.preview.amounts import (
    AmountMeasure,
    AmountUnit,
    ExitUnit,
    ExpectedTrade,
    Quote,
    amount_from,
    exit_number,
    exit_usdt,
    expected_trade,
)
from domain.preview.presets import TradePreset
from domain.preview.requested import AMOUNT_DECIMALS, PERCENT_DECIMALS, RequestedTrade, requested_terms
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.wording import decimals_of, rounded

AMOUNTS_IN: dict[str, tuple[AmountMeasure, AmountUnit]] = {
    "Margin": (AmountMeasure.MARGIN, AmountUnit.USDT),
    "Margin %": (AmountMeasure.MARGIN, AmountUnit.PERCENT_FREE),
    "Position": (AmountMeasure.VALUE, AmountUnit.USDT),
    "Position %": (AmountMeasure.VALUE, AmountUnit.PERCENT_FREE),
}
EXITS_IN = {
    "USDT": ExitUnit.USDT,
    "Price": ExitUnit.PRICE,
    "% of price": ExitUnit.PERCENT_PRICE,
    "% of margin": ExitUnit.PERCENT_MARGIN,
}
Fields = dict[str, Any]
_UNITS: Fields = {"amount_in": "Margin", "exit_in": "USDT"}
STARTS: dict[str, Fields] = {
    "Careful": {**_UNITS, "amount": Decimal(100), "leverage": 5, "target": Decimal(4), "stop": Decimal(4)},
    "Standard": {**_UNITS, "amount": Decimal(150), "leverage": 20, "target": Decimal(15), "stop": Decimal(10)},
    "Aggressive": {**_UNITS, "amount": Decimal(300), "leverage": 30, "target": Decimal(60), "stop": Decimal(30)},
}
FIRST: Fields = {
    "symbol": "BTCUSDT",
    "more": [],
    "side": Side.LONG,
    "after_fees": True,
    **fields_of_rule(ReopenRule(enabled=True, delay=timedelta(minutes=5), maximum=20)),
    **STARTS["Standard"],
}
_REOPENING = ("reopen", "wait", "maximum", "again")
NUMBERS = ("amount", "leverage", "stop", "target", "maximum")
_LEVERAGE = NumberKind(NumberRole.WHOLE, unit="×", least=1, most=125)
FORM = "trade"
DRAFT = "trade_draft"
_EXITS = "trade_exits_left"  # the moving exits that were left in the form
_FIRST_OF_SESSION = "trade_first"
_MEANT = "trade_meant"  # the terms that stood in the fields when they were last drawn
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
        st.session_state[_MEANT] = terms
    exits, unread_exits = trade_exits().typed()
    if not unread_exits:
        st.session_state[_EXITS] = exits


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


def typed_trade(symbol: str | None = None) -> RequestedTrade | None:
    """Return what the fields say for a pair (the one on show), wrong ones included.

    A price is meant for the pair on show: other pairs get the same USDT. Percents count from each pair's own price.

    Returns:
        None while a number cannot be read, or a price is needed for another pair and not known.
    """
    if unread():
        return None
    measure, amount_unit = AMOUNTS_IN[value("amount_in")]
    requested = RequestedTrade(
        symbol=value("symbol"),
        side=_side(),
        amount=_number("amount"),
        measure=measure,
        amount_unit=amount_unit,
        leverage=_leverage(),
        target=_number("target"),
        stop=_number("stop"),
        exit_unit=EXITS_IN[value("exit_in")],
        basis=_basis(),
        reopen=_rule(),
        exits=trade_exits().typed()[0],
    )
    if symbol is None or symbol == requested.symbol:
        return requested
    if requested.exit_unit is not ExitUnit.PRICE:
        return replace(requested, symbol=symbol)
    terms = terms_of(requested)
    if terms is None:
        return None
    return replace(requested, symbol=symbol, exit_unit=ExitUnit.USDT, target=terms.tp_usdt, stop=terms.sl_usdt)


def terms_of(requested: RequestedTrade) -> TradeTerms | None:
    """Return the terms that a requested trade spells; None while a price or the free margin is needed and not known."""
    return requested_terms(requested, services().previews.quote(requested.symbol) if requested.needs_quote else None)


def rewrite(*, amount: bool = False, exits: bool = False) -> None:
    """Write what was meant before in the units, pair and direction that now stand in the form.

    Where that cannot be reckoned, because no price is known, the units stay as they were and it is said.
    """
    meant: TradeTerms | None = st.session_state.get(_MEANT)
    if meant is None:
        return
    quote = services().previews.quote(value("symbol"))
    fields: Fields = {}
    if amount:
        fields |= _written_amount(meant, quote)
    if exits:
        fields |= _written_exits(meant, quote)
    if not fields:
        before = st.session_state.get(DRAFT, FIRST)
        put({field: before.get(field, FIRST[field]) for field in ("amount_in", "exit_in", "symbol", "side")})
        say("There is no price to reckon with yet. Try again in a moment.")
        return
    put(fields)


def put_exit_price(field: str, price: Decimal) -> None:
    """Fill stop or target, in the unit it is written in, so that it lies at this price; nothing where it cannot."""
    meant: TradeTerms | None = st.session_state.get(_MEANT)
    quote = services().previews.quote(value("symbol"))
    if meant is None or quote is None:
        return
    trade = expected_trade(_side(), meant.amount_usdt, meant.leverage, meant.basis, quote)
    if trade is None:
        return
    won = field == "target"
    usdt = exit_usdt(price, ExitUnit.PRICE, trade, won)
    put({field: _exit_number(usdt, trade, won)})


def put_exit_step(field: str, price: Decimal) -> None:
    """Fill the amount at which an exit steps in so that it lies at this price; nothing where it cannot."""
    meant: TradeTerms | None = st.session_state.get(_MEANT)
    quote = services().previews.quote(value("symbol"))
    if meant is None or quote is None:
        return
    trade = expected_trade(_side(), meant.amount_usdt, meant.leverage, meant.basis, quote)
    if trade is not None:
        usdt = exit_usdt(price, ExitUnit.PRICE, trade, won=True)
        write_number(trade_exits().key(field), max(rounded(usdt, 2), Decimal(0)))


def fields_of_terms(terms: TradeTerms) -> Fields:
    """Return the fields that spell these terms: "again like this one"."""
    return {
        **_UNITS,
        "symbol": terms.symbol,
        "more": [],
        "side": terms.side,
        "amount": terms.amount_usdt,
        "leverage": terms.leverage,
        "target": terms.tp_usdt,
        "stop": terms.sl_usdt,
        "after_fees": terms.basis is Basis.NET,
        **fields_of_rule(terms.reopen),
        "exits": replace(terms.exits, expires_at=None),  # the day on which another plan ends
    }


def fields_of_preset(preset: TradePreset) -> Fields:
    """Return the fields a preset fills."""
    fields = {
        "amount": preset.amount,
        "amount_in": next(name for name, kind in AMOUNTS_IN.items() if kind == (preset.measure, preset.unit)),
        "leverage": preset.leverage,
        "target": preset.target,
        "stop": preset.stop,
        "exit_in": next(name for name, unit in EXITS_IN.items() if unit is preset.exit_unit),
        "after_fees": preset.basis is Basis.NET,
        **fields_of_rule(preset.reopen),
        "exits": preset.exits,
    }
    if preset.symbol is not None:
        fields |= {"symbol": preset.symbol}
    if preset.side is not None:
        fields |= {"side": preset.side}
    return fields


def typed_preset(name: str, with_pair: bool) -> TradePreset:
    """Return what is in the fields as a preset, with pair and direction if asked for."""
    measure, unit = AMOUNTS_IN[value("amount_in")]
    return TradePreset(
        name=name,
        amount=_number("amount"),
        measure=measure,
        unit=unit,
        leverage=_leverage(),
        target=_number("target"),
        stop=_number("stop"),
        exit_unit=EXITS_IN[value("exit_in")],
        basis=_basis(),
        reopen=_rule(),
        symbol=value("symbol") if with_pair else None,
        side=_side() if with_pair else None,
        exits=replace(trade_exits().typed()[0], expires_at=None),
    )


def _number(field: str) -> Decimal:
    number: Decimal | None = value(field)
    return Decimal(0) if number is None else number


def _leverage() -> int:
    return max(1, int(value("leverage") or 1))


def _side() -> Side:
    return value("side") or Side.LONG


def _basis() -> Basis:
    return Basis.NET if value("after_fees") else Basis.GROSS


def _rule() -> ReopenRule:
    return rule_of_fields(reopening())


def _written_amount(meant: TradeTerms, quote: Quote | None) -> Fields:
    measure, unit = AMOUNTS_IN[value("amount_in")]
    free = None if quote is None else quote.free_usdt
    amount = amount_from(meant.amount_usdt, measure, unit, _leverage(), free)
    return {} if amount is None else {"amount": rounded(amount, AMOUNT_DECIMALS[unit])}


def _written_exits(meant: TradeTerms, quote: Quote | None) -> Fields:
    if EXITS_IN[value("exit_in")] is ExitUnit.USDT:
        return {"target": rounded(meant.tp_usdt, 2), "stop": rounded(meant.sl_usdt, 2)}
    if quote is None:
        return {}
    trade = expected_trade(_side(), meant.amount_usdt, meant.leverage, meant.basis, quote)
    if trade is None:
        return {}
    return {
        "target": _exit_number(meant.tp_usdt, trade, won=True),
        "stop": _exit_number(meant.sl_usdt, trade, won=False),
    }


def _exit_number(usdt: Decimal, trade: ExpectedTrade, won: bool) -> Decimal:
    unit = EXITS_IN[value("exit_in")]
    requested = max(exit_number(usdt, unit, trade, won), Decimal(0))
    if unit is ExitUnit.PRICE:
        return requested
    return rounded(requested, 2 if unit is ExitUnit.USDT else PERCENT_DECIMALS)
