"""While the database is away: which of the stops that are committed already are sent, and what is asked for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.exchange import ConditionalStatus, ExchangeOrder
from domain.position_key import PositionKey
from domain.pricing.brackets import EntryFill, bracket_after_fill
from domain.pricing.pnl import position_result
from domain.terms import Fill, OrderIntent
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import SendOrder
from engine.requests.reports import (
    AccountRead,
    Cancelled,
    Observation,
    OrderAck,
    OrderStatusReport,
    Received,
    SymbolRead,
)
from engine.state.engine_state import EngineState
from engine.state.row_mapping import key_of
from engine.state.staged_stop import SpareStop, StagedStop

LEASE_GOOD_FOR_SECONDS = 15.0
ACCOUNT_ASKED_EVERY_SECONDS = 2.0
SENT_AGAIN_AFTER_SECONDS = 1.0
_ENDED = (ConditionalStatus.CANCELED, ConditionalStatus.EXPIRED, ConditionalStatus.REJECTED)


def may_act(lease_age: float | None) -> bool:
    """Whether this process knew within the last fifteen seconds that it is the one that acts."""
    return lease_age is not None and lease_age <= LEASE_GOOD_FOR_SECONDS


def first_stops(state: EngineState, now: datetime, now_monotonic: float) -> list[SendOrder]:
    """Return the staged stops of entries that have just filled.

    Their ids are committed, so nothing is sent that recovery would not ask about.
    """
    tasks: list[SendOrder] = []
    for item in state.received:
        answer = item.observation
        if not isinstance(answer, OrderAck | OrderStatusReport) or answer.order is None:
            continue
        if answer.order.executed_quantity <= 0 or answer.order_id not in state.staged_stops:
            continue
        staged = state.staged_stops.pop(answer.order_id)
        intent = _exact(staged, answer.order, answer.fills, state)
        tasks.append(SendOrder(staged.order_id, intent, now, now_monotonic))
    return tasks


def questions(state: EngineState, now_monotonic: float) -> list[Task]:
    """Return what is to be asked for the open trades: those whose stop is gone at once, all every two seconds.

    An event tells at once that a stop is gone, but events may be silent.
    """
    spares = state.spare_stops.values()
    gone = {spare.key.symbol for spare in spares if _is_gone(spare, state) and not _rests(spare, state)}
    tasks: list[Task] = [ReadSymbol(symbol, with_resting=True, urgent=True) for symbol in sorted(gone)]
    asked_at = state.without_database.account_asked_at
    if spares and (asked_at is None or now_monotonic >= asked_at + ACCOUNT_ASKED_EVERY_SECONDS):
        state.without_database.account_asked_at = now_monotonic
        tasks.append(ReadAccount())
    return tasks


def replacements(state: EngineState, now: datetime, now_monotonic: float) -> list[SendOrder]:
    """Return the spares that take the place of stops that are gone."""
    return [
        SendOrder(spare.order_id, spare.intent, now, now_monotonic)
        for spare in state.spare_stops.values()
        if _is_gone(spare, state) and _would_protect(spare, state) and _may_be_sent(spare, state, now_monotonic)
    ]


def _is_gone(spare: SpareStop, state: EngineState) -> bool:
    """Whether no stop of a trade rests any more; that a list lacks it is enough where the exchange takes only one."""
    listed = _listed(spare, state.received)
    return all(
        _has_ended(order_id, state.received)
        or (spare.intent.close_position and listed is not None and client_id not in listed)
        for order_id, client_id in spare.protecting.items()
    )


def _would_protect(spare: SpareStop, state: EngineState) -> bool:
    """Whether the spare would close what is ours and nothing else: not where the trade has ended meanwhile."""
    held = _held(spare, state.received)
    executed = any(_has_executed(item.observation, spare.exits) for item in state.received)
    if spare.intent.close_position:
        return held != 0 and (not executed or (held is not None and spare.alone))
    return not executed and held is not None and held >= spare.own_quantity


def _may_be_sent(spare: SpareStop, state: EngineState, now_monotonic: float) -> bool:
    """Whether it was not sent yet, or may be again: the exchange takes an id, and a closePosition stop, only once."""
    sent_at = state.without_database.sent_at.get(spare.order_id)
    if sent_at is None:
        return True
    if now_monotonic < sent_at + SENT_AGAIN_AFTER_SECONDS or _rests(spare, state):
        return False
    acks = [item.observation for item in state.received if isinstance(item.observation, OrderAck)]
    newest = next((ack for ack in reversed(acks) if ack.order_id == spare.order_id), None)
    if newest is None or not newest.is_clear:
        return spare.intent.close_position
    return newest.executed_nothing


def _rests(spare: SpareStop, state: EngineState) -> bool:
    """Whether the spare itself is known to rest."""
    listed = _listed(spare, state.received)
    accepted = any(
        isinstance(item.observation, OrderAck)
        and item.observation.order_id == spare.order_id
        and item.observation.conditional is not None
        for item in state.received
    )
    return accepted or (listed is not None and spare.intent.client_order_id in listed)


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


def _listed(spare: SpareStop, received: Sequence[Received]) -> set[str] | None:
    """Return the client ids that the newest list of resting orders shows, None without one since the last commit."""
    for item in reversed(received):
        read = item.observation
        if item.batch <= spare.as_of or not isinstance(read, AccountRead | SymbolRead):
            continue
        if read.resting is not None and (isinstance(read, AccountRead) or read.symbol == spare.key.symbol):
            return {order.client_order_id for order in read.resting}
    return None


def _held(spare: SpareStop, received: Sequence[Received]) -> Decimal | None:
    """Return what the position holds by the newest read since the last commit, None without one."""
    for item in reversed(received):
        read = item.observation
        if item.batch <= spare.as_of or not isinstance(read, AccountRead | SymbolRead):
            continue
        if isinstance(read, AccountRead):
            if any(row.touches(spare.key.symbol) for row in read.unread):
                return None
            return _quantity(read, spare.key)
        if read.symbol == spare.key.symbol:
            return _quantity(read, spare.key)
    return None


def _quantity(read: AccountRead | SymbolRead, key: PositionKey) -> Decimal:
    return sum((position.quantity for position in read.positions if key_of(position) == key), Decimal(0))


def _exact(staged: StagedStop, order: ExchangeOrder, fills: tuple[Fill, ...], state: EngineState) -> OrderIntent:
    """Return the staged intent at the price the fills ask for, or as it was staged when they are not known."""
    rules = state.exchange.rules.get(order.symbol)
    result = position_result([(fill, True) for fill in fills], Decimal(0))
    if rules is None or result.entry_price is None:
        return staged.intent
    placed = bracket_after_fill(
        EntryFill(staged.intent.side, result.entry_quantity, result.entry_price, result.fees),
        staged.terms,
        rules,
        staged.taker_rate,
        None,
        result.entry_price,
    )
    return replace(staged.intent, trigger_price=placed.stop_price)
