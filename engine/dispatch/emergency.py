"""When the database is gone at the moment an entry fills: the staged stop is sent all the same."""

import logging
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.exchange import ExchangeOrder
from domain.pricing.brackets import EntryFill, bracket_after_fill
from domain.pricing.pnl import run_result
from domain.terms import Fill, OrderIntent
from engine.requests.orders import SendOrder
from engine.requests.reports import OrderAck, OrderStatusReport, Received
from engine.state.engine_state import EngineState
from engine.state.staged_stop import StagedStop

log = logging.getLogger(__name__)

LEASE_GOOD_FOR_SECONDS = 15.0


def protect_without_database(
    state: EngineState, client: BinanceTestnetClient, lease_age: float | None, now_monotonic: float
) -> list[Received]:
    """Send the staged stops of entries that have just filled; return the answers, to be recorded later.

    A staged id is already committed, so nothing is sent that recovery would not ask about. Only a process that knew
    it held the lease within the last 15 seconds may do this.
    """
    if lease_age is None or lease_age > LEASE_GOOD_FOR_SECONDS:
        return []
    answers: list[Received] = []
    for item in state.received:
        answer = item.observation
        if not isinstance(answer, OrderAck | OrderStatusReport) or answer.order is None:
            continue
        if answer.order.executed_quantity <= 0 or answer.order_id not in state.staged_stops:
            continue
        staged = state.staged_stops.pop(answer.order_id)
        intent = _exact(staged, answer.order, answer.fills, state)
        log.warning("stop sent without the database order=%s", intent.client_order_id)
        sent = SendOrder(staged.order_id, intent, client.exchange_now(), now_monotonic).run(client)
        answers.append(Received(sent, item.batch))
    return answers


def _exact(staged: StagedStop, order: ExchangeOrder, fills: tuple[Fill, ...], state: EngineState) -> OrderIntent:
    """Return the staged intent at the price the fills ask for, or as it was staged when they are not known."""
    rules = state.exchange.rules.get(order.symbol)
    result = run_result([(fill, True) for fill in fills], Decimal(0))
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
    return OrderIntent(
        client_order_id=staged.intent.client_order_id,
        purpose=staged.intent.purpose,
        symbol=staged.intent.symbol,
        side=staged.intent.side,
        quantity=None,
        trigger_price=placed.stop_price,
        close_position=True,
    )
