"""What other hands did on a run's place: booked by order, given to whom it belongs, and said."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from domain.closing import close_reason
from domain.pricing.attribution import before_empty
from domain.terms import CloseReason, Fill, OrderState, Purpose, Severity
from domain.wording import format_quantity
from engine.reconciliation.orders import Orders
from engine.requests.reports import STAMP_AHEAD_AT_MOST, PlaceExplained, StrangerFill
from engine.state.backoff import FILL_NAMED_WITHIN
from engine.state.row_mapping import fill_row
from engine.state.wording import place_words
from storage.tables import FillRow, OrderRow, PositionRow


def may_have_traded(row: OrderRow, fill: Fill) -> bool:
    """Whether a trade can be of an order of ours: the id alone may be of somebody else's older one."""
    return fill.traded_at >= row.sent_at - STAMP_AHEAD_AT_MOST


class Strangers:
    """Books the trades that explain why a place holds another quantity than our own orders say."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.positions = orders.positions
        self.book = orders.book
        self.memory = orders.memory
        self.now = orders.now

    def explained(self, seen: PlaceExplained) -> None:
        """Book what is new among all trades on a run's place, oldest first."""
        position = self.book.positions[seen.position_id]
        self.memory.read_positions(seen.positions, position.symbol)
        self.memory.suspicious.discard(seen.position_id)
        for stranger in self._since_empty(position, seen.strangers):
            self._one(position, stranger)
        self.positions.settle_end(position)

    def _since_empty(self, position: PositionRow, strangers: Sequence[StrangerFill]) -> list[StrangerFill]:
        """Return the trades since the place was empty, oldest first.

        It was read as empty shortly before the run entered it, and somebody may have traded in between. What was taken
        over is not asked about from before: its trades are all booked.
        """
        ordered = sorted(strangers, key=lambda s: (s.fill.traded_at, s.fill.trade_id))
        before = [s.fill for s in ordered if s.fill.traded_at < position.created_at]
        return ordered[before_empty([fill.quantity * (1 if fill.opening else -1) for fill in before]) :]

    def _one(self, position: PositionRow, stranger: StrangerFill) -> None:
        fill = stranger.fill
        booked = select(FillRow.id).where(
            FillRow.account_id == self.book.account_id,
            FillRow.symbol == fill.symbol,
            FillRow.trade_id == fill.trade_id,
        )
        if self.book.session.scalar(booked.limit(1)) is not None:
            return
        own = [row for row in self.book.orders_of[position.id] if row.client_order_id == stranger.client_order_id]
        if own and may_have_traded(own[0], fill):
            self.orders.executed_unseen(own[0], fill)
        elif stranger.client_order_id is None and self._may_be_named(position, fill):
            return
        elif own or not self._of_another_run(stranger):
            self._book(position, fill, stranger.client_order_id)

    def _may_be_named(self, position: PositionRow, fill: Fill) -> bool:
        """Whether it may yet be learnt whose a trade is: the order behind it can be read later than the trade.

        That lasts as long as an order of the run is under way that may have made it: exchanges forget for a while.
        """
        unnamed_since = self.memory.unnamed_since.setdefault(fill.trade_id, self.now)
        under_way = any(
            row.state in (OrderState.UNKNOWN, OrderState.TRIGGERED) and (row.purpose is Purpose.ENTRY) == fill.opening
            for row in self.book.orders_of[position.id]
        )
        return under_way or self.now < unnamed_since + FILL_NAMED_WITHIN

    def _of_another_run(self, stranger: StrangerFill) -> bool:
        """Whether a fill on a run's place belongs to an order of another run of ours, which then is asked about."""
        row = self.book.session.scalars(
            select(OrderRow).where(
                OrderRow.account_id == self.book.account_id, OrderRow.client_order_id == stranger.client_order_id
            )
        ).first()
        if row is None or not may_have_traded(row, stranger.fill):
            return False
        self.book.join([row.position_id])
        self.memory.touched.add(row.client_order_id)
        return True

    def _book(self, position: PositionRow, fill: Fill, client_order_id: str | None) -> None:
        self.memory.unnamed_since.pop(fill.trade_id, None)
        held, closed = position.foreign_quantity, position.exit_quantity
        row = fill_row(self.book.account_id, fill)
        row.beside_position_id, row.client_order_id = position.id, client_order_id
        self.book.session.add(row)
        self.book.beside_of[position.id].append(row)
        self.positions.booked(position)
        self._say(position, position.foreign_quantity - held, position.exit_quantity - closed, client_order_id)

    def _say(self, position: PositionRow, foreign: Decimal, ours: Decimal, client_order_id: str | None) -> None:
        """Say what changed: by how much the foreign part grew or shrank, and how much of ours was closed."""
        by_exchange = close_reason(None, client_order_id or "", None) is not CloseReason.EXTERNAL
        who = "the exchange itself" if by_exchange else "somebody else"
        sentences = []
        if foreign:
            change = "was added to" if foreign > 0 else "was taken from"
            sentences.append(f"{format_quantity(abs(foreign))} {change} {place_words(position)} by {who}.")
        if ours > 0:
            sentences.append(f"{format_quantity(ours)} of the bot's {place_words(position)} was closed by {who}.")
        for sentence in sentences:
            self.positions.note(
                position, "foreign_fill", sentence, Severity.WARNING, client_order_id=client_order_id or "unknown"
            )
