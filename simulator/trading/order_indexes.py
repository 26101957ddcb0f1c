"""Orders indexed so that no request walks an account's history."""

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from simulator.trading.records import AlgoOrder, AlgoStatus, Order


def walk(ids: list[int], first_id: int | None) -> Iterator[int]:
    """Return ascending ids from first_id on, or all of them backwards, without copying the list."""
    if first_id is None:
        return reversed(ids)
    return (ids[rank] for rank in range(bisect_left(ids, first_id), len(ids)))


class OrderIndex:
    """Orders found by id, by client id, by symbol, and the open ones apart."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self.open: dict[str, dict[int, Order]] = {}
        self.ids_by_symbol: dict[str, list[int]] = {}
        self.latest_by_client_id: dict[tuple[str, str], int] = {}
        self.forced: list[int] = []
        for order in sorted(orders, key=lambda order: order.order_id):
            self.add(order)

    def add(self, order: Order) -> None:
        """Take in a new order or a new state of a known one."""
        ids = self.ids_by_symbol.setdefault(order.symbol, [])
        if not ids or order.order_id > ids[-1]:
            ids.append(order.order_id)
            self.latest_by_client_id[order.symbol, order.client_order_id] = order.order_id
            if order.auto_close:
                self.forced.append(order.order_id)
        resting = self.open.setdefault(order.symbol, {})
        if order.is_open:
            resting[order.order_id] = order
        else:
            resting.pop(order.order_id, None)

    def ids(self, symbol: str | None, first_id: int | None) -> Iterator[int]:
        """Return ids of a symbol (or of all): ascending from first_id on, or all of them newest first."""
        lists = list(self.ids_by_symbol.values()) if symbol is None else [self.ids_by_symbol.get(symbol, [])]
        return heapq.merge(*(walk(ids, first_id) for ids in lists), reverse=first_id is None)


class AlgoIndex:
    """Conditional orders found by client id, by symbol, and the open ones apart."""

    def __init__(self, algos: Iterable[AlgoOrder]) -> None:
        self.open: dict[str, dict[int, AlgoOrder]] = {}
        self.ids_by_symbol: dict[str, list[int]] = {}
        self.latest_by_client_id: dict[str, int] = {}
        self.open_count = 0
        self.triggering: dict[int, AlgoOrder] = {}
        for algo in sorted(algos, key=lambda algo: algo.algo_id):
            self.add(algo)

    def add(self, algo: AlgoOrder) -> None:
        """Take in a new conditional order or a new state of a known one."""
        ids = self.ids_by_symbol.setdefault(algo.symbol, [])
        if not ids or algo.algo_id > ids[-1]:
            ids.append(algo.algo_id)
            self.latest_by_client_id[algo.client_algo_id] = algo.algo_id
        waiting = self.open.setdefault(algo.symbol, {})
        self.open_count -= algo.algo_id in waiting
        if algo.is_open:
            waiting[algo.algo_id] = algo
            self.open_count += 1
        else:
            waiting.pop(algo.algo_id, None)
        if algo.status is AlgoStatus.TRIGGERING:
            self.triggering[algo.algo_id] = algo
        else:
            self.triggering.pop(algo.algo_id, None)
