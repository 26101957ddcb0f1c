"""A form's numbers kept under a name, to start from again; as JSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import category

from domain.exit_plan import NO_EXITS, ExitPlan
from domain.exit_plan_json import loaded_exits, stored_exits
from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.terms import Basis, ReopenRule, Side

LONGEST_NAME = 24


class BadPreset(ValueError):
    """What is kept under this name cannot be read: leave it out."""


@dataclass(frozen=True, slots=True)
class TradePreset:
    """What stood on the form, in the units it was typed in; symbol and side None = whatever the form shows."""

    name: str
    amount: Decimal
    measure: AmountMeasure
    amount_unit: AmountUnit
    leverage: int
    target: Decimal
    stop: Decimal
    exit_unit: ExitUnit
    basis: Basis
    reopen: ReopenRule
    symbol: str | None = None
    side: Side | None = None
    exits: ExitPlan = NO_EXITS  # when a plan ends is a day, and none of them


def preset_name(typed: str) -> str:
    """Return a name as it is kept: one space between words, at most LONGEST_NAME characters; may be empty.

    Characters that cannot be seen are left out: a database does not keep all of them, and two names could look alike.
    """
    visible = "".join(" " if one.isspace() else one for one in typed if one.isspace() or category(one)[0] != "C")
    return " ".join(visible.split())[:LONGEST_NAME].strip()


def preset_to_json(preset: TradePreset) -> dict[str, Any]:
    """Return a preset as JSON; numbers with decimals as strings."""
    rule = preset.reopen
    return {
        "name": preset.name,
        "amount": format(preset.amount, "f"),
        "measure": preset.measure.value,
        "unit": preset.amount_unit.value,
        "leverage": preset.leverage,
        "target": format(preset.target, "f"),
        "stop": format(preset.stop, "f"),
        "exit_unit": preset.exit_unit.value,
        "basis": preset.basis.value,
        "reopen": {
            "enabled": rule.enabled,
            "delay_seconds": int(rule.delay.total_seconds()),
            "maximum": rule.maximum,
            "after_target": rule.after_target,
            "after_stop": rule.after_stop,
        },
        "symbol": preset.symbol,
        "side": None if preset.side is None else preset.side.value,
        "exits": stored_exits(preset.exits),
    }


def preset_from_json(json: Mapping[str, Any]) -> TradePreset:
    """Return the preset kept in json; one from before exits moved has none that do.

    Raises:
        BadPreset: something is missing, unknown or no number.
    """
    try:
        rule, maximum, side = json["reopen"], json["reopen"]["maximum"], json["side"]
        preset = TradePreset(
            name=str(json["name"]),
            amount=Decimal(str(json["amount"])),
            measure=AmountMeasure(json["measure"]),
            amount_unit=AmountUnit(json["unit"]),
            leverage=int(json["leverage"]),
            target=Decimal(str(json["target"])),
            stop=Decimal(str(json["stop"])),
            exit_unit=ExitUnit(json["exit_unit"]),
            basis=Basis(json["basis"]),
            reopen=ReopenRule(
                enabled=bool(rule["enabled"]),
                delay=timedelta(seconds=int(rule["delay_seconds"])),
                maximum=None if maximum is None else int(maximum),
                after_target=bool(rule["after_target"]),
                after_stop=bool(rule["after_stop"]),
            ),
            symbol=None if json["symbol"] is None else str(json["symbol"]),
            side=None if side is None else Side(side),
            exits=loaded_exits(json.get("exits")),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation, OverflowError) as error:
        raise BadPreset(f"a preset cannot be read: {error!r}") from error
    if not all(number.is_finite() and number >= 0 for number in (preset.amount, preset.target, preset.stop)):
        raise BadPreset("a preset's numbers must be 0 or more")
    return preset
