"""Moving exits as JSON and back: how a plan and an instruction keep them.

The shape, money and percents as strings so that no digit is lost; null or an empty list = not asked for:

    {"break_even_after_usdt": "10", "trail": {"unit": "percent", "distance": "0.8", "after_usdt": null},
     "lock_ins": [{"after_usdt": "10", "keep_usdt": "5"}], "targets": [{"at_usdt": "10", "share_percent": "50"}],
     "stop_follows_targets": true, "time_stop": {"after_seconds": 14400, "only_in_profit": false},
     "expires_at": "2026-12-01T00:00:00+00:00"}
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.exit_plan import NO_EXITS, ExitPlan, LockIn, PartialTarget, TimeStop, Trail, TrailUnit
from domain.exit_plan_checks import check_exits
from domain.json_values import money, switch, text, whole

_NAMES = frozenset(
    {
        "break_even_after_usdt",
        "trail",
        "lock_ins",
        "targets",
        "stop_follows_targets",
        "time_stop",
        "expires_at",
    }
)


class BadExits(ValueError):
    """These exits cannot be kept as they stand: show the messages and ask again."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


def exits_to_json(plan: ExitPlan) -> dict[str, Any]:
    """Return exits in the shape above; money as plain strings without exponent."""
    trail, time_stop, after = plan.trail, plan.time_stop, plan.break_even_after_usdt
    return {
        "break_even_after_usdt": None if after is None else format(after, "f"),
        "trail": trail
        and {
            "unit": trail.unit.value,
            "distance": format(trail.distance, "f"),
            "after_usdt": None if trail.after_usdt is None else format(trail.after_usdt, "f"),
        },
        "lock_ins": [
            {"after_usdt": format(step.after_usdt, "f"), "keep_usdt": format(step.keep_usdt, "f")}
            for step in plan.lock_ins
        ],
        "targets": [
            {"at_usdt": format(target.at_usdt, "f"), "share_percent": format(target.share_percent, "f")}
            for target in plan.targets
        ],
        "stop_follows_targets": plan.stop_follows_targets,
        "time_stop": time_stop
        and {
            "after_seconds": int(time_stop.after.total_seconds()),
            "only_in_profit": time_stop.only_in_profit,
        },
        "expires_at": None if plan.expires_at is None else plan.expires_at.isoformat(),
    }


def stored_exits(plan: ExitPlan) -> dict[str, Any] | None:
    """Return exits as terms and rows keep them: nothing at all where none was asked for."""
    return None if plan == NO_EXITS else exits_to_json(plan)


def loaded_exits(kept: Mapping[str, Any] | None) -> ExitPlan:
    """Return the exits that terms or a row keep; what is from before there were any asks for none.

    Raises:
        BadExits: as exits_from_json does.
    """
    return NO_EXITS if kept is None else exits_from_json(kept)


def exits_from_json(json: Mapping[str, Any]) -> ExitPlan:
    """Return the exits kept in json, exactly as they were put in; a name that is missing was not asked for.

    Raises:
        BadExits: something is unknown or not a number; or check_exits finds it impossible.
    """
    try:
        unknown = json.keys() - _NAMES
        if unknown:
            raise ValueError(f"there is no exit named {min(unknown)}")
        after, expires_at = json.get("break_even_after_usdt"), json.get("expires_at")
        plan = ExitPlan(
            break_even_after_usdt=None if after is None else money(after),
            trail=_trail(json.get("trail")),
            lock_ins=tuple(
                LockIn(money(step["after_usdt"]), money(step["keep_usdt"])) for step in json.get("lock_ins", ())
            ),
            targets=tuple(
                PartialTarget(money(target["at_usdt"]), money(target["share_percent"]))
                for target in json.get("targets", ())
            ),
            stop_follows_targets=switch(json.get("stop_follows_targets", False)),
            time_stop=_time_stop(json.get("time_stop")),
            expires_at=None if expires_at is None else datetime.fromisoformat(text(expires_at)),
        )
    except KeyError as missing:
        raise BadExits((f"The exits do not say their {missing.args[0]}.",)) from missing
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise BadExits((f"The exits cannot be read: {error}.",)) from error
    messages = check_exits(plan)
    if messages:
        raise BadExits(messages)
    return plan


def _trail(kept: Mapping[str, Any] | None) -> Trail | None:
    if kept is None:
        return None
    after = kept["after_usdt"]
    return Trail(TrailUnit(kept["unit"]), money(kept["distance"]), None if after is None else money(after))


def _time_stop(kept: Mapping[str, Any] | None) -> TimeStop | None:
    if kept is None:
        return None
    return TimeStop(timedelta(seconds=whole(kept["after_seconds"])), switch(kept["only_in_profit"]))
