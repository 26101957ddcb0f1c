"""Stops that are committed ahead of time, so that they can be sent even while the database is away."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.position_key import PositionKey
from domain.terms import OrderIntent, OrderState, Phase, Purpose, TradeTerms
from engine.state.row_mapping import intent_of, key_of
from engine.state.working_set import WorkingSet
from storage.tables import OrderRow, PositionRow

_STOPS = (Purpose.STOP, Purpose.INTERIM)


@dataclass(frozen=True, slots=True)
class StagedStop:
    """The first stop of a trade that is entering, and what its exact price is worked out from."""

    order_id: int
    intent: OrderIntent
    terms: TradeTerms
    taker_rate: Decimal


@dataclass(frozen=True, slots=True)
class SpareStop:
    """A stop that may take the place of the one that protects an open trade, and what would tell that it must.

    protecting are the trade's stops that rest, or may, with their client ids; exits are all its orders that close it.
    alone: nobody else holds anything on the position. as_of is the batch of requests that the rows had taken in.
    """

    order_id: int
    intent: OrderIntent
    key: PositionKey
    own_quantity: Decimal
    alone: bool
    protecting: Mapping[int, str]
    exits: frozenset[int]
    as_of: int


@dataclass(slots=True)
class WithoutDatabase:
    """What was done since the last commit while the database was away; monotonic seconds."""

    sent_at: dict[int, float] = field(default_factory=dict)  # by order row
    account_asked_at: float | None = None


def spare_stops(rows: WorkingSet, as_of: int) -> dict[int, SpareStop]:
    """Return the spare of each open trade that has one, by trade."""
    found: dict[int, SpareStop] = {}
    for position in rows.positions.values():
        staged = [o for o in rows.orders_of[position.id] if o.state is OrderState.STAGED and o.purpose in _STOPS]
        if position.phase in (Phase.OPEN, Phase.CLOSING) and position.stop_price is not None and staged:
            found[position.id] = _spare(rows, position, staged[0], as_of)
    return found


def _spare(rows: WorkingSet, position: PositionRow, staged: OrderRow, as_of: int) -> SpareStop:
    orders = rows.orders_of[position.id]
    # A stop of which nothing is known may be followed by another that closes all, never by another with a quantity.
    may_rest = (OrderState.WORKING,) if staged.quantity is None else (OrderState.WORKING, OrderState.UNKNOWN)
    return SpareStop(
        order_id=staged.id,
        intent=replace(intent_of(staged), trigger_price=position.stop_price),
        key=key_of(position),
        own_quantity=rows.own_quantity(position),
        alone=rows.others_quantity(position) == 0,
        protecting={o.id: o.client_order_id for o in orders if o.purpose in _STOPS and o.state in may_rest},
        exits=frozenset(o.id for o in orders if o.purpose is not Purpose.ENTRY),
        as_of=as_of,
    )
