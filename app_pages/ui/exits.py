"""Exits that move: the fields for them, and the plan that they spell; for a new trade, an open one and the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from app_pages.ui.number_field import decimal_sign, draw_number_field, read, text_of
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
from domain.zones import zone_of

_UNITS = {TrailUnit.USDT: "USDT", TrailUnit.PERCENT: "% of price", TrailUnit.PRICE: "Price"}
_USDT = NumberKind(NumberRole.AMOUNT, unit="USDT")
_SHARE = NumberKind(NumberRole.AMOUNT, unit="%")
_HOURS = NumberKind(NumberRole.AMOUNT, unit="hours")
_PLAIN = NumberKind(NumberRole.AMOUNT, unit="")
_SHARES_OF = {1: (50,), 2: (50, 50), 3: (50, 25, 25), 4: (25, 25, 25, 25)}
_LOCKS = ((4, 2), (6, 4), (8, 6))
_HOUR = timedelta(hours=1)


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
            reading = read(self._key(name), kind, _text(first))
            if isinstance(reading, Understood):
                return reading.value
            unread.append(f"{label}: {getattr(reading, 'words', 'enter a number.')}")
            return None

        plan = ExitPlan(
            break_even_after_usdt=number("even_after", "Break-even", _USDT, self._even()) if self._on("even") else None,
            trail=self._trail(number) if self._on("trail") else None,
            lock_ins=self._lock_ins(number) if self._on("locks") else (),
            targets=self._targets(number) if self._on("targets") else (),
            stop_follows_targets=self._on("targets") and bool(self._value("follow", self.start.stop_follows_targets)),
            time_stop=self._time_stop(number) if self._on("time") else None,
            expires_at=self._expires_at() if self.of_plan else self.start.expires_at,
        )
        return plan, unread[0] if unread else ""

    def texts(self) -> dict[str, str]:
        """Return what stands in each number field that is drawn, by the key of its widget."""
        return {self._key(name): text_of(self._key(name), _text(first)) for name, first in self._numbers()}

    def present(self) -> str:
        """Return everything that stands in the fields now, to tell whether it is still the same."""
        return repr((self.typed(), self.texts()))

    def draw(self) -> None:
        """Draw the fields."""
        self._toggle("even", "Break-even: stop losing once it has won", self.start.break_even_after_usdt is not None)
        if self._on("even"):
            help_text = "The stop goes to the entry, fees counted."
            self._number("even_after", "Once at a profit of, USDT", _USDT, self._even(), help_text)
        self._toggle("trail", "Trailing stop: follow the best price", self.start.trail is not None)
        if self._on("trail"):
            self._draw_trail()
        self._toggle("locks", "Lock in profit: after so much, keep so much", bool(self.start.lock_ins))
        if self._on("locks"):
            self._draw_lock_ins()
        self._toggle("targets", "Several targets: take profit in parts", bool(self.start.targets))
        if self._on("targets"):
            self._draw_targets()
        self._toggle("time", "Time stop: close after some hours", self.start.time_stop is not None)
        if self._on("time"):
            self._number("hours", "Close at market after, hours", _HOURS, self._hours())
            self._toggle("profit_only", "Only if it is in profit then, else as soon as it is", self._profit_only())
        if self.of_plan:
            self._toggle("expires", "End the plan: open nothing more after a day", self.start.expires_at is not None)
            if self._on("expires"):
                st.date_input("Last day on which it opens a trade", self._last_day(), key=self._key("last_day"))

    def _trail(self, number: Any) -> Trail | None:  # noqa: ANN401  reads one number field
        unit = TrailUnit(self._value("unit", self._unit()) or TrailUnit.PERCENT)
        distance = number("distance", "Trailing stop", _distance_kind(unit), self._distance())
        later = self._value("trail_later", self._trail_after() is not None)
        first = self._trail_after() or Decimal(5)
        after = number("trail_after", "Trailing stop begins", _USDT, first) if later else None
        return None if distance is None else Trail(unit, distance, after)

    def _draw_trail(self) -> None:
        st.segmented_control(
            "Distance in",
            list(TrailUnit),
            default=self._value("unit", self._unit()),
            format_func=lambda unit: _UNITS[unit],
            key=self._key("unit"),
            required=True,
            width="stretch",
        )
        unit = TrailUnit(self._value("unit", self._unit()) or TrailUnit.PERCENT)
        self._number("distance", f"Behind the best price, {_UNITS[unit]}", _distance_kind(unit), self._distance())
        self._toggle("trail_later", "Begin only once it has won something", self._trail_after() is not None)
        if self._value("trail_later", self._trail_after() is not None):
            self._number("trail_after", "Begin at a profit of, USDT", _USDT, self._trail_after() or Decimal(5))

    def _lock_ins(self, number: Any) -> tuple[LockIn, ...]:  # noqa: ANN401
        steps = []
        for place in range(1, self._count("locks_number", len(self.start.lock_ins)) + 1):
            after, keep = self._lock(place)
            after_usdt = number(f"lock_after_{place}", f"Lock-in {place}", _USDT, after)
            keep_usdt = number(f"lock_keep_{place}", f"Lock-in {place}", _USDT, keep)
            if after_usdt is not None and keep_usdt is not None:
                steps.append(LockIn(after_usdt, keep_usdt))
        return tuple(steps)

    def _draw_lock_ins(self) -> None:
        self._draw_count("locks_number", "Steps", MOST_LOCK_INS, len(self.start.lock_ins))
        for place in range(1, self._count("locks_number", len(self.start.lock_ins)) + 1):
            after, keep = self._lock(place)
            left, right = st.columns(2, gap="small", wrap=False)
            with left:
                self._number(f"lock_after_{place}", "After a profit of, USDT", _USDT, after)
            with right:
                self._number(f"lock_keep_{place}", "Keep, USDT", _USDT, keep)

    def _targets(self, number: Any) -> tuple[PartialTarget, ...]:  # noqa: ANN401
        targets = []
        for place in range(1, self._count("targets_number", len(self.start.targets), 2) + 1):
            at, share = self._target(place)
            at_usdt = number(f"target_at_{place}", f"Target {place}", _USDT, at)
            share_percent = number(f"target_share_{place}", f"Target {place}", _SHARE, share)
            if at_usdt is not None and share_percent is not None:
                targets.append(PartialTarget(at_usdt, share_percent))
        return tuple(targets)

    def _draw_targets(self) -> None:
        st.caption("They take the place of Take profit. Each amount is what the whole trade would have won there.")
        self._draw_count("targets_number", "Targets", MOST_TARGETS, len(self.start.targets), 2)
        for place in range(1, self._count("targets_number", len(self.start.targets), 2) + 1):
            at, share = self._target(place)
            left, right = st.columns(2, gap="small", wrap=False)
            with left:
                self._number(f"target_at_{place}", f"Target {place} at, USDT", _USDT, at)
            with right:
                self._number(f"target_share_{place}", "Close, % of the trade", _SHARE, share)
        self._toggle("follow", "The stop follows the targets, one behind", self.start.stop_follows_targets)

    def _time_stop(self, number: Any) -> TimeStop | None:  # noqa: ANN401
        hours = number("hours", "Time stop", _HOURS, self._hours())
        if hours is None:
            return None
        seconds = min(int(hours * 3600), 10**9)
        return TimeStop(timedelta(seconds=seconds), bool(self._value("profit_only", self._profit_only())))

    def _expires_at(self) -> datetime | None:
        if not self._on("expires"):
            return None
        last = self._value("last_day", self._last_day())
        return datetime.combine(last, time(), zone_of(st.context.timezone)) + timedelta(days=1)

    def _numbers(self) -> list[tuple[str, Decimal | None]]:
        names: list[tuple[str, Decimal | None]] = []
        if self._on("even"):
            names.append(("even_after", self._even()))
        if self._on("trail"):
            names.append(("distance", self._distance()))
            if self._value("trail_later", self._trail_after() is not None):
                names.append(("trail_after", self._trail_after() or Decimal(5)))
        if self._on("locks"):
            for place in range(1, self._count("locks_number", len(self.start.lock_ins)) + 1):
                after, keep = self._lock(place)
                names += [(f"lock_after_{place}", after), (f"lock_keep_{place}", keep)]
        if self._on("targets"):
            for place in range(1, self._count("targets_number", len(self.start.targets), 2) + 1):
                at, share = self._target(place)
                names += [(f"target_at_{place}", at), (f"target_share_{place}", share)]
        if self._on("time"):
            names.append(("hours", self._hours()))
        return names

    def _key(self, name: str) -> str:
        return f"{self.prefix}_{name}"

    def _value(self, name: str, start: Any) -> Any:  # noqa: ANN401  a field holds what its widget holds
        return st.session_state.get(self._key(name), start)

    def _on(self, name: str) -> bool:
        start = self.start
        asked = {
            "even": start.break_even_after_usdt is not None,
            "trail": start.trail is not None,
            "locks": bool(start.lock_ins),
            "targets": bool(start.targets),
            "time": start.time_stop is not None,
            "expires": start.expires_at is not None,
        }
        return bool(self._value(name, asked[name]))

    def _toggle(self, name: str, label: str, start: bool) -> None:
        st.toggle(label, value=bool(self._value(name, start)), key=self._key(name))

    def _number(
        self, name: str, label: str, kind: NumberKind, first: Decimal | None, help_text: str | None = None
    ) -> None:
        draw_number_field(self._key(name), label, kind, form=self.form, start=_text(first), help_text=help_text)

    def _draw_count(self, name: str, label: str, most: int, start: int, least: int = 1) -> None:
        st.segmented_control(
            label,
            list(range(1, most + 1)),
            default=self._count(name, start, least),
            key=self._key(name),
            required=True,
            width="stretch",
        )

    def _count(self, name: str, start: int, least: int = 1) -> int:
        return int(self._value(name, start or least) or start or least)

    def _even(self) -> Decimal:
        return self.start.break_even_after_usdt or Decimal(5)

    def _unit(self) -> TrailUnit:
        return TrailUnit.PERCENT if self.start.trail is None else self.start.trail.unit

    def _distance(self) -> Decimal:
        return Decimal("0.5") if self.start.trail is None else self.start.trail.distance

    def _trail_after(self) -> Decimal | None:
        return None if self.start.trail is None else self.start.trail.after_usdt

    def _lock(self, place: int) -> tuple[Decimal, Decimal]:
        if place <= len(self.start.lock_ins):
            step = self.start.lock_ins[place - 1]
            return step.after_usdt, step.keep_usdt
        after, keep = _LOCKS[place - 1]
        return Decimal(after), Decimal(keep)

    def _target(self, place: int) -> tuple[Decimal, Decimal]:
        if place <= len(self.start.targets):
            target = self.start.targets[place - 1]
            return target.at_usdt, target.share_percent
        number = self._count("targets_number", len(self.start.targets), 2)
        return Decimal(5 * place), Decimal(_SHARES_OF[max(number, place)][place - 1])

    def _hours(self) -> Decimal:
        if self.start.time_stop is None:
            return Decimal(4)
        return rounded(Decimal(self.start.time_stop.after / _HOUR), 4)

    def _profit_only(self) -> bool:
        return self.start.time_stop is not None and self.start.time_stop.only_in_profit

    def _last_day(self) -> Any:  # noqa: ANN401  a date, as the widget takes it
        zone = zone_of(st.context.timezone)
        if self.start.expires_at is not None:
            return (self.start.expires_at.astimezone(zone) - timedelta(seconds=1)).date()
        return (datetime.now(zone) + timedelta(days=30)).date()


def _distance_kind(unit: TrailUnit) -> NumberKind:
    return {TrailUnit.USDT: _USDT, TrailUnit.PERCENT: _SHARE, TrailUnit.PRICE: _PLAIN}[unit]


def _text(number: Decimal | None) -> str:
    return "" if number is None else spelled(number, decimal_sign())
