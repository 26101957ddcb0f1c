"""Requests about one order of ours: send it, ask about it, cancel it."""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from binance_client import BinanceTestnetClient
from domain.terms import OrderIntent, Purpose
from engine.requests.reports import (
    TIMESTAMP_AHEAD_AT_MOST,
    Cancelled,
    Observation,
    OrderAck,
    OrderNotFoundReport,
    OrderStatusReport,
    Request,
    SentOrder,
    TaskFailed,
)
from exchange.errors import NotExecuted, OrderNotFound, OutcomeUnknown, Rejected, StopTriggering, TradingError

# An id is sent within a second of its commit or never: a process that was paused in between must not wake up and trade.
SEND_WITHIN_SECONDS = 1.0
RECV_WINDOW = timedelta(seconds=5)
ABSENT_AFTER = RECV_WINDOW + timedelta(seconds=5)
MARKET_PURPOSES = (Purpose.ENTRY, Purpose.CLOSE)


@dataclass(frozen=True, slots=True)
class SendOrder:
    """Send a committed intent once, with its committed timestamp."""

    order_id: int
    intent: OrderIntent
    request_timestamp: datetime
    committed_at: float  # monotonic seconds, taken before the commit

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Send; what executed has its trades read by another request, so that nothing waits for them."""
        if time.monotonic() - self.committed_at > SEND_WITHIN_SECONDS:
            return OrderAck(self.order_id, code=0, text="held back: too late to send", executed_nothing=True)
        try:
            if self.intent.purpose not in MARKET_PURPOSES:
                return OrderAck(
                    self.order_id,
                    conditional=client.place_conditional_order(self.intent, self.request_timestamp),
                    text="accepted",
                )
            order = client.place_market_order(self.intent, self.request_timestamp)
        except OutcomeUnknown as unknown:
            return OrderAck(self.order_id, text=str(unknown))
        except NotExecuted as refusal:
            return OrderAck(
                self.order_id,
                code=refusal.code,
                text=refusal.text,
                retry_after=refusal.retry_after,
                executed_nothing=True,
            )
        except Rejected as refusal:
            return OrderAck(self.order_id, code=refusal.code, text=refusal.text)
        except TradingError as error:
            return OrderAck(self.order_id, text=str(error))
        return OrderAck(self.order_id, order=order, text="accepted")


@dataclass(frozen=True, slots=True)
class QueryOrder:
    """Find out what became of one order."""

    sent: SentOrder
    may_be_absent_after: datetime | None  # exchange time from which its absence can be proven
    urgent: bool = False  # a position without a stop may hang on the answer

    @property
    def order_id(self) -> int:
        """The row asked about."""
        return self.sent.order_id

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Ask by client id; with the child order of one that fired."""
        server_time: datetime | None = None
        try:
            # Read first: only an answer read after this moment can prove that the order never arrived.
            if self.may_be_absent_after is not None:
                server_time = client.fetch_server_time()
            return self._seen(client) or self._missing(client, server_time)
        except OrderNotFound:
            try:
                return self._missing(client, server_time)
            except TradingError as error:
                return TaskFailed(self, str(error))
        except TradingError as error:
            return TaskFailed(self, str(error))

    def _seen(self, client: BinanceTestnetClient) -> OrderStatusReport | None:
        """Return the order, None when what has its id is somebody else's."""
        sent = self.sent
        if sent.purpose in MARKET_PURPOSES:
            order = client.fetch_order(sent.symbol, client_order_id=sent.client_order_id)
            if not sent.may_be(order):
                return None
            return OrderStatusReport(sent.order_id, order, None, (), None)
        conditional = client.fetch_conditional_order(sent.client_order_id)
        if not sent.may_be(conditional):
            return None
        if conditional.child_order_id is None:
            return OrderStatusReport(sent.order_id, None, conditional, (), None)
        try:
            child = client.fetch_order(sent.symbol, exchange_order_id=conditional.child_order_id)
        except OrderNotFound:
            # The child is announced before it can be read; ask again rather than believe it is not there.
            return OrderStatusReport(sent.order_id, None, conditional, (), None)
        return OrderStatusReport(sent.order_id, child, conditional, (), None)

    def _missing(self, client: BinanceTestnetClient, server_time: datetime | None) -> OrderNotFoundReport:
        sent = self.sent
        if server_time is None or self.may_be_absent_after is None or server_time <= self.may_be_absent_after:
            positions = tuple(client.fetch_positions(sent.symbol)) if sent.purpose is Purpose.ENTRY else None
            return OrderNotFoundReport(sent.order_id, proof_read=False, positions=positions)
        since = self.may_be_absent_after - ABSENT_AFTER - TIMESTAMP_AHEAD_AT_MOST
        found = (sent.purpose is Purpose.ENTRY and self._may_have_traded(client, since)) or self._listed(client, since)
        positions = tuple(client.fetch_positions(sent.symbol))
        return OrderNotFoundReport(sent.order_id, proof_read=not found, positions=positions)

    def _listed(self, client: BinanceTestnetClient, since: datetime) -> bool:
        sent = self.sent
        read = client.fetch_orders_since if sent.purpose in MARKET_PURPOSES else client.fetch_conditional_orders_since
        found = read(sent.symbol, since)
        may_be_ours = any(row.client_order_id in (None, sent.client_order_id) for row in found.unread)
        return may_be_ours or any(o.client_order_id == sent.client_order_id and sent.may_be(o) for o in found)

    def _may_have_traded(self, client: BinanceTestnetClient, since: datetime) -> bool:
        """Whether a trade at the entry's key can be its own: one whose order is ours or cannot be read either.

        What opened and was closed again shows in no position any more, so that one says nothing about it.
        """
        sent = self.sent
        trades = client.fetch_trades(sent.symbol, since=since)
        if any(row.touches(sent.symbol) for row in trades.unread):
            return True
        opened = {f.exchange_order_id for f in trades if f.position_side is sent.side and f.opening}
        for exchange_order_id in opened:
            try:
                order = client.fetch_order(sent.symbol, exchange_order_id=exchange_order_id)
            except OrderNotFound:
                return True
            if order.client_order_id == sent.client_order_id and sent.may_be(order):
                return True
        return False


@dataclass(frozen=True, slots=True)
class ReadTrades:
    """Read what an order that has executed traded, and, for a closing one, the position after it."""

    report: OrderAck | OrderStatusReport
    closing: bool

    @property
    def order_id(self) -> int:
        """The row whose trades are read."""
        return self.report.order_id

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Return the report with its trades; unreadable, it stays as it is and the order is asked about again."""
        order = self.report.order
        assert order is not None
        try:
            fills = tuple(client.fetch_trades(order.symbol, exchange_order_id=order.exchange_order_id))
            positions = tuple(client.fetch_positions(order.symbol)) if self.closing else None
        except TradingError:
            return self.report
        return replace(self.report, fills=fills, positions=positions)


def trades_after(task: Request, report: Observation) -> ReadTrades | None:
    """Return the request that reads the trades of what a report calls executed, None when there are none to read."""
    if not isinstance(report, OrderAck | OrderStatusReport) or report.order is None:
        return None
    if report.order.executed_quantity <= 0 or not isinstance(task, SendOrder | QueryOrder):
        return None
    purpose = task.intent.purpose if isinstance(task, SendOrder) else task.sent.purpose
    return ReadTrades(report, closing=purpose is not Purpose.ENTRY)


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel a resting conditional order of ours."""

    order_id: int
    client_order_id: str
    committed_at: float  # monotonic seconds, taken before the commit

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Cancel; "no such order" and "is triggering" mean: ask what became of it."""
        if time.monotonic() - self.committed_at > SEND_WITHIN_SECONDS:
            return TaskFailed(self, "held back: too late to send")
        try:
            client.cancel_conditional_order(self.client_order_id)
        except OrderNotFound:
            return OrderNotFoundReport(self.order_id, proof_read=False)
        except StopTriggering as error:
            return TaskFailed(self, str(error))
        except TradingError as error:
            return TaskFailed(self, str(error))
        return Cancelled(self.order_id)
