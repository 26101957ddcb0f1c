"""Which fills are new, and whose every fill at a trade's key is."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from decisions.reconciliation.effects import Attribute, AttributeAnew, Effects, RecordFill
from decisions.reconciliation.view import KeyFacts
from domain.pricing.attribution import PositionTrade, own_quantities
from domain.terms import Fill


class LedgerConflict(Exception):
    """The exchange shows a row we have recorded with other content: nothing may be recorded over it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the exchange now shows other figures for {what}")
        self.what = what


def recorded(position_id: int, order_id: int, known: Mapping[int, Fill], fills: Iterable[Fill]) -> Effects:
    """Return what of an order's fills is to be recorded; nothing where all of them are.

    Args:
        position_id: the trade whose order it is.
        order_id: the order.
        known: every recorded fill at the trade's key, whole, by trade id.
        fills: those of the order.

    Raises:
        LedgerConflict: a trade id that is recorded already has other content.

    Source: docs/decisions/0008-fills-are-read-not-believed.md
    """
    seen, new = dict(known), list[RecordFill]()
    for fill in fills:
        if not _is_recorded(seen.get(fill.trade_id), fill):
            seen[fill.trade_id] = fill
            new.append(RecordFill(position_id, order_id, fill))
    return (*new, AttributeAnew(position_id)) if new else ()


def _is_recorded(known: Fill | None, fill: Fill) -> bool:
    if known is None:
        return False
    if (known.price, known.quantity, known.commission, known.realized_pnl, known.exchange_order_id) != (
        fill.price,
        fill.quantity,
        fill.commission,
        fill.realized_pnl,
        fill.exchange_order_id,
    ):
        raise LedgerConflict(f"trade {fill.trade_id} of {fill.symbol}")
    return True


def attributed(key: KeyFacts) -> Effects:
    """Return whose every fill at a trade's key is, worked out from all of them each time: their order does not matter.

    Nothing, where all of them are plainly the trade's own.

    Source: docs/decisions/0018-attribution-of-fills.md
    """
    all_known = key.ended or key.never_entered
    closed_too_much = sum((t.own_quantity if t.opening else -t.own_quantity for t in key.trades), Decimal(0)) < 0
    if not key.has_external and not (all_known and closed_too_much):
        return ()
    trades = sorted(key.trades, key=lambda trade: (trade.traded_at, trade.trade_id))
    own, external = own_quantities(
        [PositionTrade(trade.quantity, trade.opening, trade.for_us) for trade in trades], all_known=all_known
    )
    return (Attribute(key.position_id, tuple(zip((t.trade_id for t in trades), own, strict=True)), external),)


def taken_over(key: KeyFacts) -> Effects:
    """Return that everything somebody else did at a trade's key is the trade's own from now on."""
    return (Attribute(key.position_id, tuple((t.trade_id, t.quantity) for t in key.trades), Decimal(0)),)
