"""When the database is gone at the moment an entry fills: the reserved stop is sent all the same."""

import logging
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.exchange import ExchangeOrder
from domain.pricing.brackets import EntryFill, bracket_after_fill
from domain.pricing.pnl import run_result
from domain.terms import Fill, OrderIntent
from engine.requests.orders import SendOrder
from engine.requests.reports import OrderAnswer, OrderSeen, Received
from engine.state.working_set import Memory, Reserve

log = logging.getLogger(__name__)

LEASE_GOOD_FOR_SECONDS = 15.0


def protect_without_database(
    seen: list[Received], memory: Memory, client: BinanceTestnetClient, lease_age: float | None, now_monotonic: float
) -> list[Received]:
    """Send the reserved stops of entries that have just filled; return the answers, to be booked later.

    A reserved id is already committed, so nothing is sent that recovery would not ask about. Only a process that knew
    it held the lease within the last 15 seconds may do this.
    """
    if lease_age is None or lease_age > LEASE_GOOD_FOR_SECONDS:
        return []
    answers: list[Received] = []
    for item in seen:
        answer = item.observation
        if not isinstance(answer, OrderAnswer | OrderSeen) or answer.order is None:
            continue
        if answer.order.executed_quantity <= 0 or answer.order_id not in memory.reserves:
            continue
        reserve = memory.reserves.pop(answer.order_id)
        intent = _exact(reserve, answer.order, answer.fills, memory)
        log.warning("stop sent without the database order=%s", intent.client_order_id)
        sent = SendOrder(reserve.order_id, intent, client.exchange_now(), now_monotonic).run(client)
        answers.append(Received(sent, item.batch))
    return answers


def _exact(reserve: Reserve, order: ExchangeOrder, fills: tuple[Fill, ...], memory: Memory) -> OrderIntent:
    """Return the reserved intent at the price the fills ask for, or as it was reserved when they are not known."""
    rules = memory.rules.get(order.symbol)
    result = run_result([(fill, True) for fill in fills], Decimal(0))
    if rules is None or result.entry_price is None:
        return reserve.intent
    placed = bracket_after_fill(
        EntryFill(reserve.intent.side, result.entry_quantity, result.entry_price, result.fees),
        reserve.terms,
        rules,
        reserve.taker_rate,
        None,
        result.entry_price,
    )
    return OrderIntent(
        client_order_id=reserve.intent.client_order_id,
        purpose=reserve.intent.purpose,
        symbol=reserve.intent.symbol,
        side=reserve.intent.side,
        quantity=None,
        trigger_price=placed.stop_price,
        close_position=True,
    )
