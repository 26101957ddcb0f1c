"""Exits that move: what stands in the fields for them, and the plan that they spell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from app_pages.ui.number_field import decimal_sign, forget_text, read, text_of, write_text
from app_pages.ui.session import viewer_zone
from domain.exit_plan import (
    MOST_LOCK_INS,
    MOST_TARGETS,
    ExitPlan,
    LockIn,
    PartialTarget,
    TimeStop,
    Trail,
    TrailUnit,
)
from domain.number_text import NumberKind, NumberRole, Understood, spelled
from domain.wording import rounded

UNITS = {TrailUnit.USDT: "USDT", TrailUnit.PERCENT: "% of price", TrailUnit.PRICE: "Price"}
USDT = NumberKind(NumberRole.AMOUNT, unit="USDT")
SHARE = NumberKind(NumberRole.AMOUNT, unit="%")
HOURS = NumberKind(NumberRole.AMOUNT, unit="hours")
_PLAIN = NumberKind(NumberRole.AMOUNT, unit="")
_SHARES_OF = {1: (50,), 2: (50, 50), 3: (50, 25, 25), 4: (25, 25, 25, 25)}
_LOCKS = ((4, 2), (6, 4), (8, 6))
_HOUR = timedelta(hours=1)
EXIT_STEPS = (  # fields with an amount at which something happens: a line on the chart
    "even_after",
    "trail_after",
    *(f"lock_after_{place}" for place in range(1, MOST_LOCK_INS + 1)),
    *(f"target_at_{place}" for place in range(1, MOST_TARGETS + 1)),
)
_KINDS = ("even", "trail", "locks", "targets", "time", "expires")
_SWITCHES = (*_KINDS, "trail_later", "follow", "profit_only")
_NUMBERS = (
    *("even_after", "distance", "trail_after", "hours"),
    *(f"lock_{what}_{place}" for what in ("after", "keep") for place in range(1, MOST_LOCK_INS + 1)),
    *(f"target_{what}_{place}" for what in ("at", "share") for place in range(1, MOST_TARGETS + 1)),
)


@dataclass(frozen=True, slots=True)
class ExitFields:
    """The fields of one form: prefix begins each widget's key, start is what they begin with.

    of_plan: they are a plan's, so that when it expires is one of them.
    """

    prefix: str
    start: ExitPlan
    form: str
    of_plan: bool = True

    def typed(self) -> tuple[ExitPlan, str]:
        """Return the exits that stand in the fields, and what cannot be read; what cannot counts as not asked for."""
        unread: list[str] = []

        def number(name: str, label: str, kind: NumberKind, first: Decimal | None) -> Decimal | None:
            reading = read(self.key(name), kind, number_text(first))
            if isinstance(reading, Understood):
                return reading.value
            unread.append(f"{label}: {getattr(reading, 'words', 'enter a number.')}")
            return None

        plan = ExitPlan(
            break_even_after_usdt=number("even_after", "Break-even", USDT, self.even()) if self.on("even") else None,
            trail=self._trail(number) if self.on("trail") else None,
            lock_ins=self._lock_ins(number) if self.on("locks") else (),
            targets=self._targets(number) if self.on("targets") else (),
            stop_follows_targets=self.on("targets") and bool(self.value("follow", self.start.stop_follows_targets)),
            time_stop=self._time_stop(number) if self.on("time") else None,
            expires_at=self._expires_at() if self.of_plan else self.start.expires_at,
        )
        return plan, unread[0] if unread else ""

    def texts(self) -> dict[str, str]:
        """Return what stands in each number field that is drawn, by the key of its widget."""
        return {self.key(name): text_of(self.key(name), number_text(first)) for name, first in self._numbers()}

    def present(self) -> str:
        """Return everything that stands in the fields now, to tell whether it is still the same."""
        return repr((self.typed(), self.texts()))

    def kept(self) -> dict[str, Any]:
        """Return what stands in the fields that are no numbers, as JSON; take puts it back."""
        names = (*_SWITCHES, "unit", "locks_number", "targets_number", "last_day")
        known = {name: st.session_state[self.key(name)] for name in names if self.key(name) in st.session_state}
        return {name: str(value) if name in ("unit", "last_day") else value for name, value in known.items()}

    def take(self, kept: object, texts: Mapping[str, str]) -> None:
        """Fill the fields with what kept and texts returned; what cannot be understood is left out."""
        for name, value in kept.items() if isinstance(kept, dict) else ():
            read_value = _kept_value(name, value)
            if read_value is not None:
                st.session_state[self.key(name)] = read_value
        for key, text in texts.items():
            if key.removeprefix(f"{self.prefix}_") in _NUMBERS:
                write_text(key, text)

    def write(self) -> None:
        """Let every field stand at what it starts from, whatever was typed; before they are drawn."""
        for name in _KINDS:
            st.session_state[self.key(name)] = self._asked(name)
        start = self.start
        st.session_state[self.key("trail_later")] = self.trail_after() is not None
        st.session_state[self.key("follow")] = start.stop_follows_targets
        st.session_state[self.key("profit_only")] = self.profit_only()
        st.session_state[self.key("unit")] = self.unit()
        st.session_state[self.key("locks_number")] = len(start.lock_ins) or 1
        st.session_state[self.key("targets_number")] = len(start.targets) or 2
        st.session_state[self.key("last_day")] = self.last_day()
        asked = dict(self._numbers())
        for name in _NUMBERS:
            if name in asked:
                write_text(self.key(name), number_text(asked[name]))
            else:
                forget_text(self.key(name))

    def forget(self) -> None:
        """Let the fields begin anew."""
        for name in _NUMBERS:
            forget_text(self.key(name))
        for name in (*_SWITCHES, "unit", "locks_number", "targets_number", "last_day"):
            st.session_state.pop(self.key(name), None)

    def _trail(self, number: Any) -> Trail | None:  # noqa: ANN401  reads one number field
        unit = TrailUnit(self.value("unit", self.unit()) or TrailUnit.PERCENT)
        distance = number("distance", "Trailing stop", distance_kind(unit), self.distance())
        later = self.value("trail_later", self.trail_after() is not None)
        first = self.trail_after() or Decimal(5)
        after = number("trail_after", "Trailing stop begins", USDT, first) if later else None
        return None if distance is None else Trail(unit, distance, after)

    def _lock_ins(self, number: Any) -> tuple[LockIn, ...]:  # noqa: ANN401
        steps = []
        for place in range(1, self.count("locks_number", len(self.start.lock_ins)) + 1):
            after, keep = self.lock(place)
            after_usdt = number(f"lock_after_{place}", f"Lock-in {place}", USDT, after)
            keep_usdt = number(f"lock_keep_{place}", f"Lock-in {place}", USDT, keep)
            if after_usdt is not None and keep_usdt is not None:
                steps.append(LockIn(after_usdt, keep_usdt))
        return tuple(steps)

    def _targets(self, number: Any) -> tuple[PartialTarget, ...]:  # noqa: ANN401
        targets = []
        for place in range(1, self.count("targets_number", len(self.start.targets), 2) + 1):
            at, share = self.target(place)
            at_usdt = number(f"target_at_{place}", f"Target {place}", USDT, at)
            share_percent = number(f"target_share_{place}", f"Target {place}", SHARE, share)
            if at_usdt is not None and share_percent is not None:
                targets.append(PartialTarget(at_usdt, share_percent))
        return tuple(targets)

    def _time_stop(self, number: Any) -> TimeStop | None:  # noqa: ANN401
        hours = number("hours", "Time stop", HOURS, self.hours())
        if hours is None:
            return None
        seconds = min(round(hours * 3600), 10**9)
        return TimeStop(timedelta(seconds=seconds), bool(self.value("profit_only", self.profit_only())))

    def _expires_at(self) -> datetime | None:
        if not self.on("expires"):
            return None
        last = self.value("last_day", self.last_day())
        return datetime.combine(last, time(), viewer_zone()) + timedelta(days=1)

    def _numbers(self) -> list[tuple[str, Decimal | None]]:
        names: list[tuple[str, Decimal | None]] = []
        if self.on("even"):
            names.append(("even_after", self.even()))
        if self.on("trail"):
            names.append(("distance", self.distance()))
            if self.value("trail_later", self.trail_after() is not None):
                names.append(("trail_after", self.trail_after() or Decimal(5)))
        if self.on("locks"):
            for place in range(1, self.count("locks_number", len(self.start.lock_ins)) + 1):
                after, keep = self.lock(place)
                names += [(f"lock_after_{place}", after), (f"lock_keep_{place}", keep)]
        if self.on("targets"):
            for place in range(1, self.count("targets_number", len(self.start.targets), 2) + 1):
                at, share = self.target(place)
                names += [(f"target_at_{place}", at), (f"target_share_{place}", share)]
        if self.on("time"):
            names.append(("hours", self.hours()))
        return names

    def key(self, name: str) -> str:
        """Return the key of a field's widget."""
        return f"{self.prefix}_{name}"

    def value(self, name: str, start: Any) -> Any:  # noqa: ANN401  a field holds what its widget holds
        """Return what is in a field that is no number, or what it starts from."""
        return st.session_state.get(self.key(name), start)

    def on(self, name: str) -> bool:
        """Return whether a kind of exit is asked for."""
        return bool(self.value(name, self._asked(name)))

    def _asked(self, name: str) -> bool:
        start = self.start
        return {
            "even": start.break_even_after_usdt is not None,
            "trail": start.trail is not None,
            "locks": bool(start.lock_ins),
            "targets": bool(start.targets),
            "time": start.time_stop is not None,
            "expires": start.expires_at is not None,
        }[name]

    def count(self, name: str, start: int, least: int = 1) -> int:
        """Return how many steps or targets are asked for."""
        return int(self.value(name, start or least) or start or least)

    def even(self) -> Decimal:
        """Return the profit that break-even starts from."""
        return self.start.break_even_after_usdt or Decimal(5)

    def unit(self) -> TrailUnit:
        """Return the unit that the distance of a trail starts from."""
        return TrailUnit.PERCENT if self.start.trail is None else self.start.trail.unit

    def distance(self) -> Decimal:
        """Return the distance that a trail starts from."""
        return Decimal("0.5") if self.start.trail is None else self.start.trail.distance

    def trail_after(self) -> Decimal | None:
        """Return the profit at which a trail begins at first, None = from the start."""
        return None if self.start.trail is None else self.start.trail.after_usdt

    def lock(self, place: int) -> tuple[Decimal, Decimal]:
        """Return what a lock-in step starts from: after which profit, what is kept."""
        if place <= len(self.start.lock_ins):
            step = self.start.lock_ins[place - 1]
            return step.after_usdt, step.keep_usdt
        after, keep = _LOCKS[place - 1]
        return Decimal(after), Decimal(keep)

    def target(self, place: int) -> tuple[Decimal, Decimal]:
        """Return what a target starts from: its profit and its share."""
        if place <= len(self.start.targets):
            target = self.start.targets[place - 1]
            return target.at_usdt, target.share_percent
        number = self.count("targets_number", len(self.start.targets), 2)
        return Decimal(5 * place), Decimal(_SHARES_OF[max(number, place)][place - 1])

    def hours(self) -> Decimal:
        """Return the time that a time stop starts from."""
        if self.start.time_stop is None:
            return Decimal(4)
        return rounded(Decimal(self.start.time_stop.after / _HOUR), 4)

    def profit_only(self) -> bool:
        """Return whether a time stop waits for a profit at first."""
        return self.start.time_stop is not None and self.start.time_stop.only_in_profit

    def last_day(self) -> Any:  # noqa: ANN401  a date, as the widget takes it
        """Return the last day of the plan that the field starts from."""
        zone = viewer_zone()
        if self.start.expires_at is not None:
            return (self.start.expires_at.astimezone(zone) - timedelta(seconds=1)).date()
        return (datetime.now(zone) + timedelta(days=30)).date()


def distance_kind(unit: TrailUnit) -> NumberKind:
    """Return what the field of a trail's distance takes."""
    return {TrailUnit.USDT: USDT, TrailUnit.PERCENT: SHARE, TrailUnit.PRICE: _PLAIN}[unit]


def number_text(number: Decimal | None) -> str:
    """Return a number as a field starts with it."""
    return "" if number is None else spelled(number, decimal_sign())


def _kept_value(name: str, value: object) -> Any:  # noqa: ANN401  a field holds what its widget holds
    """Return what a field takes for what was kept of it, None where it takes no such thing."""
    match name, value:
        case str(), bool() if name in _SWITCHES:
            return value
        case "locks_number", int() if 1 <= value <= MOST_LOCK_INS:
            return value
        case "targets_number", int() if 1 <= value <= MOST_TARGETS:
            return value
        case "unit", str() if value in tuple(TrailUnit):
            return TrailUnit(value)
        case "last_day", str():
            try:
                return date.fromisoformat(value)
            except ValueError:
                return None
    return None
