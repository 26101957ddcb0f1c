"""The exits that a person can ask for beside stop and target.

A "+X" of a plan is a price: where the whole trade as it was opened would stand at +X USDT, on the basis of its terms.
Parts that are closed on the way move none of these prices.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

MOST_TARGETS = 4
MOST_LOCK_INS = 3
SHORTEST_TIME_STOP = timedelta(minutes=1)
LONGEST_TIME_STOP = timedelta(days=365)


class TrailUnit(StrEnum):
    """What the distance of a trailing stop is written in."""

    USDT = "usdt"  # of the whole trade's result
    PERCENT = "percent"  # of the best price so far
    PRICE = "price"


class MoveReason(StrEnum):
    """What moves a stop."""

    BREAK_EVEN = "BREAK_EVEN"
    TRAIL = "TRAIL"
    LOCK_IN = "LOCK_IN"
    TARGET_REACHED = "TARGET_REACHED"


@dataclass(frozen=True, slots=True)
class Trail:
    """A stop that follows the best price at a distance, > 0; after_usdt = only once at +X, None = from the start."""

    unit: TrailUnit
    distance: Decimal
    after_usdt: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LockIn:
    """Once at +after_usdt, the stop goes to where +keep_usdt stays."""

    after_usdt: Decimal
    keep_usdt: Decimal


@dataclass(frozen=True, slots=True)
class PartialTarget:
    """At +at_usdt, share_percent of the whole trade is closed: 25 means 25 %."""

    at_usdt: Decimal
    share_percent: Decimal


@dataclass(frozen=True, slots=True)
class TimeStop:
    """The trade is closed at market once it has been open for so long, or only if it is in profit then."""

    after: timedelta
    only_in_profit: bool = False


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """Moving exits of one plan; each part may be missing, and they work together: the nearest stop wins.

    targets take the place of the terms' take-profit; what their shares leave over has no target. With
    stop_follows_targets the stop goes to break-even at the first target and to the target before at each later one.
    From expires_at on the plan opens no further trade; an open one goes on.
    """

    break_even_after_usdt: Decimal | None = None
    trail: Trail | None = None
    lock_ins: tuple[LockIn, ...] = ()
    targets: tuple[PartialTarget, ...] = ()
    stop_follows_targets: bool = False
    time_stop: TimeStop | None = None
    expires_at: datetime | None = None

    @property
    def moves_stop(self) -> bool:
        """Whether mark prices or targets can move the stop."""
        follows = self.stop_follows_targets and bool(self.targets)
        return self.break_even_after_usdt is not None or self.trail is not None or bool(self.lock_ins) or follows

    def expired(self, now: datetime) -> bool:
        """Return whether the plan opens no further trade at now."""
        return self.expires_at is not None and now >= self.expires_at


NO_EXITS = ExitPlan()
