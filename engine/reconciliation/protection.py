"""Whether a trade has its stop: where stop and target belong, since when one rests, since when none does."""

from decimal import Decimal

from domain.journal.order_facts import BracketAdjusted, Protected, StopGone, StopLost
from domain.pricing.brackets import EntryFill, PlacedBracket, bracket_after_fill
from domain.terms import OrderState, Phase, Purpose
from engine.reconciliation.journal import Journal
from engine.state.context import CycleContext
from engine.state.row_mapping import active_rule, key_of
from engine.state.wording import position_name, tick_size_of
from storage.mapping import trade_terms
from storage.tables import OrderRow, PositionRow


class Protection:
    """Keeps what is known of the stops of one cycle's trades."""

    def __init__(self, context: CycleContext, journal: Journal) -> None:
        self.rows = context.rows
        self.exchange = context.state.exchange
        self.probe = context.state.probe
        self.now = context.now
        self.journal = journal

    def mark_unprotected(self, position: PositionRow) -> None:
        """Note since when the trade may be open without a stop."""
        if position.unprotected_since is None and position.protected_at is None:
            position.unprotected_since = self.now

    def forget(self, position: PositionRow, *, stop: bool) -> None:
        """Note that nothing is held that a stop could protect; stop: one that rests is forgotten as well."""
        position.unprotected_since = None
        if stop:
            position.protected_at = None

    def stop_rests(self, position: PositionRow, price: Decimal) -> None:
        """Note that a stop is known to rest."""
        if position.protected_at is None:
            position.protected_at = self.now
            since = position.unprotected_since
            without = Decimal(f"{(self.now - since).total_seconds():.3f}") if since else Decimal("0.000")
            tick_size = tick_size_of(self.exchange, position)
            self.journal.note(position, Protected(position_name(position), price, tick_size, without))
        position.unprotected_since = None

    def stop_lost(self, position: PositionRow, why: StopGone | None) -> None:
        """Note that a stop is gone while the trade still holds something; why None: nothing to tell the person."""
        if (
            any(self._covers(order) for order in self._resting(position))
            or position.phase not in (Phase.OPEN, Phase.CLOSING)
            or self.rows.own_quantity(position) <= 0
        ):
            return
        if position.protected_at is not None and why is not None:
            self.journal.note(position, StopLost(position_name(position), why))
        position.protected_at = None
        self.mark_unprotected(position)

    def quantity_changed(self, position: PositionRow) -> None:
        """Note that a stop that rests does not fit any more what is ours: it would be refused when it fires."""
        if self._resting(position):
            self.stop_lost(position, None)

    def _resting(self, position: PositionRow) -> list[OrderRow]:
        return [
            order
            for order in self.rows.orders_of[position.id]
            if order.state is OrderState.WORKING and order.purpose in (Purpose.STOP, Purpose.INTERIM)
        ]

    def _covers(self, order: OrderRow) -> bool:
        """Whether a stop that rests would close exactly what is ours."""
        own = self.rows.own_quantity(self.rows.positions[order.position_id])
        return order.quantity is None or order.quantity == own

    def _moved_nearer(self, position: PositionRow, stop_price: Decimal) -> bool:
        """Whether the trade's plan has moved its stop nearer to profit than that already."""
        progress = self.rows.exit_progress.get(position.id)
        if progress is None or progress.move_reason is None or position.stop_price is None:
            return False
        return position.side.sign * (position.stop_price - stop_price) > 0

    def set_bracket(self, position: PositionRow) -> None:
        """Work out where stop and target belong from what was actually filled."""
        placed = self._bracket(position)
        if placed is None:
            return
        if not self._moved_nearer(position, placed.stop_price):
            position.stop_price = placed.stop_price
        position.target_price = placed.target_price
        for note in placed.notes:
            self.journal.note(position, BracketAdjusted(position_name(position), note))

    def set_target(self, position: PositionRow) -> None:
        """Want the target where the terms have it."""
        placed = self._bracket(position)
        position.target_price = None if placed is None else placed.target_price

    def _bracket(self, position: PositionRow) -> PlacedBracket | None:
        rules = self.exchange.rules.get(position.symbol)
        if rules is None or position.entry_price is None:
            return None
        opening = [row for row in self.rows.fills_of[position.id] if row.opening]
        rate = position.taker_rate or Decimal(0)
        # Of a fee whose value is not known yet, what it would have been in USDT.
        fees = (f.price * f.quantity * rate if f.fee_usdt is None else f.fee_usdt for f in opening)
        commission = sum(fees, Decimal(0))
        key = key_of(position)
        reading = self.exchange.fresh_reading(key)
        mark = (reading.mark_price if reading else None) or position.entry_price
        return bracket_after_fill(
            EntryFill(position.side, position.entry_quantity, position.entry_price, commission),
            trade_terms(position, active_rule(self.rows.plan_of(position))),
            rules,
            position.taker_rate,
            self.exchange.liquidation_prices([key]).get(key) if reading else position.liquidation_price,
            mark if self.probe.habits.stops_bounded else None,
        )
