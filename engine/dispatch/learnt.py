"""What was received since the last commit says of a trade: gone, at rest, executed, how much is held."""

from collections.abc import Sequence
from decimal import Decimal

from domain.exchange import ConditionalStatus
from domain.position_key import PositionKey
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
from engine.state.staged_stop import SpareStop

_ENDED = (ConditionalStatus.CANCELED, ConditionalStatus.EXPIRED, ConditionalStatus.REJECTED)


def newest_answer(order_id: int, received: Sequence[Received]) -> OrderAck | None:
    """Return the last answer to the sending of an order, None without one."""
    for item in reversed(received):
        if isinstance(item.observation, OrderAck) and item.observation.order_id == order_id:
            return item.observation
    return None


def is_gone(spare: SpareStop, received: Sequence[Received]) -> bool:
    """Whether no stop of a trade rests any more; that a list lacks it is enough where the exchange takes only one."""
    listed = listed_ids(spare, received)
    return all(
        _has_ended(order_id, received)
        or (spare.intent.close_position and listed is not None and client_id not in listed)
        for order_id, client_id in spare.protecting.items()
    )


def rests(spare: SpareStop, received: Sequence[Received]) -> bool:
    """Whether the spare itself is known to rest."""
    listed = listed_ids(spare, received)
    accepted = any(
        isinstance(item.observation, OrderAck)
        and item.observation.order_id == spare.order_id
        and item.observation.conditional is not None
        for item in received
    )
    return accepted or (listed is not None and spare.intent.client_order_id in listed)


def executed_in(spare: SpareStop, received: Sequence[Received]) -> int | None:
    """Return the batch of the last report that an order of a trade has closed some of it, None without one."""
    batches = [item.batch for item in received if _has_executed(item.observation, spare.exits)]
    return max(batches, default=None)


def listed_ids(spare: SpareStop, received: Sequence[Received]) -> set[str] | None:
    """Return the client ids that the newest list of resting orders shows, None without one since the last commit."""
    for item in reversed(received):
        read = item.observation
        if item.batch <= spare.as_of or not isinstance(read, AccountRead | SymbolRead):
            continue
        if read.resting is not None and (isinstance(read, AccountRead) or read.symbol == spare.key.symbol):
            return {order.client_order_id for order in read.resting}
    return None


def held(spare: SpareStop, received: Sequence[Received], after: int | None = None) -> Decimal | None:
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
    return any(_says_ended(item.observation, order_id) for item in received)


def _says_ended(report: Observation, order_id: int) -> bool:
    if not isinstance(report, Cancelled | OrderAck | OrderStatusReport) or report.order_id != order_id:
        return False
    if isinstance(report, Cancelled):
        return True
    if isinstance(report, OrderAck) and report.code is not None:
        return True
    conditional = report.conditional
    return conditional is not None and conditional.status in _ENDED and conditional.child_order_id is None


def _has_executed(report: Observation, exits: frozenset[int]) -> bool:
    return (
        isinstance(report, OrderAck | OrderStatusReport)
        and report.order_id in exits
        and report.order is not None
        and report.order.executed_quantity > 0
    )


def _quantity(read: AccountRead | SymbolRead, key: PositionKey) -> Decimal:
    return sum((position.quantity for position in read.positions if key_of(position) == key), Decimal(0))
