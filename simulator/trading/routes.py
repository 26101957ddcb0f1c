"""All endpoints of the trading core."""

from simulator.endpoints import Routes
from simulator.trading import (
    account_endpoints,
    algo_endpoints,
    configuration_endpoints,
    history_endpoints,
    order_endpoints,
)
from simulator.trading.exchange import Exchange


def register(routes: Routes, exchange: Exchange) -> None:
    """Add every signed endpoint except those of the listenKey."""
    for part in (order_endpoints, algo_endpoints, account_endpoints, history_endpoints, configuration_endpoints):
        part.register(routes, exchange)
