"""The fields of New trade: which there are, what they start from, and how terms and presets are spelled in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app_pages.ui.reopening import fields_of_rule
from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.preview.presets import TradePreset
from domain.terms import Basis, ReopenRule, Side, TradeTerms

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
NUMBERS = ("amount", "leverage", "stop", "target", "maximum")
FORM = "trade"


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
        "amount_in": next(name for name, kind in AMOUNTS_IN.items() if kind == (preset.measure, preset.amount_unit)),
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
