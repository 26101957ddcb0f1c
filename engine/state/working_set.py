"""The rows that one cycle works on."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select, union
from sqlalchemy.orm import Session

from domain.position_key import PositionKey
from domain.terms import FINAL_STATES, LIVE_PHASES, OrderState, Phase, Purpose, ReopenState
from engine.requests.orders import RECV_WINDOW
from engine.requests.reports import TIMESTAMP_AHEAD_AT_MOST, SentOrder
from engine.state.row_mapping import key_of, sent_order
from storage.exit_tables import ExitProgressRow
from storage.tables import FillRow, OrderRow, PlanRow, PositionRow

NOT_FINAL = tuple(state for state in OrderState if state not in FINAL_STATES)


class WorkingSet:
    """Rows of one account: live trades, trades with orders that are not final, and trades waiting to open again."""

    def __init__(self, session: Session, account_id: int) -> None:
        self.session = session
        self.account_id = account_id
        self.positions: dict[int, PositionRow] = {}
        self.positions_at: dict[PositionKey, list[PositionRow]] = defaultdict(list)
        self.plans: dict[int, PlanRow] = {}
        self.exit_progress: dict[int, ExitProgressRow] = {}
        self.orders: dict[int, OrderRow] = {}
        self.orders_of: dict[int, list[OrderRow]] = defaultdict(list)
        self.fills_of: dict[int, list[FillRow]] = defaultdict(list)
        # What somebody else traded at a trade's key, and what a trade's orders closed of an abandoned one.
        self.external_fills_of: dict[int, list[FillRow]] = defaultdict(list)
        self.surplus_fills_of: dict[int, list[FillRow]] = defaultdict(list)

    @classmethod
    def load(cls, session: Session, account_id: int, extra_ids: Iterable[int] = ()) -> "WorkingSet":
        """Load in a constant number of statements, however many trades; extra_ids: those that an event named."""
        rows = cls(session, account_id)
        mine = PositionRow.account_id == account_id
        # One branch an index: joined by OR they would read every position there ever was.
        going_on = union(
            select(PositionRow.id).where(mine, PositionRow.phase.in_(LIVE_PHASES)),
            select(PositionRow.id).where(
                mine, PositionRow.phase == Phase.FAILED, PositionRow.entry_quantity > PositionRow.exit_quantity
            ),
            select(PositionRow.id).where(mine, PositionRow.reopen_state == ReopenState.WAITING),
            select(OrderRow.position_id).where(OrderRow.account_id == account_id, OrderRow.state.in_(NOT_FINAL)),
        )
        ids = {*session.scalars(going_on), *extra_ids}
        if ids:
            rows._take_in(PositionRow.id.in_(ids))
        return rows

    def include(self, position_ids: Iterable[int]) -> None:
        """Take further trades in, each with its plan, orders and fills; those that are here already stay."""
        new = set(position_ids) - self.positions.keys()
        if new:
            self._take_in(PositionRow.id.in_(new))

    def _take_in(self, wanted: ColumnElement[bool]) -> None:
        rows = self.session.execute(
            select(PositionRow, PlanRow, ExitProgressRow)
            .join(PlanRow, PlanRow.id == PositionRow.plan_id)
            .outerjoin(ExitProgressRow, ExitProgressRow.position_id == PositionRow.id)
            .where(PositionRow.account_id == self.account_id, wanted)
            .order_by(PositionRow.id)
        )
        ids = set()
        for position, plan, progress in rows:
            self.add_position(position, plan)
            if progress is not None:
                self.exit_progress[position.id] = progress
            ids.add(position.id)
        orders = select(OrderRow).where(OrderRow.position_id.in_(ids)).order_by(OrderRow.id)
        for order in self.session.scalars(orders):
            self.add_order(order)
        of_or_found_at = or_(FillRow.position_id.in_(ids), FillRow.found_at_position_id.in_(ids))
        for fill in self.session.scalars(select(FillRow).where(of_or_found_at).order_by(FillRow.trade_id)):
            if fill.position_id in ids:
                self.fills_of[fill.position_id].append(fill)
            if fill.found_at_position_id in ids:
                of = self.external_fills_of if fill.position_id is None else self.surplus_fills_of
                of[fill.found_at_position_id].append(fill)

    def add_position(self, position: PositionRow, plan: PlanRow) -> None:
        """Take in a trade that is not here yet, and its plan; both flushed, so that they have their ids."""
        self.positions[position.id] = position
        self.positions_at[key_of(position)].append(position)
        self.plans[plan.id] = plan

    def add_order(self, order: OrderRow) -> None:
        """Take in an order row, loaded or just made (flushed, so that it has its id)."""
        self.orders[order.id] = order
        self.orders_of[order.position_id].append(order)

    def order_before(self, order: OrderRow) -> OrderRow | None:
        """Return the order of the same purpose that the trade sent before this one."""
        unsent = (OrderState.STAGED, OrderState.WITHDRAWN)
        same = [o for o in self.orders_of[order.position_id] if o.purpose is order.purpose and o.state not in unsent]
        earlier = [o for o in same if o.id < order.id]
        return earlier[-1] if earlier else None

    def plan_of(self, position: PositionRow) -> PlanRow:
        """Return the plan a trade belongs to."""
        return self.plans[position.plan_id]

    def progress_of(self, position: PositionRow) -> ExitProgressRow:
        """Return how far a trade's moving exits have come; the row is made where there is none yet."""
        if position.id not in self.exit_progress:
            row = ExitProgressRow(position_id=position.id, dropped_targets=[])
            self.session.add(row)
            self.exit_progress[position.id] = row
        return self.exit_progress[position.id]

    def live_at(self, key: PositionKey) -> PositionRow | None:
        """Return the live trade at a key, if there is one."""
        return next((p for p in self.positions_at[key] if p.phase in LIVE_PHASES), None)

    def own_quantity(self, position: PositionRow) -> Decimal:
        """Return what the trade still holds, base units.

        By its fills; an entry the exchange calls executed counts before its trades can be read. Negative when its
        orders closed more than it is known to have held: something was traded there that has not been found yet.
        """
        entries = [order for order in self.orders_of[position.id] if order.purpose is Purpose.ENTRY]
        executed = sum((order.executed_quantity for order in entries), Decimal(0))
        return max(position.entry_quantity, executed) - position.exit_quantity

    def abandoned_at(self, key: PositionKey) -> list[PositionRow]:
        """Return the trades at a key that were abandoned, filled after all, and still hold something."""
        return [p for p in self.positions_at[key] if p.phase is Phase.FAILED and self.own_quantity(p) > 0]

    def others_quantity(self, position: PositionRow) -> Decimal:
        """Return what the key of a trade ought to hold besides the trade's own quantity, base units."""
        live = self.live_at(key_of(position)) or position
        others = [trade for trade in (live, *self.abandoned_at(key_of(position))) if trade is not position]
        return live.external_quantity + sum((self.own_quantity(trade) for trade in others), Decimal(0))

    def expected_quantity(self, key: PositionKey) -> Decimal:
        """Return what the exchange ought to hold at a key: what its live trade has and what others put beside it."""
        live = self.live_at(key)
        return Decimal(0) if live is None else self.own_quantity(live) + self.others_quantity(live)

    def entry_final(self, position: PositionRow) -> bool:
        """Whether nothing more can come of the trade's entry orders."""
        return all(o.state in FINAL_STATES for o in self.orders_of[position.id] if o.purpose is Purpose.ENTRY)

    def open_orders(self) -> list[SentOrder]:
        """Return the orders that are not final, as the exchange may show them."""
        return [sent_order(order) for order in self.orders.values() if order.state not in FINAL_STATES]

    def closes_over(self, now: datetime) -> list[int]:
        """Return the closes without an answer that the exchange would refuse by now, should they still arrive."""
        return [
            order.id
            for order in self.orders.values()
            if order.purpose is Purpose.CLOSE
            and order.state is OrderState.UNKNOWN
            and now > order.sent_at + RECV_WINDOW + TIMESTAMP_AHEAD_AT_MOST
        ]

    def staged_ids(self) -> set[int]:
        """Return the orders that are written and not sent."""
        return {order.id for order in self.orders.values() if order.state is OrderState.STAGED}

    def live_keys(self) -> set[PositionKey]:
        """Return where trades live."""
        return {key_of(position) for position in self.positions.values() if position.phase in LIVE_PHASES}
