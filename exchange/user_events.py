"""From the exchange's user events to ours, which only name what changed: what it changed to is read over HTTP.

Source: Binance USDⓈ-M Futures documentation, "User Data Streams".
"""

from dataclasses import dataclass

from exchange.wire import Json

# What a private stream asks for by name. Whether one that names nothing hears all or nothing is contested; named, these
# come under both readings.
WANTED_EVENTS = (
    "ORDER_TRADE_UPDATE",
    "TRADE_LITE",
    "ALGO_UPDATE",
    "CONDITIONAL_ORDER_TRIGGER_REJECT",
    "ACCOUNT_UPDATE",
    "ACCOUNT_CONFIG_UPDATE",
    "MARGIN_CALL",
    "listenKeyExpired",
)
LONGEST_NAME = 64  # of a symbol or a client id; the exchange allows 36


@dataclass(frozen=True, slots=True)
class UserEvent:
    """Something changed at the exchange: of an order, of a symbol, or of the account as a whole (both None)."""

    symbol: str | None
    client_order_id: str | None


def parse_user_events(message: Json) -> list[UserEvent]:
    """Return what a message names; messages of unknown kind or shape name nothing."""
    payload = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(payload, dict):
        return []
    match payload.get("e"):
        case "ORDER_TRADE_UPDATE":
            return [_order_event(payload.get("o"), "c")]
        case "TRADE_LITE":
            return [_order_event(payload, "c")]
        case "ALGO_UPDATE":
            return [_order_event(payload.get("o"), "caid")]
        case "CONDITIONAL_ORDER_TRIGGER_REJECT":
            return [_order_event(payload.get("or"), "c")]
        case "ACCOUNT_UPDATE":
            changes = payload.get("a")
            positions = changes.get("P") if isinstance(changes, dict) else None
            return _symbol_events(positions)
        case "MARGIN_CALL":
            return _symbol_events(payload.get("p"))
        case "ACCOUNT_CONFIG_UPDATE":
            return _symbol_events([payload.get("ac")])
        case _:
            return []


def expired_listen_key(message: Json) -> str | None:
    """Return the key that a message declares expired, "" when it names none, None for any other message."""
    payload = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(payload, dict) or payload.get("e") != "listenKeyExpired":
        return None
    return str(payload.get("listenKey") or "")


def _order_event(order: Json, client_id_field: str) -> UserEvent:
    row = order if isinstance(order, dict) else {}
    return UserEvent(symbol=_text(row.get("s")), client_order_id=_text(row.get(client_id_field)))


def _symbol_events(changed: Json) -> list[UserEvent]:
    """One event for each symbol named, one without a symbol when none is."""
    rows = changed if isinstance(changed, list) else []
    named = {_text(row.get("s")): None for row in rows if isinstance(row, dict)} or {None: None}
    return [UserEvent(symbol, None) for symbol in named]


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_NAME else None
