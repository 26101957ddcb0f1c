"""Limits as JSON and back: how they are kept, and what a change of them is recorded with.

The shape, money and percents as strings so that no digit is lost; null = not set:

    {"day_loss_usdt": "100", "week_loss_usdt": null, "whole_account": false, "count_open_risk": true,
     "drawdown_usdt": null, "plan_losses_in_a_row": 3, "losses_in_a_row": null,
     "cool_down": {"first_seconds": 300, "longest_seconds": 3600}, "open_positions": 5, "total_margin_usdt": null,
     "open_risk_usdt": null, "trading_hours": {"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "22:00"},
     "spread_percent": "0.1", "liquidation_percent": null, "day_goal_usdt": null, "close_all_loss_usdt": null,
     "close_all_gain_usdt": null, "close_all_after": ["DAY_LOSS"]}
"""

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from domain.json_values import money, switch, whole
from domain.risk.limits import CoolDown, LimitKind, RiskLimits, TradingHours, check_limits

_Value = TypeVar("_Value")

_MONEY = (
    "day_loss_usdt",
    "week_loss_usdt",
    "drawdown_usdt",
    "total_margin_usdt",
    "open_risk_usdt",
    "spread_percent",
    "liquidation_percent",
    "day_goal_usdt",
    "close_all_loss_usdt",
    "close_all_gain_usdt",
)
_COUNTS = ("plan_losses_in_a_row", "losses_in_a_row", "open_positions")
_SWITCHES = ("whole_account", "count_open_risk")


class BadLimits(ValueError):
    """These limits cannot be kept as they stand: show the messages and ask again."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


def limits_to_json(limits: RiskLimits) -> dict[str, Any]:
    """Return limits in the shape above; money as plain strings without exponent."""
    kept: dict[str, Any] = {name: _text(getattr(limits, name)) for name in _MONEY}
    kept |= {name: getattr(limits, name) for name in (*_COUNTS, *_SWITCHES)}
    cool_down, hours = limits.cool_down, limits.trading_hours
    kept["cool_down"] = cool_down and {
        "first_seconds": int(cool_down.first.total_seconds()),
        "longest_seconds": int(cool_down.longest.total_seconds()),
    }
    kept["trading_hours"] = hours and {
        "days": sorted(hours.days),
        "begins": hours.begins.isoformat("minutes"),
        "ends": hours.ends.isoformat("minutes"),
    }
    kept["close_all_after"] = sorted(limits.close_all_after)
    return kept


def limits_from_json(json: Mapping[str, Any]) -> RiskLimits:
    """Return the limits kept in json, exactly as they were put in.

    A name that is missing is a limit that did not exist when json was written: it is not set.

    Raises:
        BadLimits: something is unknown or not a number; or check_limits finds it impossible.
    """
    try:
        unknown = set(json) - {*_MONEY, *_COUNTS, *_SWITCHES, "cool_down", "trading_hours", "close_all_after"}
        if unknown:
            raise ValueError(f"there is no limit named {min(unknown)}")
        values: dict[str, Any] = {name: _or_none(money, json.get(name)) for name in _MONEY}
        values |= {name: _or_none(whole, json.get(name)) for name in _COUNTS}
        values |= {name: switch(json[name]) for name in _SWITCHES if name in json}
        values["cool_down"] = _or_none(_cool_down, json.get("cool_down"))
        values["trading_hours"] = _or_none(_hours, json.get("trading_hours"))
        values["close_all_after"] = frozenset(LimitKind(kind) for kind in json.get("close_all_after", ()))
        limits = RiskLimits(**values)
    except KeyError as missing:
        raise BadLimits((f"The limits do not say their {missing.args[0]}.",)) from missing
    except (TypeError, ValueError, OverflowError, ArithmeticError) as error:
        raise BadLimits((f"The limits cannot be read: {error}.",)) from error
    messages = check_limits(limits)
    if messages:
        raise BadLimits(messages)
    return limits


def _cool_down(kept: Mapping[str, Any]) -> CoolDown:
    first, longest = whole(kept["first_seconds"]), whole(kept["longest_seconds"])
    return CoolDown(timedelta(seconds=first), timedelta(seconds=longest))


def _hours(kept: Mapping[str, Any]) -> TradingHours:
    days = frozenset(whole(day) for day in kept["days"])
    return TradingHours(days, time.fromisoformat(kept["begins"]), time.fromisoformat(kept["ends"]))


def _or_none(read: Callable[[Any], _Value], kept: Any) -> _Value | None:  # noqa: ANN401
    return None if kept is None else read(kept)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
