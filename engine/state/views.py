"""Rows and reads into the views that the strategy decides from; nothing is written here."""

from datetime import datetime
from decimal import Decimal

from decisions.view import BlockingStop, OrderView, TradeView
from domain.position_key import PositionKey
from domain.pricing.sizing import round_to_tick
from domain.terms import FINAL_STATES, LIVE_PHASES, OrderState, Phase, Purpose, Side, SymbolRules
from engine.state.engine_state import EngineState
from engine.state.exits import moving_exits
from engine.state.row_mapping import key_of
from engine.state.working_set import WorkingSet
from exchange.error_codes import rejection_of
from storage.tables import OrderRow, PositionRow


def build_views(rows: WorkingSet, state: EngineState, now: datetime) -> list[TradeView]:
    """Return one view per trade that is not in quarantine, oldest first."""
    blocking = _blocking_stops(rows, state)
    return [
        _trade_view(position, rows, state, now, blocking.get(position.id))
        for position in rows.positions.values()
        if not state.quarantine.holds(position.id, now)
    ]


def _trade_view(
    position: PositionRow, rows: WorkingSet, state: EngineState, now: datetime, blocking: BlockingStop | None
) -> TradeView:
    rules = state.exchange.rules.get(position.symbol)
    live, own = position.phase in LIVE_PHASES, rows.own_quantity(position)
    holds = live or (position.phase is Phase.FAILED and own > 0)  # an abandoned entry may fill late
    on_exchange = state.exchange.quantity_at(key_of(position)) if holds else None
    return TradeView(
        position_id=position.id,
        symbol=position.symbol,
        side=position.side,
        phase=position.phase,
        own_quantity=own,
        entry_final=rows.entry_final(position),
        stop_price=_on_tick(position.stop_price, position, rules),
        target_price=_on_tick(position.target_price, position, rules),
        tick_size=rules.tick_size if rules else Decimal(0),
        step_size=rules.step_size if rules else Decimal(0),
        orders=tuple(_order_view(order, state, now) for order in rows.orders_of[position.id]),
        close_asked=position.close_asked_by_person,
        close_part=position.close_quantity,
        own_part_only=position.own_part_only,
        unprotected_since=position.unprotected_since,
        reachable_since=state.exchange.reachable_since,
        exchange_quantity=on_exchange,
        read_since_close=holds and _read_since_close(position, rows, state),
        others_quantity=rows.others_quantity(position) if holds else Decimal(0),
        covered_by_another=_covered_by_another(position, rows),
        reconciled=_is_reconciled(position, rows, state, on_exchange if live else None),
        reconcile_due=state.retries.reconcile_due(position.id, now),
        blocking=blocking,
        resting_read_at=state.exchange.resting_read_at,
        interim_listed=_interim_listed(position, rows, state),
        exits=moving_exits(position, rows, state),
        closers_collide=state.probe.habits.closers_collide,
        missing=state.retries.is_missing(position.id, now),
    )


def _read_since_close(position: PositionRow, rows: WorkingSet, state: EngineState) -> bool:
    """Whether the position was read since the last close; where others hold a part, since that came too late."""
    key = key_of(position)
    if not state.exchange.read_since_close(key):
        return False
    closes = [o.id for o in rows.orders_of[position.id] if o.purpose is Purpose.CLOSE and o.state is OrderState.UNKNOWN]
    return rows.others_quantity(position) == 0 or state.exchange.read_since_over(key, closes)


def _on_tick(price: Decimal | None, position: PositionRow, rules: SymbolRules | None) -> Decimal | None:
    """Return a price as the pair takes it now: the step it was worked out with may have changed.

    Rounded in the trade's favour, as it was then.
    """
    if price is None or rules is None or price % rules.tick_size == 0:
        return price
    return round_to_tick(price, rules.tick_size, up=position.side is Side.LONG)


def _is_reconciled(position: PositionRow, rows: WorkingSet, state: EngineState, on_exchange: Decimal | None) -> bool:
    """Whether known fills say what the exchange shows."""
    if position.id in state.retries.needs_reconciliation or position.exit_quantity > position.entry_quantity:
        return False
    return on_exchange is None or on_exchange == rows.own_quantity(position) + rows.others_quantity(position)


def _covered_by_another(position: PositionRow, rows: WorkingSet) -> bool:
    """Whether the stop of another trade at the key would close everything there."""
    live = rows.live_at(key_of(position))
    if live is None or live is position:
        return False
    return any(o.purpose is Purpose.STOP and o.state is OrderState.WORKING for o in rows.orders_of[live.id])


def _interim_listed(position: PositionRow, rows: WorkingSet, state: EngineState) -> bool:
    interims = {
        order.client_order_id
        for order in rows.orders_of[position.id]
        if order.purpose is Purpose.INTERIM and order.state is OrderState.WORKING
    }
    return bool(interims) and any(resting.client_order_id in interims for resting in state.exchange.resting)


def _blocking_stops(rows: WorkingSet, state: EngineState) -> dict[int, BlockingStop]:
    """Return the first closePosition stop at each live trade's key that is not the trade's own, by trade."""
    ours = {order.client_order_id: order for order in rows.orders.values()}
    found: dict[int, BlockingStop] = {}
    for resting in state.exchange.resting:
        if resting.position_side is None or not resting.close_position or resting.order_type != "STOP_MARKET":
            continue
        live = rows.live_at(PositionKey(resting.symbol, resting.position_side))
        if live is None:
            continue
        order = ours.get(resting.client_order_id)
        if order is None or order.position_id != live.id:
            found.setdefault(live.id, BlockingStop(order.id if order else None, resting.trigger_price))
    return found


def _order_view(order: OrderRow, state: EngineState, now: datetime) -> OrderView:
    final = order.state in FINAL_STATES
    due = order.not_before is not None and order.not_before <= now
    named = order.client_order_id in state.inbox.named_orders
    late = named and order.state is OrderState.ABSENT
    return OrderView(
        id=order.id,
        purpose=order.purpose,
        state=order.state,
        quantity=order.quantity,
        trigger_price=order.trigger_price,
        rejection=rejection_of(order.answer_code),
        created_at=order.created_at,
        final_at=order.final_at,
        triggered_at=order.triggered_at,
        query_due=late or (not final and (named or due)),
        queried=order.query_count > 0,
        # What rests and is to be queried is queried before anything else is done with it.
        retry_at=order.not_before if final or order.state is OrderState.WORKING else None,
        for_external_part=order.for_external_part,
        sent_at=order.sent_at,
        target_number=order.target_number,
    )
