"""What was received since the last commit says of a trade: gone, at rest, executed, how much is held."""

from collections.abc import Sequence
from decimal import Decimal

from domain.exchange import ConditionalStatus
from domain.position_key import PositionKey
from domain.rejections import Rejection
from engine.requests.reports import (
    AccountRead,
    Cancelled,
    Observation,
    OrderAck,
    OrderStatusReport,
    Received,
    SymbolRead,
)
from engine.state.row_mapping import key_of
from engine.state.staged_stop import SpareStops, StagedOrder
from exchange.error_codes import rejection_of

_ENDED = (ConditionalStatus.CANCELED, ConditionalStatus.EXPIRED, ConditionalStatus.REJECTED)


def newest_answer(order_id: int, received: Sequence[Received]) -> OrderAck | None:
    """Return the last answer to the sending of an order, None without one."""
    for item in reversed(received):
        if isinstance(item.observation, OrderAck) and item.observation.order_id == order_id:
            return item.observation
    return None


def next_stop(spare: SpareStops, received: Sequence[Received]) -> StagedOrder | None:
    """Return the spare that is to rest now, None while a stop of the trade may rest, or where each has had its turn."""
    for stop in spare.stops:
        taken_in = _taken_in(stop, spare, received)
        if taken_in is None:
            return stop if _all_gone(stop, spare, received) else None
        if not _is_gone_since(stop, taken_in, spare, received):
            return None
    return None


def _all_gone(stop: StagedOrder, spare: SpareStops, received: Sequence[Received]) -> bool:
    """Whether what rested is gone; that a list lacks it is enough where the exchange takes only one like it."""
    listed = listed_ids(spare, received) if stop.intent.close_position else None
    return all(
        _has_ended(order_id, received) or (listed is not None and client_id not in listed)
        for order_id, client_id in spare.protecting.items()
    )


def _taken_in(stop: StagedOrder, spare: SpareStops, received: Sequence[Received]) -> int | None:
    """Return the batch in which the exchange last said that a spare rests, None if it never did."""
    batches = [item.batch for item in received if _says_it_rests(item.observation, stop)]
    batches += [batch for batch, listed in _lists(spare, received) if stop.intent.client_order_id in listed]
    return max(batches, default=None)


def _is_gone_since(stop: StagedOrder, taken_in: int, spare: SpareStops, received: Sequence[Received]) -> bool:
    """Whether a spare that rested does so no more; a list has to be newer than what said that it rests."""
    if any(_says_ended(item.observation, stop.order_id, refused=False) for item in received):
        return True
    lists = _lists(spare, received)
    return stop.intent.close_position and bool(lists) and lists[-1][0] > taken_in


def executed_in(spare: SpareStops, received: Sequence[Received]) -> int | None:
    """Return the batch of the last report that an order of a trade has closed some of it, None without one."""
    batches = [item.batch for item in received if _has_executed(item.observation, spare.exits)]
    return max(batches, default=None)


def listed_ids(spare: SpareStops, received: Sequence[Received]) -> set[str] | None:
    """Return the client ids that the newest list of resting orders shows, None without one since the last commit."""
    lists = _lists(spare, received)
    return lists[-1][1] if lists else None


def _lists(spare: SpareStops, received: Sequence[Received]) -> list[tuple[int, set[str]]]:
    """Return what each list of resting orders since the last commit shows, with its batch, the newest one last."""
    lists = []
    for item in received:
        read = item.observation
        if item.batch <= spare.as_of or not isinstance(read, AccountRead | SymbolRead):
            continue
        if read.resting is not None and (isinstance(read, AccountRead) or read.symbol == spare.key.symbol):
            lists.append((item.batch, {order.client_order_id for order in read.resting}))
    return sorted(lists, key=lambda dated: dated[0])


def held(spare: SpareStops, received: Sequence[Received], after: int | None = None) -> Decimal | None:
    """Return what the position holds by the newest read since the last commit, None without one.

    after: only by one that was begun after that batch of requests.
    """
    since = max(spare.as_of, after or 0)
    for item in reversed(received):
        read = item.observation
        if item.batch <= since or not isinstance(read, AccountRead | SymbolRead):
            continue
        if isinstance(read, AccountRead):
            if any(row.touches(spare.key.symbol) for row in read.unread):
                return None
            return _quantity(read, spare.key)
        if read.symbol == spare.key.symbol:
            return _quantity(read, spare.key)
    return None


def _has_ended(order_id: int, received: Sequence[Received]) -> bool:
    return any(_says_ended(item.observation, order_id, refused=True) for item in received)


def _says_ended(report: Observation, order_id: int, *, refused: bool) -> bool:
    """Whether a report says that an order rests no more; refused: one that was refused counts too."""
    if not isinstance(report, Cancelled | OrderAck | OrderStatusReport) or report.order_id != order_id:
        return False
    if isinstance(report, Cancelled):
        return True
    if isinstance(report, OrderAck) and report.code is not None:
        return refused
    conditional = report.conditional
    return conditional is not None and conditional.status in _ENDED and conditional.child_order_id is None


def _says_it_rests(report: Observation, stop: StagedOrder) -> bool:
    """Whether a report says that an order was taken: accepted, known, or refused because its id is in use."""
    if not isinstance(report, OrderAck | OrderStatusReport) or report.order_id != stop.order_id:
        return False
    if isinstance(report, OrderAck) and rejection_of(report.code) is Rejection.DUPLICATE_ID:
        return True
    return report.conditional is not None


def _has_executed(report: Observation, exits: frozenset[int]) -> bool:
    return (
        isinstance(report, OrderAck | OrderStatusReport)
        and report.order_id in exits
        and report.order is not None
        and report.order.executed_quantity > 0
    )


def _quantity(read: AccountRead | SymbolRead, key: PositionKey) -> Decimal:
    return sum((position.quantity for position in read.positions if key_of(position) == key), Decimal(0))
