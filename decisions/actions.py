"""What a decision may ask for: values only."""

from dataclasses import dataclass
from decimal import Decimal

from domain.terms import CloseReason, Purpose


@dataclass(frozen=True, slots=True)
class Query:
    """Ask the exchange what became of one of our orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class PlaceProtection:
    """Rest a stop, interim stop or target.

    quantity None = closePosition; staged_id: send that row instead of a new one.
    """

    position_id: int
    purpose: Purpose
    trigger_price: Decimal
    quantity: Decimal | None
    staged_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Write a stop that is sent only when another is needed; quantity None = closePosition."""

    position_id: int
    purpose: Purpose
    trigger_price: Decimal
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Close:
    """Close our own quantity at market."""

    position_id: int
    quantity: Decimal
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel one of our own orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Give up a staged order that was never sent."""

    order_id: int


@dataclass(frozen=True, slots=True)
class RejectMove:
    """Keep the stop, or the target, that rests: the new one was rejected."""

    position_id: int
    resting_price: Decimal
    purpose: Purpose = Purpose.STOP


@dataclass(frozen=True, slots=True)
class AbandonTarget:
    """The exchange does not take this target; the stop stays, the person is told."""

    position_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ReadResting:
    """Read which conditional orders rest on the trade's symbol."""

    position_id: int


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """Read the position of the trade's symbol."""

    position_id: int


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find out by trades why the position holds another quantity than our own fills say."""

    position_id: int


Action = (
    Query
    | PlaceProtection
    | Stage
    | Close
    | Cancel
    | Withdraw
    | RejectMove
    | AbandonTarget
    | ReadResting
    | ReadPosition
    | Reconcile
)
