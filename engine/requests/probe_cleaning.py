"""Taking every order of a probe off the exchange, and closing what one of them may have bought."""

from collections.abc import Callable
from decimal import Decimal

from binance_client import BinanceTestnetClient
from exchange.error_codes import NOT_FOUND_CODES
from exchange.probe_calls import RawAnswer


def clean_up(client: BinanceTestnetClient, symbol: str, prefix: str, since_ms: int) -> bool:
    """Cancel what is left of a probe; return whether nothing was left when looked at last.

    Found by the beginning of their ids, so that a process that knows nothing of the probe can do it.
    """
    probe = client.probe
    listed = probe.read_open_orders(symbol), probe.read_open_stops(symbol)
    _cancel_all(listed, prefix, lambda name: probe.cancel_limit(symbol, name), probe.cancel_stop)
    if not _close_bought(client, symbol, prefix, since_ms):
        return False
    again = probe.read_open_orders(symbol), probe.read_open_stops(symbol)
    return all(answer.accepted for answer in again) and not any(_ours(answer, prefix) for answer in again)


def is_gone(cancelled: RawAnswer) -> bool:
    """Return whether an answer to a cancel says that the order can do nothing any more."""
    return cancelled.accepted or cancelled.code in NOT_FOUND_CODES


def _cancel_all(
    listed: tuple[RawAnswer, RawAnswer],
    prefix: str,
    cancel_order: Callable[[str], RawAnswer],
    cancel_stop: Callable[[str], RawAnswer],
) -> None:
    for answer, cancel in zip(listed, (cancel_order, cancel_stop), strict=True):
        for name in _ours(answer, prefix):
            cancel(name)


def _ours(answer: RawAnswer, prefix: str) -> list[str]:
    names = [str(row.get("clientAlgoId") or row.get("clientOrderId") or "") for row in answer.rows()]
    return [name for name in names if name.startswith(prefix)]


def _close_bought(client: BinanceTestnetClient, symbol: str, prefix: str, since_ms: int) -> bool:
    """Close what a limit order of the probe has bought after all; return whether it holds nothing."""
    answer = client.probe.read_orders_since(symbol, since_ms)
    if not answer.accepted:
        return False
    ours = [row for row in answer.rows() if str(row.get("clientOrderId") or "").startswith(prefix)]
    bought = sum((_signed(row) for row in ours), Decimal(0))
    if bought <= 0:
        return True
    client.probe.sell_at_market(symbol, bought, f"{prefix}x{len(ours)}")
    return False  # looked at again


def _signed(row: dict[str, object]) -> Decimal:
    quantity = Decimal(str(row.get("executedQty") or 0))
    return quantity if row.get("side") == "BUY" else -quantity
