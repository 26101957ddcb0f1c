"""Why a position closed: told from the order whose fill made it flat."""

from domain.terms import CloseReason, Purpose

# Source: Binance USDⓈ-M Futures documentation, "Event: Order Update" (client ids of the exchange's own orders).
_EXCHANGE_PREFIXES = (
    ("autoclose-", CloseReason.LIQUIDATION),
    ("adl_autoclose", CloseReason.ADL),
    ("settlement_autoclose-", CloseReason.SETTLEMENT),
    ("delivery_autoclose-", CloseReason.SETTLEMENT),
)


class NotAClosingOrder(ValueError):
    """An entry cannot have made its position flat: the fills were assigned wrongly."""

    def __init__(self, client_order_id: str) -> None:
        super().__init__(f"order {client_order_id} opens, it cannot have closed a position")
        self.client_order_id = client_order_id


def close_reason(purpose: Purpose | None, client_order_id: str, close_intent_reason: CloseReason | None) -> CloseReason:
    """Return the reason a position ended, from the order whose fill brought its own quantity to zero.

    Args:
        purpose: what our order was for; None when the order is not one of ours.
        client_order_id: its id on the exchange; decides for orders that are not ours.
        close_intent_reason: what our market close was committed as, MANUAL or UNPROTECTED. A close without one
            counts as MANUAL, the reading that never opens a trade again.

    Raises:
        NotAClosingOrder: purpose is ENTRY.
    """
    match purpose:
        case Purpose.ENTRY:
            raise NotAClosingOrder(client_order_id)
        case Purpose.TARGET:
            return CloseReason.TP
        case Purpose.STOP | Purpose.INTERIM:
            return CloseReason.SL
        case Purpose.CLOSE:
            return close_intent_reason or CloseReason.MANUAL
        case None:
            return _external_reason(client_order_id)


def _external_reason(client_order_id: str) -> CloseReason:
    for prefix, reason in _EXCHANGE_PREFIXES:
        if client_order_id.startswith(prefix):
            return reason
    return CloseReason.EXTERNAL
