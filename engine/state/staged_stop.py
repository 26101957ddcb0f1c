"""Stops and closes that are committed ahead of time, so that they can be sent even while the database is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.position_key import PositionKey
from domain.terms import FINAL_STATES, OrderIntent, OrderState, Phase, Purpose, TradeTerms
from engine.state.row_mapping import intent_of, key_of
from engine.state.working_set import WorkingSet
from storage.tables import OrderRow, PositionRow

_STOPS = (Purpose.STOP, Purpose.INTERIM)


@dataclass(frozen=True, slots=True)
class StagedClose:
    """A close at market for a trade's own quantity, sent where no stop can be placed."""

    order_id: int
    intent: OrderIntent


@dataclass(frozen=True, slots=True)
class StagedStop:
    """The first stop of a trade that is entering, what its exact price is worked out from, and a close of it all."""

    order_id: int
    intent: OrderIntent
    terms: TradeTerms
    taker_rate: Decimal
    position_id: int
    close: StagedClose | None


@dataclass(frozen=True, slots=True)
class SpareStop:
    """A stop that may take the place of the one that protects an open trade, and what would tell that it must.

    protecting are the trade's stops that rest, or may, with their client ids; exits are all its orders that close it.
    alone: nobody else holds anything on the position. as_of is the batch of requests that the rows had taken in.
    closes are for exactly own_quantity, and none where another close may be under way.
    """

    order_id: int
    intent: OrderIntent
    key: PositionKey
    own_quantity: Decimal
    alone: bool
    protecting: Mapping[int, str]
    exits: frozenset[int]
    as_of: int
    closes: tuple[StagedClose, ...] = ()


@dataclass(slots=True)
class WithoutDatabase:
    """What was done since the last commit while the database was away, by order row; monotonic seconds."""

    first_sent_at: dict[int, float] = field(default_factory=dict)
    sent_at: dict[int, float] = field(default_factory=dict)
    sent_in: dict[int, int] = field(default_factory=dict)  # the batch of requests it went out with
    account_asked_at: float | None = None

    def note_sent(self, order_id: int, at: float, batch: int) -> None:
        """Note that an order goes out, perhaps not for the first time."""
        self.first_sent_at.setdefault(order_id, at)
        self.sent_at[order_id] = at
        self.sent_in[order_id] = batch


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
        closes=_closes(orders, rows.own_quantity(position)),
    )


def _closes(orders: Sequence[OrderRow], own_quantity: Decimal) -> tuple[StagedClose, ...]:
    closes = [o for o in orders if o.purpose is Purpose.CLOSE and o.state not in FINAL_STATES]
    if any(order.state is not OrderState.STAGED for order in closes):
        return ()
    return tuple(StagedClose(o.id, intent_of(o)) for o in closes if o.quantity == own_quantity)
