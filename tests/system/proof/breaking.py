"""The rules that keep trades safe, each broken on purpose: what the state machine must then find."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from unittest.mock import patch

from sqlalchemy import Engine

from binance_client import BinanceTestnetClient
from decisions.actions import Action, Cancel, Close
from decisions.reconciliation.effects import RecordEnd
from decisions.reconciliation.phases import move
from decisions.view import TradeView
from domain.exchange import ExchangePosition
from domain.lifecycle import Event
from domain.terms import CloseReason, OrderState, Phase, Purpose
from engine.cycle import Cycle
from engine.execution import order_writer as monitor_writing
from engine.reconciliation import orders as monitor_orders
from engine.reconciliation.lifecycle import Lifecycle
from engine.reconciliation.orders import OrderReconciler
from engine.requests.account import ReadAccount
from engine.requests.orders import QueryOrder, ReadTrades
from engine.requests.reports import Observation, OrderNotFoundReport, TaskFailed
from engine.state.row_mapping import key_of
from exchange.errors import TradingError
from storage.tables import OrderRow, PositionRow
from strategy import Try1Strategy
from tests.system.proof.machine import LostEntries, OpenTrades, Trades, play


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule, where it lives, what stands in its place, the words of what must be found, and what brings it about."""

    rule: str
    where: Any
    name: str
    instead: Any
    found: str
    by: frozenset[str]  # names of the machine's rules that suffice, for a quick find
    lives: type[Trades]
    seed: int = 0  # of lives in which the harm comes soon

    def search(self, engine: Engine, *, shrink: bool = False) -> None:
        """Play lives in which the broken rule does harm sooner or later; raise the harm."""
        with self.broken():
            play(engine, 400, 2, lives=self.lives, only=self.by, to_the_end=False, shrink=shrink, seed=self.seed)

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Break the rule; it is whole again afterwards."""
        with patch.object(self.where, self.name, self.instead):
            yield


def _without_asking(whole: Callable[..., Any]) -> Callable[..., Any]:
    def run(self: QueryOrder, client: BinanceTestnetClient) -> Any:
        if self.sent.purpose is not Purpose.ENTRY:
            return whole(self, client)
        try:
            return self._missing(client, client.fetch_server_time() if self.may_be_absent_after else None)
        except TradingError as error:
            return TaskFailed(self, str(error))

    return run


def _without_history(whole: Callable[..., Any]) -> Callable[..., Any]:
    def missing(self: QueryOrder, client: BinanceTestnetClient, server_time: datetime | None) -> OrderNotFoundReport:
        seen: OrderNotFoundReport = whole(self, client, server_time)
        late = server_time is not None and server_time > (self.may_be_absent_after or server_time)
        return OrderNotFoundReport(seen.order_id, proof_read=seen.proof_read or late, positions=seen.positions)

    return missing


def _without_position(whole: Callable[..., Any]) -> Callable[..., Any]:
    def missing(self: OrderReconciler, seen: OrderNotFoundReport) -> None:
        positions: tuple[ExchangePosition, ...] | None = () if seen.proof_read else seen.positions
        whole(self, OrderNotFoundReport(seen.order_id, proof_read=seen.proof_read, positions=positions))

    return missing


def _cancel_then_close(whole: Callable[..., Any]) -> Callable[..., Any]:
    def decide(self: Try1Strategy, view: Iterable[TradeView], now: datetime) -> list[Action]:
        trades = {trade.position_id: trade for trade in view}
        actions: list[Action] = []
        for action in whole(self, trades.values(), now):
            stops = _resting_stops(trades[action.position_id]) if isinstance(action, Close) else []
            actions += [Cancel(stop) for stop in stops] or [action]
        return actions

    return decide


def _resting_stops(trade: TradeView) -> list[int]:
    protecting = (Purpose.STOP, Purpose.INTERIM)
    return [order.id for order in trade.orders if order.purpose in protecting and order.state is OrderState.WORKING]


def _error_is_closed(whole: Callable[..., Any]) -> Callable[..., Any]:
    def failed(self: Cycle, seen: TaskFailed) -> None:
        whole(self, seen)
        live = [trade for trade in self.rows.positions.values() if trade.phase is Phase.OPEN]
        for position in live if isinstance(seen.task, ReadAccount) else ():
            _call_it_closed(self.lifecycle, position)

    return failed


def _empty_is_closed(whole: Callable[..., Any]) -> Callable[..., Any]:
    def finalise_close(self: Lifecycle, position: PositionRow) -> None:
        whole(self, position)
        holds = self.rows.own_quantity(position) > 0
        empty = self.state.exchange.quantity_at(key_of(position)) == 0
        if holds and empty and position.phase is Phase.OPEN:
            _call_it_closed(self, position)

    return finalise_close


def _call_it_closed(lifecycle: Lifecycle, position: PositionRow) -> None:
    end = RecordEnd(position.id, CloseReason.EXTERNAL, lifecycle.now)
    lifecycle.apply((end, *move(position.id, position.phase, Event.FLAT)))


def _by_time(whole: Callable[..., Any]) -> Callable[..., Any]:
    def run(self: ReadTrades, client: BinanceTestnetClient) -> Observation:
        report = whole(self, client)
        order = report.order
        if not report.fills:
            return cast("Observation", report)
        around = client.fetch_trades(order.symbol, since=order.updated_at - timedelta(seconds=1))
        fills = tuple(fill for fill in around if fill.order_side is order.order_side)
        return cast("Observation", replace(report, fills=fills))

    return run


def _sent_again(whole: Callable[..., Any]) -> Callable[..., Any]:
    def missing(self: OrderReconciler, seen: OrderNotFoundReport) -> None:
        whole(self, seen)
        row: OrderRow = self.rows.orders[seen.order_id]
        if row.purpose is Purpose.ENTRY and row.state is OrderState.UNKNOWN and row.query_count > 1:
            row.state, row.final_at, row.not_before = OrderState.REJECTED, self.now, self.now

    return missing


WHILE_UNSEEN = frozenset({"tries_again_a_minute_later_while_the_place_cannot_be_seen"})
BROKEN = (
    Broken(
        "an absent order is believed only once its time has run out",
        monitor_writing,
        "ABSENT_AFTER",
        timedelta(0),
        "entered twice",
        WHILE_UNSEEN,
        LostEntries,
    ),
    Broken(
        "… and only if it was asked for and not found",
        QueryOrder,
        "run",
        _without_asking(QueryOrder.run),
        "entered twice",
        WHILE_UNSEEN,
        LostEntries,
    ),
    Broken(
        "… and only if the history lacks it too",
        QueryOrder,
        "_missing",
        _without_history(QueryOrder._missing),
        "entered twice",
        WHILE_UNSEEN,
        LostEntries,
        seed=5,
    ),
    Broken(
        "… and only if the position holds nothing that known fills do not explain",
        monitor_orders.OrderReconciler,
        "on_not_found",
        _without_position(OrderReconciler.on_not_found),
        "entered twice|naked",
        WHILE_UNSEEN,
        LostEntries,
    ),
    Broken(
        "… and only if no trade at its key can be its own",
        QueryOrder,
        "_may_have_traded",
        lambda self, client, since: False,
        "entered twice",
        WHILE_UNSEEN,
        LostEntries,
        seed=5,
    ),
    Broken(
        "an entry whose outcome is unknown is never sent again",
        monitor_orders.OrderReconciler,
        "on_not_found",
        _sent_again(OrderReconciler.on_not_found),
        "entered twice",
        WHILE_UNSEEN,
        LostEntries,
    ),
    Broken(
        "close first, cancel the stop when it is flat",
        Try1Strategy,
        "decide",
        _cancel_then_close(Try1Strategy.decide),
        "naked",
        frozenset({"closes_or_moves", "time_passes"}),
        OpenTrades,
    ),
    Broken(
        "an empty answer is not a close",
        Lifecycle,
        "finalise_close",
        _empty_is_closed(Lifecycle.finalise_close),
        "closed wrongly",
        frozenset({"exchange_misleads", "time_passes"}),
        OpenTrades,
    ),
    Broken(
        "an error is not a close",
        Cycle,
        "_failed",
        _error_is_closed(Cycle._failed),
        "closed wrongly",
        frozenset({"fails"}),
        OpenTrades,
    ),
    Broken(
        "fills belong to orders by id, not by time",
        ReadTrades,
        "run",
        _by_time(ReadTrades.run),
        "booked wrongly",
        frozenset({"closes_half_while_somebody_takes_a_part", "time_passes"}),
        OpenTrades,
    ),
)
