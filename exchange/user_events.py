"""From the exchange's user events to ours, which only name what changed: what it changed to is read over HTTP.

Source: Binance USDⓈ-M Futures documentation, "User Data Streams".
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exchange.wire import Json

LONGEST_NAME = 64  # of a symbol or a client id; the exchange allows 36


class UserEventKind(StrEnum):
    """What a user event is about."""

    ORDER = "ORDER"  # an ordinary order was placed, filled, cancelled or expired
    FILL = "FILL"  # the exchange's early word of a fill
    CONDITIONAL = "CONDITIONAL"  # a stop or target was placed, triggered or ended
    ACCOUNT = "ACCOUNT"  # balance or position changed
    SETTINGS = "SETTINGS"  # leverage or multi-assets mode changed
    MARGIN_CALL = "MARGIN_CALL"


@dataclass(frozen=True, slots=True)
class UserEvent:
    """Something changed at the exchange; received_at is exchange time by the client's clock.

    exchange_order_id is an ordinary order's id: of the child for a conditional order, None before it has one.
    """

    kind: UserEventKind
    symbol: str | None
    client_order_id: str | None
    exchange_order_id: int | None
    received_at: datetime


def parse_user_events(message: Json, received_at: datetime) -> list[UserEvent]:
    """Return what a message names; messages of unknown kind or shape name nothing."""
    payload = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(payload, dict):
        return []
    match payload.get("e"):
        case "ORDER_TRADE_UPDATE":
            return [_order_event(UserEventKind.ORDER, payload.get("o"), ("c", "i"), received_at)]
        case "TRADE_LITE":
            return [_order_event(UserEventKind.FILL, payload, ("c", "i"), received_at)]
        case "ALGO_UPDATE":
            return [_order_event(UserEventKind.CONDITIONAL, payload.get("o"), ("caid", "ai"), received_at)]
        case "CONDITIONAL_ORDER_TRIGGER_REJECT":
            return [_order_event(UserEventKind.CONDITIONAL, payload.get("or"), ("c", "i"), received_at)]
        case "ACCOUNT_UPDATE":
            changes = payload.get("a")
            positions = changes.get("P") if isinstance(changes, dict) else None
            return _symbol_events(UserEventKind.ACCOUNT, positions, received_at)
        case "MARGIN_CALL":
            return _symbol_events(UserEventKind.MARGIN_CALL, payload.get("p"), received_at)
        case "ACCOUNT_CONFIG_UPDATE":
            return _symbol_events(UserEventKind.SETTINGS, [payload.get("ac")], received_at)
        case _:
            return []


def expired_listen_key(message: Json) -> str | None:
    """Return the key that a message declares expired, "" when it names none, None for any other message."""
    payload = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(payload, dict) or payload.get("e") != "listenKeyExpired":
        return None
    return str(payload.get("listenKey") or "")


def _order_event(kind: UserEventKind, order: Json, ids: tuple[str, str], received_at: datetime) -> UserEvent:
    row = order if isinstance(order, dict) else {}
    client_name, exchange_name = ids
    number = str(row.get(exchange_name) or "")
    return UserEvent(
        kind=kind,
        symbol=_text(row.get("s")),
        client_order_id=_text(row.get(client_name)),
        exchange_order_id=int(number) if number.isdecimal() else None,
        received_at=received_at,
    )


def _symbol_events(kind: UserEventKind, changed: Json, received_at: datetime) -> list[UserEvent]:
    """One event for each symbol named, one without a symbol when none is."""
    rows = changed if isinstance(changed, list) else []
    named = {_text(row.get("s")): None for row in rows if isinstance(row, dict)} or {None: None}
    return [UserEvent(kind, symbol, None, None, received_at) for symbol in named]


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_NAME else None
