"""Stops and closes that are committed ahead of time, so that they can be sent even while the database is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from domain.position_key import PositionKey
from domain.terms import FINAL_STATES, LIVE_PHASES, OrderIntent, OrderState, Purpose, TradeTerms
from engine.state.row_mapping import intent_of, key_of
from engine.state.working_set import WorkingSet
from storage.tables import OrderRow, PositionRow

_STOPS = (Purpose.STOP, Purpose.INTERIM)


@dataclass(frozen=True, slots=True)
class StagedOrder:
    """A stop or a close at market that is committed and may be sent."""

    order_id: int
    intent: OrderIntent


@dataclass(frozen=True, slots=True)
class StagedStop:
    """The first stop of a trade that is entering, what its exact price is worked out from, and closes of it all."""

    order_id: int
    intent: OrderIntent
    terms: TradeTerms
    taker_rate: Decimal
    position_id: int
    closes: tuple[StagedOrder, ...]


@dataclass(frozen=True, slots=True)
class SpareStops:
    """The stops that may take the place of the one that protects an open trade, and what would tell that they must.

    stops are taken in turn: the next one once the one before has rested and is gone. lost is the one of them that was
    sent before the commit, and may never have arrived. protecting are the trade's stops that rest, or may, with their
    client ids; exits are all its orders that close it. others_quantity is what the position held besides. as_of is the
    batch of requests that the rows had taken in. closes are for exactly own_quantity; close_under_way: another one may
    be executed yet.
    """

    stops: tuple[StagedOrder, ...]
    key: PositionKey
    own_quantity: Decimal
    others_quantity: Decimal
    protecting: Mapping[int, str]
    exits: frozenset[int]
    as_of: int
    closes: tuple[StagedOrder, ...] = ()
    close_under_way: bool = False
    lost: int | None = None

    @property
    def alone(self) -> bool:
        """Whether nobody else holds anything on the position."""
        return self.others_quantity == 0


@dataclass(slots=True)
class WithoutDatabase:
    """What was done since the last commit while the database was away, by order row; exchange time."""

    first_sent_at: dict[int, datetime] = field(default_factory=dict)
    sent_at: dict[int, datetime] = field(default_factory=dict)
    sent_in: dict[int, int] = field(default_factory=dict)  # the batch of requests it went out with
    asked_at: datetime | None = None

    def note_sent(self, order_id: int, at: datetime, batch: int) -> None:
        """Note that an order goes out, perhaps not for the first time."""
        self.first_sent_at.setdefault(order_id, at)
        self.sent_at[order_id] = at
        self.sent_in[order_id] = batch


def spare_stops(rows: WorkingSet, as_of: int) -> dict[int, SpareStops]:
    """Return the spares of each trade that holds something and has some, by trade; it need not be protected."""
    found: dict[int, SpareStops] = {}
    for position in rows.positions.values():
        if position.phase in LIVE_PHASES and position.stop_price is not None and rows.own_quantity(position) > 0:
            spare = _spare(rows, position, as_of)
            if spare.stops:
                found[position.id] = spare
    return found


def _spare(rows: WorkingSet, position: PositionRow, as_of: int) -> SpareStops:
    orders = rows.orders_of[position.id]
    own_quantity = rows.own_quantity(position)
    lost, staged = _stops(orders, own_quantity)
    closes = [o for o in orders if o.purpose is Purpose.CLOSE and o.state not in FINAL_STATES]
    # A stop of which nothing is known may be followed by another that closes all, not by the first with a quantity.
    may_rest = [OrderState.WORKING]
    if not lost and any(o.quantity is not None for o in staged):
        may_rest.append(OrderState.UNKNOWN)
    return SpareStops(
        stops=tuple(
            StagedOrder(o.id, replace(intent_of(o), trigger_price=position.stop_price)) for o in (*lost, *staged)
        ),
        key=key_of(position),
        own_quantity=own_quantity,
        others_quantity=rows.others_quantity(position),
        protecting={o.id: o.client_order_id for o in orders if o.purpose in _STOPS and o.state in may_rest},
        exits=frozenset(o.id for o in orders if o.purpose is not Purpose.ENTRY),
        as_of=as_of,
        closes=tuple(
            StagedOrder(o.id, intent_of(o))
            for o in closes
            if o.state is OrderState.STAGED and o.quantity == own_quantity
        ),
        close_under_way=any(o.state is not OrderState.STAGED for o in closes),
        lost=lost[0].id if lost else None,
    )


def _stops(orders: Sequence[OrderRow], own_quantity: Decimal) -> tuple[list[OrderRow], list[OrderRow]]:
    """Return the stop that may never have arrived, where those written ahead have a quantity, and these.

    Sent again under its id it cannot rest beside itself, as another one could.
    """
    fitting = [o for o in orders if o.purpose in _STOPS and o.quantity in (None, own_quantity)]
    staged = [o for o in fitting if o.state is OrderState.STAGED]
    if all(o.quantity is None for o in staged):
        return [], staged
    return [o for o in fitting if o.state is OrderState.UNKNOWN and o.algo_id is None][-1:], staged
