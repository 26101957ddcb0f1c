"""What a probe asks of the exchange: answers as they come, refusals too, for they are what is measured."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from exchange.calls import ExchangeConnection
from exchange.errors import Failure
from exchange.order_calls import plain
from exchange.wire import Json

_ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer in the exchange's own words, or why there is none."""

    body: Json = None
    failure: Failure | None = None

    @property
    def accepted(self) -> bool:
        """Whether the exchange did what it was asked."""
        return self.failure is None

    @property
    def code(self) -> int | None:
        """The code of a refusal."""
        return None if self.failure is None else self.failure.code

    @property
    def was_sent(self) -> bool:
        """Whether the exchange may have got it."""
        return self.failure is None or not self.failure.held_back

    def rows(self) -> list[dict[str, Json]]:
        """Return the rows of a list; without one there are none."""
        return [row for row in self.body if isinstance(row, dict)] if isinstance(self.body, list) else []

    def text(self, name: str) -> str | None:
        """Return a field of an object as text, None without it."""
        value = self.body.get(name) if isinstance(self.body, dict) else None
        return None if value is None else str(value)


class ProbeCalls:
    """Orders far from the price, and reads, each sent once through the one gate before the exchange."""

    def __init__(self, connection: ExchangeConnection) -> None:
        self._try = connection.try_once
        self._library = connection.library

    def place_limit(self, symbol: str, price: Decimal, quantity: Decimal, client_order_id: str) -> RawAnswer:
        """Place a limit order to buy that opens, as maker only."""
        return self._order(
            symbol, "BUY", quantity, client_order_id, type="LIMIT", timeInForce="GTX", price=plain(price)
        )

    def sell_at_market(self, symbol: str, quantity: Decimal, client_order_id: str) -> RawAnswer:
        """Close at market what a limit order of a probe has bought."""
        return self._order(symbol, "SELL", quantity, client_order_id, type="MARKET")

    def _order(self, symbol: str, side: str, quantity: Decimal, client_order_id: str, **others: str) -> RawAnswer:
        return self._raw(
            self._library.futures_create_order,
            symbol=symbol,
            side=side,
            positionSide="LONG",
            quantity=plain(quantity),
            newClientOrderId=client_order_id,
            **others,
        )

    def place_stop(
        self, symbol: str, trigger_price: Decimal, quantity: Decimal, client_order_id: str, **others: str
    ) -> RawAnswer:
        """Place a stop that can only close: without a position it does nothing, even if it fired."""
        return self._raw(
            self._library.futures_create_algo_order,
            algoType="CONDITIONAL",
            symbol=symbol,
            side="SELL",
            positionSide="LONG",
            type="STOP_MARKET",
            triggerPrice=plain(trigger_price),
            quantity=plain(quantity),
            workingType="MARK_PRICE",
            clientAlgoId=client_order_id,
            **others,
        )

    def cancel_limit(self, symbol: str, client_order_id: str) -> RawAnswer:
        """Cancel an ordinary order."""
        return self._raw(self._library.futures_cancel_order, symbol=symbol, origClientOrderId=client_order_id)

    def cancel_stop(self, client_order_id: str) -> RawAnswer:
        """Cancel a conditional order."""
        return self._raw(self._library.futures_cancel_algo_order, clientAlgoId=client_order_id)

    def read_order(self, symbol: str, *, client_order_id: str = "", order_id: int = 0) -> RawAnswer:
        """Read one ordinary order."""
        which = {"orderId": order_id} if order_id else {"origClientOrderId": client_order_id}
        return self._raw(self._library.futures_get_order, symbol=symbol, **which)

    def read_absent_order(self, symbol: str, *, signed_as_sent: bool) -> RawAnswer:
        """Ask for an order that is not there by a name with spaces, which are sent encoded.

        signed_as_sent: the signature is over the request as it is sent, not over its plain text.
        """
        name = _ABSENT.replace(" ", "%20") if signed_as_sent else _ABSENT  # the library signs what it is given
        return self.read_order(symbol, client_order_id=name)

    def cancel_all_after(self, symbol: str, milliseconds: int) -> RawAnswer:
        """Let the orders of a pair be cancelled when a time has run out; 0 ends the countdown."""
        return self._raw(self._library.futures_countdown_cancel_all, symbol=symbol, countdownTime=milliseconds)

    def read_stop(self, client_order_id: str) -> RawAnswer:
        """Read one conditional order."""
        return self._raw(self._library.futures_get_algo_order, clientAlgoId=client_order_id)

    def read_open_orders(self, symbol: str) -> RawAnswer:
        """Read the ordinary orders that wait in a pair."""
        return self._raw(self._library.futures_get_open_orders, symbol=symbol)

    def read_open_stops(self, symbol: str) -> RawAnswer:
        """Read the conditional orders that wait in a pair."""
        return self._raw(self._library.futures_get_open_algo_orders, symbol=symbol)

    def read_orders_since(self, symbol: str, since_ms: int) -> RawAnswer:
        """Read the newest ordinary orders of a pair."""
        return self._raw(self._library.futures_get_all_orders, symbol=symbol, startTime=since_ms, limit=100)

    def read_positions(self, symbol: str) -> RawAnswer:
        """Read the sides of a pair as the exchange lists them."""
        return self._raw(self._library.futures_position_information, symbol=symbol)

    def read_income_page(self, page: int) -> RawAnswer:
        """Read one row of income, asking for a page."""
        return self._raw(self._library.futures_income_history, limit=1, page=page)

    def read_fees(self, symbol: str) -> RawAnswer:
        """Read the fees of a pair."""
        return self._raw(self._library.futures_commission_rate, symbol=symbol)

    def _raw(self, call: Callable[..., Json], **parameters: Json) -> RawAnswer:
        body, failure = self._try(call, parameters)
        return RawAnswer(body, failure)
