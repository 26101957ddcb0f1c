"""The kinds of faults, and which requests and sockets each of them can act on."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong."""

    DROP_BEFORE = "drop_before"  # the connection is cut, nothing was executed
    DROP_AFTER = "drop_after"  # executed, then the connection is cut instead of an answer
    UNKNOWN_EXECUTED = "unknown_executed"  # 503 "Unknown error …" after executing
    UNKNOWN_NOT_EXECUTED = "unknown_not_executed"  # the same answer without executing
    TIMEOUT_EXECUTED = "timeout_executed"  # 408 -1007 after executing
    TIMEOUT_NOT_EXECUTED = "timeout_not_executed"  # the same answer without executing
    LATE = "late"  # the connection is cut at once; executed `seconds` later if still within recvWindow
    THROTTLED = "throttled"  # 503 -1008, closing and cancelling requests exempt
    RATE_LIMITED = "rate_limited"  # 429 -1003, Retry-After `seconds` or 1
    BANNED = "banned"  # 418 -1003 for `seconds` from the first hit, or `times` answers when seconds is 0
    CLOCK_SKEW = "clock_skew"  # the request meets a serverTime moved by `seconds`, which may be negative
    AMNESIA = "amnesia"  # for `seconds` from the first hit single reads are -2013 and list reads []
    READ_LAG = "read_lag"  # the read shows the account as it was `seconds` ago
    DELAY = "delay"  # executed at once, answered `seconds` later
    PARTIAL_FILL = "partial_fill"  # only `fraction` of the quantity fills, the rest expires
    UNFILLED = "unfilled"  # nothing fills, the order expires
    REJECT_AT_TRIGGER = "reject_at_trigger"  # the conditional order's child is refused when it triggers
    REFUSED = "refused"  # the error `code`, nothing executed; closing passes where the code leaves only that
    ODD_ROW = "odd_row"  # one row more in a list, foreign, with a word that nobody knows
    HTML_502 = "html_502"  # an HTML page with status 502, nothing executed
    # The next ones execute on arrival; what goes wrong is the way back.
    DRIP = "drip"  # the headers at once, then a byte of the body every `seconds`
    STALL_HEADERS = "stall_headers"  # half of the headers, the rest `seconds` later, never when seconds is 0
    TRUNCATE = "truncate"  # `fraction` of the body whose whole length was promised, then the connection ends
    CORRUPT_GZIP = "corrupt_gzip"  # a compressed body that is damaged from its middle on
    WRONG_ANSWER = "wrong_answer"  # the answer that another request got
    GZIP_BOMB = "gzip_bomb"  # a small compressed body that unpacks to 400 MB
    DEEP_JSON = "deep_json"  # 100 000 lists, each inside the one before
    MANY_ROWS = "many_rows"  # a list of a million rows, those of the true answer again and again
    ENDLESS = "endless"  # a body that never ends
    DELIVERED_TWICE = "delivered_twice"  # the request arrives twice; the answer is that of the second time
    # A connection opened before the rule was given swallows the request: nothing executed, no answer, no end.
    DEAD_KEEPALIVE = "dead_keepalive"
    # The next seven last for `seconds` from the first hit, or for `times` cuts or events when seconds is 0.
    WS_DROP = "ws_drop"  # sockets are cut: those open now at once (together one cut), then each new one
    HALF_OPEN = "half_open"  # the same, but without a word: neither events nor pongs, and no end
    WS_FLOOD = "ws_flood"  # mark prices of ever new symbols, as quickly as the client takes them
    WS_ENDLESS = "ws_endless"  # one message that never ends; afterwards the socket is reset
    WS_SILENT = "ws_silent"  # sockets stay open, their events are lost
    WS_DUPLICATE = "ws_duplicate"  # events arrive twice
    WS_REORDER = "ws_reorder"  # an event arrives after the one that follows it, after a second if none does
    LISTEN_KEY_EXPIRED = "listen_key_expired"  # `seconds` from now listenKeyExpired is sent and the keys are gone


EVENT_KINDS = frozenset({Kind.WS_SILENT, Kind.WS_DUPLICATE, Kind.WS_REORDER})
OPENING_KINDS = frozenset({Kind.WS_DROP, Kind.HALF_OPEN, Kind.WS_FLOOD, Kind.WS_ENDLESS})
SOCKET_KINDS = frozenset({*EVENT_KINDS, *OPENING_KINDS, Kind.LISTEN_KEY_EXPIRED})
ENGINE_KINDS = frozenset({Kind.PARTIAL_FILL, Kind.UNFILLED, Kind.REJECT_AT_TRIGGER, Kind.READ_LAG})
READ_KINDS = frozenset({Kind.AMNESIA, Kind.READ_LAG, Kind.ODD_ROW})
PLACING_KINDS = frozenset({Kind.PARTIAL_FILL, Kind.UNFILLED, Kind.REJECT_AT_TRIGGER})
WINDOW_KINDS = frozenset({Kind.AMNESIA, Kind.BANNED, *OPENING_KINDS, *EVENT_KINDS})  # `seconds` is how long they last

SINGLE_READS = frozenset({"/fapi/v1/order", "/fapi/v1/openOrder", "/fapi/v1/algoOrder"})
_ORDER_PLACING = frozenset({"/fapi/v1/order", "/fapi/v1/batchOrders", "/fapi/v1/algoOrder"})
_LIST_READS = frozenset(
    {
        "/fapi/v1/openOrders",
        "/fapi/v1/allOrders",
        "/fapi/v1/openAlgoOrders",
        "/fapi/v1/allAlgoOrders",
        "/fapi/v1/userTrades",
        "/fapi/v1/income",
        "/fapi/v1/forceOrders",
        "/fapi/v2/positionRisk",
        "/fapi/v3/positionRisk",
    }
)


# Source: Binance USDⓈ-M Futures documentation, "Error Code": these forbid opening alone.
_ONLY_CLOSING_CODES = frozenset({-4105, -4106, -4107, -4140, -4400, -4401})


def applies(
    kind: Kind, method: str, path: str, parameters: Mapping[str, str], signed: bool, code: int | None = None
) -> bool:
    """Return whether a kind can act on a request at all; code is that of a refusal."""
    if kind in SOCKET_KINDS:
        return False
    if kind is Kind.READ_LAG:
        return method == "GET" and signed
    if kind is Kind.AMNESIA:
        return method == "GET" and path in SINGLE_READS | _LIST_READS
    if kind is Kind.REJECT_AT_TRIGGER:
        return (method, path) == ("POST", "/fapi/v1/algoOrder")
    if kind in PLACING_KINDS:
        return places_order(method, path)
    if kind is Kind.THROTTLED:
        return not _can_only_reduce(method, parameters)
    if kind is Kind.REFUSED and code in _ONLY_CLOSING_CODES:
        return places_order(method, path) and not _can_only_reduce(method, parameters)
    if kind is Kind.ODD_ROW:
        return method == "GET" and path in _LIST_READS
    return True


def places_order(method: str, path: str) -> bool:
    """Return whether a request places orders."""
    return method == "POST" and path in _ORDER_PLACING


def _can_only_reduce(method: str, parameters: Mapping[str, str]) -> bool:
    """Return whether a request cancels or can only reduce: those pass where opening is held off."""
    direction = (parameters.get("side"), parameters.get("positionSide", "BOTH"))
    return (
        method == "DELETE"
        or parameters.get("closePosition") == "true"
        or (direction[1] == "BOTH" and parameters.get("reduceOnly") == "true")
        or direction in {("SELL", "LONG"), ("BUY", "SHORT")}
    )
