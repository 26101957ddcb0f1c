"""The rows one pass of the monitor works on, and the views the strategy decides from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from decisions.view import BlockingStop, OrderView, RunView
from domain.client_ids import belongs_to_install
from domain.exchange import Balance, ConditionalOrder, ExchangePosition
from domain.terms import (
    FINAL_STATES,
    LIVE_PHASES,
    OrderIntent,
    OrderState,
    Phase,
    Purpose,
    ReopenState,
    Side,
    SymbolRules,
    TradeTerms,
)
from engine.requests.reports import SentOrder
from engine.state.backoff import MISSING_AFTER, RECONCILE_EVERY
from engine.state.row_mapping import sent_order
from storage.tables import FillRow, OrderRow, PlanRow, PositionRow

UNSETTLED = tuple(state for state in OrderState if state not in FINAL_STATES)
Place = tuple[str, Side]


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What a position read said of one place; batch orders it against our own bookings."""

    quantity: Decimal
    batch: int
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    entry_price: Decimal = Decimal(0)
    unrealised_usdt: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reserve:
    """The first stop of a run that is entering: sent even when the database is gone by the time the entry fills."""

    order_id: int
    intent: OrderIntent
    terms: TradeTerms
    taker_rate: Decimal


@dataclass(slots=True)
class Memory:
    """What the actor remembers between passes; all of it can be read again from the exchange after a restart."""

    batch: int = 0
    touched: set[str] = field(default_factory=set)  # client order ids that events named
    unsettled: dict[str, SentOrder] = field(default_factory=dict)  # by client id
    touched_symbols: set[str] = field(default_factory=set)  # where an event named an order that is not ours
    places: dict[Place, PlaceReading] = field(default_factory=dict)
    our_places: set[Place] = field(default_factory=set)  # where runs of ours live, as of the last pass
    read_batch: int = 0  # batch that the position read being taken in came from
    full_batch: int = 0  # batch of the last full check: places it does not list were empty then
    booked_batch: dict[Place, int] = field(default_factory=dict)
    resting: tuple[ConditionalOrder, ...] = ()
    resting_read_at: datetime | None = None
    explained_at: dict[int, datetime] = field(default_factory=dict)
    suspicious: set[int] = field(default_factory=set)  # runs whose close was refused: something else may have happened
    ignored: dict[Place, Decimal] = field(default_factory=dict)  # foreign quantities the person wants left alone
    set_aside: dict[int, datetime] = field(default_factory=dict)  # runs a pass stumbled over, until when
    times_asked: dict[int, int] = field(default_factory=dict)  # by row id: questions about an order under way
    looked_again: set[str] = field(default_factory=set)  # instructions for which a place was read once more
    open_again_at: dict[str, datetime] = field(default_factory=dict)  # instructions refused for a passing reason
    unworkable: set[str] = field(default_factory=set)  # instructions a pass stumbled over
    modes_in_doubt: bool = False  # an order was refused as if the account were in another position mode
    unnamed_since: dict[int, datetime] = field(default_factory=dict)  # by trade id: whose order nobody can read
    missing_since: dict[int, datetime] = field(default_factory=dict)  # by order row: since when it cannot be found
    gone_since: dict[int, datetime] = field(default_factory=dict)  # by run: since when its place reads empty
    reachable_since: datetime | None = None
    last_full_check_at: datetime | None = None
    opening_paused: bool = False  # as the person wants it
    balance: Balance | None = None
    balance_read_at: datetime | None = None
    rules: dict[str, SymbolRules] = field(default_factory=dict)
    reserves: dict[int, Reserve] = field(default_factory=dict)  # by entry order id

    def name(self, client_id: str | None, symbol: str | None, install: str) -> None:
        """Take in what an event names: our own orders are asked about, foreign ones make us look at the symbol."""
        if client_id is not None and belongs_to_install(client_id, install):
            self.touched.add(client_id)
        elif client_id is not None and symbol is not None:
            self.touched_symbols.add(symbol)

    def place_quantity(self, place: Place) -> Decimal | None:
        """Return the quantity of a place as last read, None when no read is younger than our own last booking there."""
        reading = self.places.get(place)
        batch = max(reading.batch if reading else 0, self.full_batch)
        if batch == 0 or batch < self.booked_batch.get(place, 0):
            return None
        if reading is None or reading.batch < self.full_batch:
            return Decimal(0)
        return reading.quantity

    def read_positions(self, positions: Iterable[ExchangePosition], symbol: str | None) -> None:
        """Take in a position read: of everything (symbol None) or of one symbol, whose unlisted sides are empty."""
        if symbol is None:
            self.full_batch = max(self.full_batch, self.read_batch)
        else:
            for side in Side:
                self._note_place((symbol, side), PlaceReading(Decimal(0), self.read_batch, None, None))
        for position in positions:
            reading = PlaceReading(
                position.quantity,
                self.read_batch,
                position.mark_price,
                position.liquidation_price,
                position.entry_price,
                position.unrealised_usdt,
            )
            self._note_place((position.symbol, position.side), reading)

    def _note_place(self, place: Place, reading: PlaceReading) -> None:
        known = self.places.get(place)
        if known is None or known.batch <= reading.batch:
            self.places[place] = reading

    def fresh_reading(self, place: Place) -> PlaceReading | None:
        """Return the reading of a place unless a later full check no longer lists it."""
        reading = self.places.get(place)
        return reading if reading is not None and reading.batch >= self.full_batch else None


class Book:
    """Rows of one account: live runs, runs with unsettled orders, and runs waiting to open again."""

    def __init__(self, session: Session, account_id: int) -> None:
        self.session = session
        self.account_id = account_id
        self.positions: dict[int, PositionRow] = {}
        self.runs_at: dict[Place, list[PositionRow]] = defaultdict(list)
        self.plans: dict[int, PlanRow] = {}
        self.orders: dict[int, OrderRow] = {}
        self.orders_of: dict[int, list[OrderRow]] = defaultdict(list)
        self.fills_of: dict[int, list[FillRow]] = defaultdict(list)
        self.beside_of: dict[int, list[FillRow]] = defaultdict(list)  # what foreign hands traded on a run's place
        self.along_of: dict[int, list[FillRow]] = defaultdict(list)  # what a run's orders closed of a run given up

    @classmethod
    def load(cls, session: Session, account_id: int, extra_ids: Iterable[int] = ()) -> "Book":
        """Load in a constant number of statements whatever the number of runs; extra_ids: runs an event named."""
        book = cls(session, account_id)
        unsettled = exists().where(and_(OrderRow.position_id == PositionRow.id, OrderRow.state.in_(UNSETTLED)))
        wanted = or_(
            PositionRow.phase.in_(LIVE_PHASES),
            and_(PositionRow.phase == Phase.FAILED, PositionRow.entry_quantity > PositionRow.exit_quantity),
            PositionRow.reopen_state == ReopenState.WAITING,
            unsettled,
            PositionRow.id.in_(list(extra_ids)),
        )
        book._take_in(wanted)
        return book

    def join(self, position_ids: Iterable[int]) -> None:
        """Take further runs in, each with its plan, orders and fills; those that are here already stay as they are."""
        new = set(position_ids) - self.positions.keys()
        if new:
            self._take_in(PositionRow.id.in_(new))

    def _take_in(self, wanted: ColumnElement[bool]) -> None:
        rows = self.session.execute(
            select(PositionRow, PlanRow)
            .join(PlanRow, PlanRow.id == PositionRow.plan_id)
            .where(PositionRow.account_id == self.account_id, wanted)
            .order_by(PositionRow.id)
        )
        ids = set()
        for position, plan in rows:
            self.add_run(position, plan)
            ids.add(position.id)
        orders = select(OrderRow).where(OrderRow.position_id.in_(ids)).order_by(OrderRow.id)
        for order in self.session.scalars(orders):
            self.add_order(order)
        of_or_beside = or_(FillRow.position_id.in_(ids), FillRow.beside_position_id.in_(ids))
        for fill in self.session.scalars(select(FillRow).where(of_or_beside).order_by(FillRow.trade_id)):
            if fill.position_id in ids:
                self.fills_of[fill.position_id].append(fill)
            if fill.beside_position_id in ids:
                of = self.beside_of if fill.position_id is None else self.along_of
                of[fill.beside_position_id].append(fill)

    def add_run(self, position: PositionRow, plan: PlanRow) -> None:
        """Take in a run that is not here yet, and its plan; both flushed, so that they have their ids."""
        self.positions[position.id] = position
        self.runs_at[position.symbol, position.side].append(position)
        self.plans[plan.id] = plan

    def add_order(self, order: OrderRow) -> None:
        """Take in an order row, loaded or just made (flushed, so that it has its id)."""
        self.orders[order.id] = order
        self.orders_of[order.position_id].append(order)

    def order_before(self, order: OrderRow) -> OrderRow | None:
        """Return the order of the same purpose that the run sent before this one."""
        earlier = [o for o in self.orders_of[order.position_id] if o.purpose is order.purpose and o.id < order.id]
        return earlier[-1] if earlier else None

    def plan_of(self, position: PositionRow) -> PlanRow:
        """Return the plan a run belongs to."""
        return self.plans[position.plan_id]

    def live_at(self, place: Place) -> PositionRow | None:
        """Return the live run of a place, if there is one."""
        return next((p for p in self.runs_at[place] if p.phase in LIVE_PHASES), None)

    def own_quantity(self, position: PositionRow) -> Decimal:
        """Return what the run still holds, base units, never below zero.

        By its fills; an entry the exchange calls executed counts before its trades can be read.
        """
        entries = [order for order in self.orders_of[position.id] if order.purpose is Purpose.ENTRY]
        executed = sum((order.executed_quantity for order in entries), Decimal(0))
        return max(max(position.entry_quantity, executed) - position.exit_quantity, Decimal(0))

    def given_up_at(self, place: Place) -> list[PositionRow]:
        """Return the runs of a place that were given up, filled after all, and still hold something."""
        return [p for p in self.runs_at[place] if p.phase is Phase.FAILED and self.own_quantity(p) > 0]

    def others_quantity(self, position: PositionRow) -> Decimal:
        """Return what the place of a live run ought to hold besides the run's own, base units."""
        late = self.given_up_at((position.symbol, position.side))
        return position.foreign_quantity + sum((self.own_quantity(run) for run in late), Decimal(0))

    def explained_quantity(self, place: Place) -> Decimal:
        """Return what a place ought to hold: what its live run has and what others put beside it."""
        run = self.live_at(place)
        return Decimal(0) if run is None else self.own_quantity(run) + self.others_quantity(run)

    def entry_settled(self, position: PositionRow) -> bool:
        """Whether nothing more can come of the run's entry orders."""
        return all(o.state in FINAL_STATES for o in self.orders_of[position.id] if o.purpose is Purpose.ENTRY)

    def views(self, memory: Memory, now: datetime) -> list[RunView]:
        """Return one view per run, oldest first."""
        memory.unsettled = {
            order.client_order_id: sent_order(order)
            for order in self.orders.values()
            if order.state not in FINAL_STATES
        }
        memory.our_places = {(p.symbol, p.side) for p in self.positions.values() if p.phase in LIVE_PHASES}
        aside = {position_id for position_id, until in memory.set_aside.items() if now < until}
        blocking = self._blocking(memory)
        seen = [position for position in self.positions.values() if position.id not in aside]
        return [self._view(position, memory, now, blocking.get(position.id)) for position in seen]

    def _view(self, position: PositionRow, memory: Memory, now: datetime, blocking: BlockingStop | None) -> RunView:
        place = (position.symbol, position.side)
        live = position.phase in LIVE_PHASES
        own = self.own_quantity(position)
        on_exchange = memory.place_quantity(place) if live else None
        explained_at = memory.explained_at.get(position.id)
        rules = memory.rules.get(position.symbol)
        return RunView(
            position_id=position.id,
            symbol=position.symbol,
            side=position.side,
            phase=position.phase,
            own_quantity=own,
            entry_settled=self.entry_settled(position),
            stop_price=position.stop_price,
            target_price=position.target_price,
            tick_size=rules.tick_size if rules else Decimal(0),
            orders=tuple(_order_view(order, memory, now) for order in self.orders_of[position.id]),
            close_asked=position.close_asked_by_person,
            close_part=position.close_quantity,
            own_part_only=position.own_part_only,
            naked_since=position.naked_since,
            reachable_since=memory.reachable_since,
            exchange_quantity=on_exchange,
            explained=position.id not in memory.suspicious
            and position.exit_quantity <= position.entry_quantity
            and (on_exchange is None or on_exchange == own + self.others_quantity(position)),
            explain_due=explained_at is None or now >= explained_at + RECONCILE_EVERY,
            blocking=blocking,
            resting_read_at=memory.resting_read_at,
            bridge_listed=self._bridge_listed(position, memory),
            vanished=now >= memory.gone_since.get(position.id, now) + MISSING_AFTER,
        )

    def _bridge_listed(self, position: PositionRow, memory: Memory) -> bool:
        bridges = {
            order.client_order_id
            for order in self.orders_of[position.id]
            if order.purpose is Purpose.BRIDGE and order.state is OrderState.WORKING
        }
        return bool(bridges) and any(resting.client_order_id in bridges for resting in memory.resting)

    def _blocking(self, memory: Memory) -> dict[int, BlockingStop]:
        """Return the first closePosition stop on the place of each live run that is not the run's own, by run."""
        ours = {order.client_order_id: order for order in self.orders.values()}
        found: dict[int, BlockingStop] = {}
        for resting in memory.resting:
            if resting.position_side is None or not resting.close_position or resting.order_type != "STOP_MARKET":
                continue
            run = self.live_at((resting.symbol, resting.position_side))
            if run is None:
                continue
            order = ours.get(resting.client_order_id)
            if order is None or order.position_id != run.id:
                found.setdefault(run.id, BlockingStop(order.id if order else None, resting.trigger_price))
        return found


def _order_view(order: OrderRow, memory: Memory, now: datetime) -> OrderView:
    final = order.state in FINAL_STATES
    due = order.not_before is not None and order.not_before <= now and order.state is not OrderState.RESERVED
    touched = order.client_order_id in memory.touched
    late = touched and order.state is OrderState.ABSENT
    return OrderView(
        id=order.id,
        purpose=order.purpose,
        state=order.state,
        quantity=order.quantity,
        trigger_price=order.trigger_price,
        code=order.answer_code,
        created_at=order.created_at,
        settled_at=order.settled_at,
        triggered_at=order.triggered_at,
        ask=late or (not final and (touched or due)),
        asked=order.ask_count > 0,
        # What rests and is to be asked about is asked before anything else is done with it.
        retry_at=order.not_before if final or order.state is OrderState.WORKING else None,
        for_foreign_part=order.for_foreign_part,
    )
