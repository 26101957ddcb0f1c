"""While the database is away: which committed stops and closes are sent, and what is asked for them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from decisions.deadlines import UNPROTECTED_DEADLINE
from domain.exchange import ExchangeOrder
from domain.pricing.brackets import EntryFill, bracket_after_fill
from domain.pricing.pnl import position_result
from domain.rejections import Rejection
from domain.terms import Fill, OrderIntent
from engine.dispatch.learnt import executed_in, held, is_gone, newest_answer, rests
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import SendOrder
from engine.requests.reports import OrderAck, OrderStatusReport
from engine.state.engine_state import EngineState
from engine.state.row_mapping import key_of
from engine.state.staged_stop import SpareStop, StagedClose, StagedStop
from exchange.error_codes import rejection_of

LEASE_GOOD_FOR_SECONDS = 15.0
ACCOUNT_ASKED_EVERY_SECONDS = 2.0
SENT_AGAIN_AFTER_SECONDS = 1.0
# What says that the stop may yet rest, or that one does: no reason to close.
_NO_REASON_TO_CLOSE = (
    Rejection.NOT_EXECUTED,
    Rejection.NO_POSITION_YET,
    Rejection.ANOTHER_RESTS,
    Rejection.DUPLICATE_ID,
)


def may_act(lease_age: float | None) -> bool:
    """Whether this process knew within the last fifteen seconds that it is the one that acts."""
    return lease_age is not None and lease_age <= LEASE_GOOD_FOR_SECONDS


def first_stops(state: EngineState, now: datetime, now_monotonic: float) -> list[SendOrder]:
    """Return the staged stops of entries that have just filled; from then on they are spares of an open trade.

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
        state.spare_stops[staged.position_id] = _of_entry(staged, intent, answer.order, item.batch)
        tasks.append(SendOrder(staged.order_id, intent, now, now_monotonic))
    return tasks


def questions(state: EngineState, now_monotonic: float) -> list[Task]:
    """Return what is to be asked for the open trades: those whose stop is gone at once, all every two seconds.

    An event tells at once that a stop is gone, but events may be silent.
    """
    gone = {spare.key.symbol for spare in _unprotected(state)}
    tasks: list[Task] = [ReadSymbol(symbol, with_resting=True, urgent=True) for symbol in sorted(gone)]
    asked_at = state.without_database.account_asked_at
    if state.spare_stops and (asked_at is None or now_monotonic >= asked_at + ACCOUNT_ASKED_EVERY_SECONDS):
        state.without_database.account_asked_at = now_monotonic
        tasks.append(ReadAccount())
    return tasks


def replacements(state: EngineState, now: datetime, now_monotonic: float) -> list[SendOrder]:
    """Return the spares that take the place of stops that are gone."""
    return [
        SendOrder(spare.order_id, spare.intent, now, now_monotonic)
        for spare in _unprotected(state)
        if _would_protect(spare, state) and _stop_may_be_sent(spare, state, now_monotonic)
    ]


def closes(state: EngineState, now: datetime, now_monotonic: float) -> list[SendOrder]:
    """Return the closes of trades whose stop is gone and whose spare the exchange does not take.

    They alternate with the spare: each is tried at most once a second, and each id of a close only once, unless the
    exchange said that it did nothing.
    """
    tasks: list[SendOrder] = []
    for spare in _unprotected(state):
        if _stop_is_refused(spare, state, now_monotonic):
            close = _close_to_send(spare, state, now_monotonic)
            if close is not None:
                tasks.append(SendOrder(close.order_id, close.intent, now, now_monotonic))
    return tasks


def _unprotected(state: EngineState) -> Iterator[SpareStop]:
    """Return the trades of which no stop is known to rest any more."""
    for spare in state.spare_stops.values():
        if is_gone(spare, state.received) and not rests(spare, state.received):
            yield spare


def _would_protect(spare: SpareStop, state: EngineState) -> bool:
    """Whether the spare would close what is ours and nothing else: not where the trade has ended meanwhile."""
    executed = executed_in(spare, state.received)
    quantity = held(spare, state.received, after=executed)
    if spare.intent.close_position:
        return quantity != 0 and (executed is None or (quantity is not None and spare.alone))
    return executed is None and quantity is not None and quantity >= spare.own_quantity


def _stop_may_be_sent(spare: SpareStop, state: EngineState, now_monotonic: float) -> bool:
    """Whether it was not sent yet, or may be again: the exchange takes an id, and a closePosition stop, only once."""
    sent_at = state.without_database.sent_at.get(spare.order_id)
    if sent_at is None:
        return True
    if now_monotonic < sent_at + SENT_AGAIN_AFTER_SECONDS:
        return False
    newest = newest_answer(spare.order_id, state.received)
    if newest is None or not newest.is_clear:
        return spare.intent.close_position
    return rejection_of(newest.code) is not Rejection.DUPLICATE_ID


def _stop_is_refused(spare: SpareStop, state: EngineState, now_monotonic: float) -> bool:
    """Whether the exchange has refused the spare, or has not said a word about it for five seconds."""
    newest = newest_answer(spare.order_id, state.received)
    if newest is not None and newest.code is not None:
        return not newest.executed_nothing and rejection_of(newest.code) not in _NO_REASON_TO_CLOSE
    first_sent_at = state.without_database.first_sent_at.get(spare.order_id)
    return first_sent_at is not None and now_monotonic > first_sent_at + UNPROTECTED_DEADLINE.total_seconds()


def _close_to_send(spare: SpareStop, state: EngineState, now_monotonic: float) -> StagedClose | None:
    """Return the close that is next, None where it could take more than is ours.

    The position must hold all of ours by a read begun after the last close was sent, and after a second one nothing
    tells apart what is ours from what others hold.
    """
    if executed_in(spare, state.received) is not None:
        return None
    without = state.without_database
    sent = [close for close in spare.closes if close.order_id in without.sent_at]
    if not sent:
        return _first_if_held(spare, spare.closes, held(spare, state.received))
    last = sent[-1]
    if now_monotonic < without.sent_at[last.order_id] + SENT_AGAIN_AFTER_SECONDS:
        return None
    newest = newest_answer(last.order_id, state.received)
    quantity = held(spare, state.received, after=without.sent_in[last.order_id])
    if newest is not None and newest.executed_nothing:
        return _first_if_held(spare, (last,), quantity)
    return _first_if_held(spare, spare.closes[len(sent) :], quantity) if spare.alone else None


def _first_if_held(spare: SpareStop, left: tuple[StagedClose, ...], quantity: Decimal | None) -> StagedClose | None:
    return left[0] if left and quantity is not None and quantity >= spare.own_quantity else None


def _of_entry(staged: StagedStop, intent: OrderIntent, entry: ExchangeOrder, batch: int) -> SpareStop:
    """Return what protects a trade that has just opened: nobody else holds anything there, and no stop rests yet."""
    ahead = () if staged.close is None else (staged.close,)
    closes = tuple(replace(c, intent=replace(c.intent, quantity=entry.executed_quantity)) for c in ahead)
    return SpareStop(
        order_id=staged.order_id,
        intent=intent,
        key=key_of(intent),
        own_quantity=entry.executed_quantity,
        alone=True,
        protecting={},
        exits=frozenset({staged.order_id, *(close.order_id for close in closes)}),
        as_of=batch,
        closes=closes,
    )


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
