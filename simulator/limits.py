"""Request weight per address and order counters per account, in windows of the exchange's clock.

Source: Binance USDⓈ-M Futures documentation, page "General Info", sections "IP Limits" and "Order Rate Limits".
"""

from dataclasses import dataclass, field

from simulator.errors import ApiError

WEIGHT_LIMIT = 6000  # per minute, as on the test venue
ORDERS_PER_TEN_SECONDS = 300
ORDERS_PER_MINUTE = 1200

FUNDING_REQUESTS = 500  # in five minutes: fundingRate and fundingInfo together, which have no weight

_MINUTE_MS = 60_000
_FUNDING_MS = 5 * _MINUTE_MS
_TEN_SECONDS_MS = 10_000
_BAN_MS = 120_000
_REFUSALS_BEFORE_BAN = 100  # requests past the limit in one minute that are still answered 429


def too_many_requests(limit: int = WEIGHT_LIMIT, interval: str = "minute") -> ApiError:
    """Return the refusal of a request beyond the weight limit, or beyond another one."""
    return ApiError(
        -1003,
        f"Too many requests; current limit is {limit} requests per {interval}. "
        "Please use the websocket for live updates to avoid polling the API.",
        status=429,
    )


def banned(address: str, until_ms: int) -> ApiError:
    """Return the refusal of a banned address; the text carries the end of the ban."""
    return ApiError(
        -1003,
        f"Way too many requests; IP({address}) banned until {until_ms}. "
        "Please use the websocket for live updates to avoid bans.",
        status=418,
    )


@dataclass(slots=True)
class _Window:
    """One counter that starts again whenever the clock enters another window."""

    number: int = -1
    used: int = 0
    refused: int = 0

    def add(self, number: int, amount: int) -> int:
        if number != self.number:
            self.number, self.used, self.refused = number, 0, 0
        self.used += amount
        return self.used


@dataclass(slots=True)
class _OrderCounters:
    ten_seconds: _Window = field(default_factory=_Window)
    minute: _Window = field(default_factory=_Window)


class RequestLimits:
    """Counts what every address and account has used and says when it is too much."""

    def __init__(self) -> None:
        self._weights: dict[str, _Window] = {}
        self._banned_until_ms: dict[str, int] = {}
        self._orders: dict[str, _OrderCounters] = {}
        self._funding: dict[str, _Window] = {}

    def use(self, address: str, weight: int, now_ms: int) -> int:
        """Count a request and return the weight used in this UTC minute, refused requests included."""
        return self._weights.setdefault(address, _Window()).add(now_ms // _MINUTE_MS, weight)

    def refusal(self, address: str, now_ms: int) -> tuple[ApiError, int] | None:
        """Return the refusal and its Retry-After in whole seconds, None while the address is within its limit."""
        until_ms = self._banned_until_ms.get(address, 0)
        if until_ms > now_ms:
            return banned(address, until_ms), _seconds_up(until_ms - now_ms)
        window = self._weights.setdefault(address, _Window())
        if window.number != now_ms // _MINUTE_MS or window.used <= WEIGHT_LIMIT:
            return None
        window.refused += 1
        if window.refused > _REFUSALS_BEFORE_BAN:
            until_ms = now_ms + _BAN_MS
            self._banned_until_ms[address] = until_ms
            return banned(address, until_ms), _seconds_up(_BAN_MS)
        return too_many_requests(), _seconds_up(_MINUTE_MS - now_ms % _MINUTE_MS)

    def count_funding(self, address: str, now_ms: int) -> tuple[ApiError, int] | None:
        """Count a request for funding rates and return what refusal() would."""
        window = self._funding.setdefault(address, _Window())
        if window.add(now_ms // _FUNDING_MS, 1) <= FUNDING_REQUESTS:
            return None
        return too_many_requests(FUNDING_REQUESTS, "5 minutes"), _seconds_up(_FUNDING_MS - now_ms % _FUNDING_MS)

    def count_order(self, account: str, amounts: tuple[int, int], now_ms: int) -> tuple[int, int]:
        """Raise the account's order counters and return them as (10 s, 1 m).

        Raises:
            ApiError: -1015 with status 429, nothing was counted.
        """
        counters = self._orders.setdefault(account, _OrderCounters())
        ten_seconds = counters.ten_seconds.add(now_ms // _TEN_SECONDS_MS, 0)
        minute = counters.minute.add(now_ms // _MINUTE_MS, 0)
        if ten_seconds + amounts[0] > ORDERS_PER_TEN_SECONDS:
            raise _too_many_orders(ORDERS_PER_TEN_SECONDS, "10 SECOND")
        if minute + amounts[1] > ORDERS_PER_MINUTE:
            raise _too_many_orders(ORDERS_PER_MINUTE, "1 MINUTE")
        return (
            counters.ten_seconds.add(now_ms // _TEN_SECONDS_MS, amounts[0]),
            counters.minute.add(now_ms // _MINUTE_MS, amounts[1]),
        )

    def clear(self) -> None:
        """Forget every count and ban."""
        self._weights.clear()
        self._banned_until_ms.clear()
        self._orders.clear()
        self._funding.clear()


def _too_many_orders(limit: int, interval: str) -> ApiError:
    return ApiError(-1015, f"Too many new orders; current limit is {limit} orders per {interval}.", status=429)


def _seconds_up(milliseconds: int) -> int:
    return -(-milliseconds // 1000)
