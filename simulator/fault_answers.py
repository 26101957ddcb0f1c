"""What a faulted request is answered with, in the exchange's own words.

Source: Binance USDⓈ-M Futures documentation, pages "General Info" (HTTP return codes) and "Error Code".
"""

from typing import Any

from simulator.errors import ApiError
from simulator.fault_kinds import SINGLE_READS, Kind
from simulator.faults import FaultRule
from simulator.interfaces import Json
from simulator.limits import banned, too_many_requests
from simulator.messages import encode

BAD_GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)

_DEFAULT_BAN_SECONDS = 120
_KEY_CODES = frozenset({-2008, -2014, -2015})
# What a foreign row may hold that nobody knows; of every list that is read, one field that its reader must understand.
_ODD_ROW = {
    "symbol": "ODDUSDT",
    "side": "SIDEWAYS",
    "positionSide": "SIDEWAYS",
    "positionAmt": "plenty",
    "status": "PENDING_NEW",
    "algoStatus": "PENDING_NEW",
    "algoId": "none",
    "orderId": "none",
    "id": "none",
    "tranId": "none",
}


def instead_of_executing(rule: FaultRule, address: str, now_ms: int) -> tuple[ApiError, int | None] | None:
    """Return the refusal and its Retry-After for rules that keep the request from being executed, else None."""
    match rule.kind:
        case Kind.UNKNOWN_NOT_EXECUTED:
            return _unknown(), None
        case Kind.TIMEOUT_NOT_EXECUTED:
            return _timeout(), None
        case Kind.THROTTLED:
            return _throttled(), None
        case Kind.RATE_LIMITED:
            return too_many_requests(), max(1, round(rule.seconds))
        case Kind.REFUSED:
            assert rule.code is not None
            return _refused(rule.code), None
        case Kind.BANNED:
            seconds = rule.seconds or _DEFAULT_BAN_SECONDS
            return banned(address, now_ms + int(seconds * 1000)), max(1, round(seconds))
        case _:
            return None


def after_executing(rule: FaultRule) -> ApiError | None:
    """Return the answer that hides what the execution yielded, None for rules that let it through."""
    match rule.kind:
        case Kind.UNKNOWN_EXECUTED:
            return _unknown()
        case Kind.TIMEOUT_EXECUTED:
            return _timeout()
        case _:
            return None


def forgotten(path: str) -> list[Any]:
    """Return what a read finds while the exchange has forgotten everything: nothing.

    Raises:
        ApiError: -2013 on reads of a single order.
    """
    if path in SINGLE_READS:
        raise ApiError(-2013, "Order does not exist.")
    return []


def with_odd_row(rows: list[Json]) -> list[Json]:
    """Return a list with one row more that cannot be read."""
    return [*rows, _ODD_ROW]


def another(now_ms: int) -> bytes:
    """Return the answer of a request that every client makes, for when there was no other one: the server time."""
    return encode({"serverTime": now_ms})


def _refused(code: int) -> ApiError:
    return ApiError(code, "Refused as a test asked for.", status=401 if code in _KEY_CODES else 400)


def _unknown() -> ApiError:
    return ApiError(-1000, "Unknown error, please check your request or try again later.", status=503)


def _timeout() -> ApiError:
    return ApiError(
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        status=408,
    )


def _throttled() -> ApiError:
    return ApiError(
        -1008,
        "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.",
        status=503,
    )
