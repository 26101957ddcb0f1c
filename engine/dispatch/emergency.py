"""While the database is away: which committed stops and closes are sent, and what is asked for them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from decisions.deadlines import TRY_EVERY, UNPROTECTED_DEADLINE
from domain.exchange import ExchangeOrder
from domain.pricing.brackets import EntryFill, bracket_after_fill
from domain.pricing.pnl import position_result
from domain.rejections import Rejection
from domain.terms import Fill, OrderIntent
from engine.dispatch.learnt import executed_in, held, newest_answer, next_stop
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import QueryOrder, SendOrder
from engine.requests.reports import OrderAck, OrderStatusReport, SentOrder
from engine.state.engine_state import EngineState
from engine.state.row_mapping import key_of
from engine.state.staged_stop import SpareStops, StagedOrder, StagedStop
from exchange.error_codes import rejection_of

LEASE_GOOD_FOR_SECONDS = 15.0
ASKED_EVERY = timedelta(seconds=2)
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


def first_stops(state: EngineState, now: datetime) -> list[SendOrder]:
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
        stop = StagedOrder(staged.order_id, _exact(staged, answer.order, answer.fills, state))
        state.spare_stops[staged.position_id] = _of_entry(staged, stop, answer.order, item.batch)
        tasks.append(_send(stop, now))
    return tasks


def questions(state: EngineState, now: datetime) -> list[Task]:
    """Return what is to be asked: the trades whose stop is gone at once, all and the entries every two seconds.

    An event tells at once that a stop is gone or an entry has filled, but events may be silent.
    """
    gone = {spare.key.symbol for spare, _ in _unprotected(state)}
    tasks: list[Task] = [ReadSymbol(symbol, with_resting=True, urgent=True) for symbol in sorted(gone)]
    asked_at = state.without_database.asked_at
    if (state.spare_stops or state.staged_stops) and (asked_at is None or now >= asked_at + ASKED_EVERY):
        state.without_database.asked_at = now
        entries = [order for order in state.inbox.open_orders.values() if order.order_id in state.staged_stops]
        tasks += [QueryOrder(entry, None, urgent=True) for entry in entries if _may_have_filled(entry, state)]
        tasks.append(ReadAccount())
    return tasks


def replacements(state: EngineState, now: datetime) -> list[SendOrder]:
    """Return the spares that take the place of stops that are gone."""
    return [
        _send(stop, now)
        for spare, stop in _unprotected(state)
        if _would_protect(spare, stop, state) and _stop_may_be_sent(spare, stop, state, now)
    ]


def closes(state: EngineState, now: datetime) -> list[SendOrder]:
    """Return the closes of trades whose stop is gone and whose spare the exchange does not take.

    They alternate with the spare: each is tried at most once a second, and each id of a close only once, unless the
    exchange said that it did nothing.
    """
    tasks: list[SendOrder] = []
    for spare, stop in _unprotected(state):
        if _stop_is_refused(stop, state, now):
            close = _close_to_send(spare, state, now)
            if close is not None:
                tasks.append(_send(close, now))
    return tasks


def _send(order: StagedOrder, now: datetime) -> SendOrder:
    return SendOrder(order.order_id, order.intent, now, time.monotonic())


def _may_have_filled(entry: SentOrder, state: EngineState) -> bool:
    """Whether an entry whose stop is staged may be open: unless the exchange has refused it."""
    newest = newest_answer(entry.order_id, state.received)
    return newest is None or newest.code is None


def _unprotected(state: EngineState) -> Iterator[tuple[SpareStops, StagedOrder]]:
    """Return the trades of which no stop is known to rest any more, each with the spare that is to rest now."""
    for spare in state.spare_stops.values():
        stop = next_stop(spare, state.received)
        if stop is not None:
            yield spare, stop


def _would_protect(spare: SpareStops, stop: StagedOrder, state: EngineState) -> bool:
    """Whether a spare would close what is ours and nothing else: not where the trade has ended meanwhile."""
    executed = executed_in(spare, state.received)
    quantity = held(spare, state.received, after=executed)
    if stop.intent.close_position:
        return quantity != 0 and (executed is None or (quantity is not None and spare.alone))
    return executed is None and quantity is not None and quantity >= spare.own_quantity


def _stop_may_be_sent(spare: SpareStops, stop: StagedOrder, state: EngineState, now: datetime) -> bool:
    """Whether it was not sent yet, or may be again under its id, of which the exchange lets one rest.

    One with a quantity might have fired since, and the next one would be for what is somebody else's: the position,
    read since, must hold all that it did.
    """
    without = state.without_database
    sent_at = without.sent_at.get(stop.order_id)
    if sent_at is not None and now < sent_at + TRY_EVERY:
        return False
    newest = newest_answer(stop.order_id, state.received)
    never_sent = sent_at is None and stop.order_id != spare.lost
    if stop.intent.close_position or never_sent or (newest is not None and newest.is_clear):
        return True
    quantity = held(spare, state.received, after=without.sent_in.get(stop.order_id))
    return quantity is not None and quantity >= spare.own_quantity + spare.others_quantity


def _stop_is_refused(stop: StagedOrder, state: EngineState, now: datetime) -> bool:
    """Whether the exchange has refused the spare, or has not said a word about it for five seconds."""
    newest = newest_answer(stop.order_id, state.received)
    if newest is not None and newest.code is not None:
        return not newest.executed_nothing and rejection_of(newest.code) not in _NO_REASON_TO_CLOSE
    first_sent_at = state.without_database.first_sent_at.get(stop.order_id)
    return first_sent_at is not None and now > first_sent_at + UNPROTECTED_DEADLINE


def _close_to_send(spare: SpareStops, state: EngineState, now: datetime) -> StagedOrder | None:
    """Return the close that is next, None where it could take more than is ours.

    The position must hold all of ours by a read begun after the last close was sent, and after a second one nothing
    tells apart what is ours from what others hold.
    """
    if executed_in(spare, state.received) is not None:
        return None
    without = state.without_database
    sent = [close for close in spare.closes if close.order_id in without.sent_at]
    if not sent and not spare.close_under_way:
        return _first_if_held(spare, spare.closes, held(spare, state.received))
    if not sent:  # what was committed went out with the first requests after it
        sent_in = spare.as_of + 1
    elif now < without.sent_at[sent[-1].order_id] + TRY_EVERY:
        return None
    else:
        sent_in = without.sent_in[sent[-1].order_id]
        newest = newest_answer(sent[-1].order_id, state.received)
        if newest is not None and newest.executed_nothing:
            return _first_if_held(spare, sent[-1:], held(spare, state.received, after=sent_in))
    quantity = held(spare, state.received, after=sent_in)
    return _first_if_held(spare, spare.closes[len(sent) :], quantity) if spare.alone else None


def _first_if_held(spare: SpareStops, left: Sequence[StagedOrder], quantity: Decimal | None) -> StagedOrder | None:
    return left[0] if left and quantity is not None and quantity >= spare.own_quantity else None


def _of_entry(staged: StagedStop, stop: StagedOrder, entry: ExchangeOrder, batch: int) -> SpareStops:
    """Return what protects a trade that has just opened: nobody else holds anything there, and no stop rests yet."""
    quantity = entry.executed_quantity
    closes = tuple(replace(c, intent=replace(c.intent, quantity=quantity)) for c in staged.closes)
    return SpareStops(
        stops=(stop,),
        key=key_of(stop.intent),
        own_quantity=quantity,
        others_quantity=Decimal(0),
        protecting={},
        exits=frozenset({stop.order_id, *(close.order_id for close in closes)}),
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
