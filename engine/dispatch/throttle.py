"""Which requests are held back so that protection always has room: questions wait, stops and closes never do."""

from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.exchange import RequestUsage
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.orders import CancelOrder, QueryOrder, ReadTrades, SendOrder
from engine.requests.reports import EntryNotPrepared, Observation, TaskFailed

WEIGHT_SHARE_FOR_READS = Decimal("0.7")
PAUSE_WANTED = "the exchange asked for a pause."
LIMIT_NEAR = "the exchange's request limit is nearly used up."


def held_back(task: Task, usage: RequestUsage) -> Observation | None:
    """Return what a request that must wait counts as, None when it may be sent.

    Orders and cancels are never held back here: the exchange decides about them. Every question waits while the
    exchange has asked for a pause (429, 418); above 70 % of the request weight only questions about single orders go.
    """
    if isinstance(task, SendOrder | CancelOrder):
        return None
    if isinstance(task, ReadTrades):
        return task.report if usage.blocked_until is not None else None
    near_limit = (usage.weight_1m or 0) > WEIGHT_SHARE_FOR_READS * usage.weight_limit_1m
    if usage.blocked_until is not None:
        reason = PAUSE_WANTED
    elif near_limit and not isinstance(task, QueryOrder):
        reason = LIMIT_NEAR
    else:
        return None
    if isinstance(task, PrepareEntry):
        return EntryNotPrepared(task.key, reason, lasting=False)
    return TaskFailed(task, reason)


def throttled(client: BinanceTestnetClient, usage: RequestUsage, task: Task) -> Observation:
    """Run a request unless it must wait."""
    return held_back(task, usage) or task.run(client)
