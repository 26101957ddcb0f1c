"""How far the moving exits of a live trade have come, and what they do next."""

from collections.abc import Mapping
from decimal import Decimal

from domain.exit_plan import ExitPlan
from domain.exits.moves import ExitPrices, MovingTrade, PersonsMove
from domain.exits.next_steps import next_sentences, steps_left
from domain.exits.targets import TargetPart, partial_targets
from domain.pricing.brackets import EntryFill
from domain.terms import SymbolRules
from services.dashboard.views import MovingView
from storage.exit_tables import ExitProgressRow
from storage.mapping import exits_of
from storage.tables import PositionRow


def moving_view(
    row: PositionRow,
    progress: ExitProgressRow | None,
    taken: Mapping[int, Decimal],
    entry_commission: Decimal,
    taker_rate: Decimal,
    mark: Decimal | None,
    rules: SymbolRules | None,
) -> MovingView | None:
    """Return what moves the exits of a trade, None before its first fill and while its rules are not known.

    Args:
        row: the trade.
        progress: how far its exits have come, None = not begun.
        taken: what was closed for each target, base units.
        entry_commission: of its opening fills, USDT.
        taker_rate: fee of a closing order as a fraction.
        mark: the price now, None = not known.
        rules: of its symbol.
    """
    if rules is None or row.entry_price is None or not row.entry_quantity:
        return None
    plan = exits_of(row)
    entry = EntryFill(row.side, row.entry_quantity, row.entry_price, entry_commission)
    prices = ExitPrices(entry, row.basis, taker_rate, rules.tick_size)
    parts = partial_targets(plan, prices, rules, prices.at_result(-row.sl_usdt)).parts
    dropped = () if progress is None else progress.dropped_targets
    left = tuple(part for part in parts if part.number not in dropped and not _is_taken(part, taken))
    reached = max((part.number for part in parts if part.quantity and _is_taken(part, taken)), default=0)
    trade = _moving_trade(row, progress, prices, mark, reached)
    return MovingView(
        plan=plan,
        prices=prices,
        rules=rules,
        sl_usdt=row.sl_usdt,
        tp_usdt=row.tp_usdt,
        targets=left,
        targets_taken=frozenset(number for number, quantity in taken.items() if quantity),
        steps=() if trade is None else steps_left(plan, trade),
        sentences=_sentences(plan, trade, left, rules),
    )


def _moving_trade(
    row: PositionRow, progress: ExitProgressRow | None, prices: ExitPrices, mark: Decimal | None, reached: int
) -> MovingTrade | None:
    best = mark if progress is None or progress.best_mark is None else progress.best_mark
    if mark is None or best is None or row.stop_price is None:
        return None
    if row.side.sign * (mark - best) > 0:
        best = mark
    hand = None if progress is None else progress.hand_best_mark
    by_person = None if hand is None or progress is None else PersonsMove(hand, progress.hand_targets_reached or 0)
    return MovingTrade(prices, mark, best, row.stop_price, reached, by_person=by_person)


def _sentences(
    plan: ExitPlan, trade: MovingTrade | None, left: tuple[TargetPart, ...], rules: SymbolRules
) -> tuple[str, ...]:
    return () if trade is None else next_sentences(plan, trade, left, rules)


def _is_taken(part: TargetPart, taken: Mapping[int, Decimal]) -> bool:
    return part.quantity is not None and taken.get(part.number, Decimal(0)) >= part.quantity
