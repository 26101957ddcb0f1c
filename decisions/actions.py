"""What a decision may ask for: values only."""

from dataclasses import dataclass
from decimal import Decimal

from domain.exit_plan import MoveReason
from domain.terms import CloseReason, Purpose


@dataclass(frozen=True, slots=True)
class Query:
    """Ask the exchange what became of one of our orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class PlaceProtection:
    """Rest a stop, interim stop or target.

    quantity None = closePosition; staged_id: send that row instead of a new one; target_number: of a partial target.
    """

    position_id: int
    purpose: Purpose
    trigger_price: Decimal
    quantity: Decimal | None
    staged_id: int | None = None
    target_number: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Write a stop or a close that is sent only when one is needed.

    trigger_price None = at market, a close; quantity None = closePosition.
    """

    position_id: int
    purpose: Purpose
    trigger_price: Decimal | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Close:
    """Close our own quantity at market, or the part of it that a target was to close."""

    position_id: int
    quantity: Decimal
    reason: CloseReason
    target_number: int | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel one of our own orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Give up a staged order that was never sent."""

    order_id: int


@dataclass(frozen=True, slots=True)
class MoveStop:
    """Want the stop at another price, nearer to profit, because the trade's own plan says so."""

    position_id: int
    price: Decimal
    reason: MoveReason


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
    target_number: int | None = None


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
    | MoveStop
    | RejectMove
    | AbandonTarget
    | ReadResting
    | ReadPosition
    | Reconcile
)
