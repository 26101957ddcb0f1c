"""Rows into what moving exits are decided from."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from decisions.view import MovingExits, WantedTarget
from domain.exit_plan import ExitPlan
from domain.exits.moves import ExitPrices, PersonsMove
from domain.exits.targets import TargetPart, partial_targets
from domain.pricing.brackets import EntryFill, within_price_bounds
from domain.terms import LIVE_PHASES, SymbolRules
from engine.state.engine_state import EngineState
from engine.state.row_mapping import key_of
from engine.state.working_set import WorkingSet
from storage.mapping import exits_of
from storage.tables import PositionRow

# A move costs two orders and, asked about, six of request weight: 50 trailing stops together stay below 1,200 a minute.
_TRAIL_EVERY_PER_TRADE = timedelta(milliseconds=400)


def moves(position: PositionRow) -> bool:
    """Whether a trade that is open has exits that prices or time may move."""
    return position.exits is not None and position.phase in LIVE_PHASES and position.opened_at is not None


def moving_exits(position: PositionRow, rows: WorkingSet, state: EngineState) -> MovingExits | None:
    """Return what a trade's moving exits are decided from, None for a trade without."""
    rules = state.exchange.rules.get(position.symbol)
    if not moves(position) or rules is None or not position.entry_price:
        return None
    assert position.opened_at is not None
    exits = exits_of(position)
    prices = exit_prices(position, rows, rules)
    progress = rows.exit_progress.get(position.id)
    mark = mark_of(position, state)
    best = None if progress is None else progress.best_mark
    parts = _parts(position, exits, prices, rules)
    hand = None if progress is None else progress.hand_best_mark
    trailing = sum(1 for other in rows.positions.values() if moves(other))
    return MovingExits(
        plan=exits,
        prices=prices,
        opened_at=position.opened_at,
        mark=mark,
        best_mark=best,
        net_now_usdt=_net_now(position, rows, mark),
        targets=tuple(_left(position, rows, parts)),
        targets_reached=targets_reached(position, rows, parts),
        moved_at=None if progress is None else progress.moved_at,
        not_before=None if progress is None else progress.not_before,
        trail_every=_TRAIL_EVERY_PER_TRADE * trailing,
        by_person=None if hand is None or progress is None else PersonsMove(hand, progress.hand_targets_reached or 0),
        by_plan=progress is not None and progress.move_reason is not None,
    )


def exit_prices(position: PositionRow, rows: WorkingSet, rules: SymbolRules) -> ExitPrices:
    """Return what turns amounts of a trade's exits into prices: its whole entry as filled."""
    assert position.entry_price is not None
    opening = [row for row in rows.fills_of[position.id] if row.opening]
    # Of a fee whose value is not known yet, what it would have been in USDT.
    rate = position.taker_rate
    fees = (f.price * f.quantity * rate if f.fee_usdt is None else f.fee_usdt for f in opening)
    commission = sum(fees, Decimal(0))
    entry = EntryFill(position.side, position.entry_quantity, position.entry_price, commission)
    return ExitPrices(entry, position.basis, position.taker_rate, rules.tick_size)


def mark_of(position: PositionRow, state: EngineState) -> Decimal | None:
    """Return the mark price of a trade's pair: the stream's, else the one that came with its last position read."""
    reading = state.exchange.fresh_reading(key_of(position))
    return state.marks.latest.get(position.symbol) or (None if reading is None else reading.mark_price)


def targets_reached(position: PositionRow, rows: WorkingSet, parts: tuple[TargetPart, ...]) -> int:
    """Return the number of the last target that was taken; 0 = none was."""
    done = _taken(position, rows)
    return max((p.number for p in parts if p.quantity and done.get(p.number, 0) >= p.quantity), default=0)


def _parts(position: PositionRow, exits: ExitPlan, prices: ExitPrices, rules: SymbolRules) -> tuple[TargetPart, ...]:
    """Return the parts that the targets were split into; they stay the same while the trade lives."""
    parts = partial_targets(exits, prices, rules, prices.at_result(-position.sl_usdt)).parts
    return tuple(part for part in parts if within_price_bounds(part.price, rules))


def _taken(position: PositionRow, rows: WorkingSet) -> dict[int, Decimal]:
    """Return how much was closed for each target, base units."""
    taken: dict[int, Decimal] = {}
    for order in rows.orders_of[position.id]:
        if order.target_number is not None:
            taken[order.target_number] = taken.get(order.target_number, Decimal(0)) + order.executed_quantity
    return taken


def _left(position: PositionRow, rows: WorkingSet, parts: tuple[TargetPart, ...]) -> Iterator[WantedTarget]:
    """Return the targets that are left, never for more than is ours: somebody else may have closed some of it."""
    taken, own = _taken(position, rows), rows.own_quantity(position)
    progress = rows.exit_progress.get(position.id)
    dropped = () if progress is None else progress.dropped_targets
    for part in parts:
        if part.number in dropped or own <= 0:
            continue
        if part.quantity is None:
            yield WantedTarget(part.number, part.price, None)
            return
        left = min(part.quantity - taken.get(part.number, Decimal(0)), own)
        if left > 0:
            own -= left
            yield WantedTarget(part.number, part.price, left)


def _net_now(position: PositionRow, rows: WorkingSet, mark: Decimal | None) -> Decimal | None:
    """Return what the trade would net if what is left closed at the mark, USDT: what it has brought so far counts."""
    if mark is None or position.entry_price is None or position.net_usdt is None:
        return None
    own = rows.own_quantity(position)
    gross = position.side.sign * (mark - position.entry_price) * own
    return position.net_usdt + gross - position.taker_rate * mark * own
