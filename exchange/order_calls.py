"""Placing, cancelling and reading orders."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from domain.exchange import ConditionalOrder, ExchangeOrder
from domain.rejections import Rejection
from domain.terms import OrderIntent, Purpose
from exchange.calls import ROWS_PER_PAGE, ExchangeConnection
from exchange.clock import to_milliseconds
from exchange.error_codes import DUPLICATE_ID_CODE, rejection_of
from exchange.errors import (
    Failure,
    OutcomeUnknown,
    Rejected,
    TradingError,
    UnexpectedAnswer,
    cancel_error,
    order_error,
)
from exchange.rows import Rows
from exchange.wire import Json, parse_conditional, parse_order, rows, text

AnyOrder = TypeVar("AnyOrder", ExchangeOrder, ConditionalOrder)

ABOUT_ANOTHER = "the answer is about another order"
CONDITIONAL_TYPES = {
    Purpose.STOP: "STOP_MARKET",
    Purpose.INTERIM: "STOP_MARKET",
    Purpose.TARGET: "TAKE_PROFIT_MARKET",
}


def plain(number: Decimal) -> str:
    """Return a number as the exchange reads it: no exponent, no rounding."""
    return format(number, "f")


class Orders:
    """Orders: market orders at once, stops and targets through the exchange's conditional order service."""

    def __init__(self, connection: ExchangeConnection) -> None:
        self._connection = connection
        self._library = connection.library
        self._ask = connection.ask

    def place_market_order(self, intent: OrderIntent, request_timestamp: datetime) -> ExchangeOrder:
        """Place an entry or a close, carrying exactly the committed moment (cut to milliseconds).

        Returns:
            The order as the exchange answers it; its executed quantity counts, not its status alone.

        Raises:
            OutcomeUnknown: look the order up by its id; never send it again.
            NotExecuted: not executed, for a passing reason.
            Rejected: a clear no; KeysRejected when it is for the keys.

        Source: Binance USDⓈ-M Futures documentation, "New Order".
        """
        if intent.quantity is None:
            raise ValueError("a market order needs a quantity")
        return self._connection.send(
            self._library.futures_market_order,
            lambda answer: _about(intent, parse_order(answer)),
            _market_error,
            intent.client_order_id,
            symbol=intent.symbol,
            side=intent.order_side.value,
            positionSide=intent.side.value,
            quantity=plain(intent.quantity),
            newClientOrderId=intent.client_order_id,
            newOrderRespType="RESULT",
            timestamp=to_milliseconds(request_timestamp),
        )

    def place_conditional_order(self, intent: OrderIntent, request_timestamp: datetime) -> ConditionalOrder:
        """Place a stop, a bridge or a target that triggers by the mark price.

        Closes the whole position (close_position) or a quantity of it. Errors as place_market_order; the refusals
        that need an answer of their own carry their code (-2021, -4116, -4130, -4509).

        Source: Binance USDⓈ-M Futures documentation, "New Algo Order".
        """
        if intent.trigger_price is None or (intent.quantity is None) != intent.close_position:
            raise ValueError("a conditional order needs a trigger price and either a quantity or close_position")
        size = {"closePosition": "true"} if intent.quantity is None else {"quantity": plain(intent.quantity)}
        return self._connection.send(
            self._library.futures_create_algo_order,
            lambda answer: _about(intent, parse_conditional(answer)),
            self._conditional_error,
            intent.client_order_id,
            algoType="CONDITIONAL",
            symbol=intent.symbol,
            side=intent.order_side.value,
            positionSide=intent.side.value,
            type=CONDITIONAL_TYPES[intent.purpose],
            triggerPrice=plain(intent.trigger_price),
            workingType="MARK_PRICE",
            clientAlgoId=intent.client_order_id,
            timestamp=to_milliseconds(request_timestamp),
            **size,
        )

    def expect_duplicate_id_code(self, code: int | None) -> None:
        """Take this code too as the refusal of a conditional order whose number is in use; None = only the usual."""
        self._connection.duplicate_id_code = code

    def _conditional_error(self, failure: Failure, client_order_id: str) -> TradingError:
        if failure.code is not None and failure.code == self._connection.duplicate_id_code:
            return Rejected(DUPLICATE_ID_CODE, failure.text)
        return order_error(failure, client_order_id)

    def cancel_conditional_order(self, client_order_id: str) -> None:
        """Cancel a stop or target that has not triggered.

        Raises:
            OrderNotFound: it is final, or never existed, or cannot be seen yet.
            StopTriggering: it is being triggered at this moment.
            OutcomeUnknown, NotExecuted, Rejected: as place_market_order.
        """
        self._connection.send(
            self._library.futures_cancel_algo_order,
            lambda answer: _named(client_order_id, text(answer, "clientAlgoId")),
            cancel_error,
            client_order_id,
            clientAlgoId=client_order_id,
        )

    def fetch_order(
        self, symbol: str, *, client_order_id: str | None = None, exchange_order_id: int | None = None
    ) -> ExchangeOrder:
        """Fetch an ordinary order by exactly one of its ids.

        Raises:
            OrderNotFound: not found now, which is no proof that it does not exist.
            ExchangeUnreachable, UnexpectedAnswer: nothing is known.
        """
        if (client_order_id is None) == (exchange_order_id is None):
            raise ValueError("give one id")
        by: dict[str, str | int | None] = (
            {"orderId": exchange_order_id} if client_order_id is None else {"origClientOrderId": client_order_id}
        )
        found = parse_order(self._ask(self._library.futures_get_order, symbol=symbol, **by))
        asked = (client_order_id or found.client_order_id, exchange_order_id or found.exchange_order_id, symbol)
        if asked != (found.client_order_id, found.exchange_order_id, found.symbol):
            raise UnexpectedAnswer(ABOUT_ANOTHER)
        return found

    def fetch_conditional_order(self, client_order_id: str) -> ConditionalOrder:
        """Fetch a stop or target by its id; errors as fetch_order."""
        found = parse_conditional(self._ask(self._library.futures_get_algo_order, clientAlgoId=client_order_id))
        if found.client_order_id != client_order_id:
            raise UnexpectedAnswer(ABOUT_ANOTHER)
        return found

    def fetch_open_conditional_orders(self, symbol: str | None = None) -> Rows[ConditionalOrder]:
        """Fetch the conditional orders that have not triggered, of all symbols or one; unread rows are set aside."""
        answer = self._ask(self._library.futures_get_open_algo_orders, **_of(symbol))
        return self._connection.read_rows("open stops and targets", answer, parse_conditional, symbol)

    def fetch_orders_since(self, symbol: str, since: datetime) -> Rows[ExchangeOrder]:
        """Fetch every ordinary order of a symbol created at or after a moment, oldest first; unread ones set aside."""
        found = self._orders_between(self._library.futures_get_all_orders, symbol, since)
        return self._connection.read_rows("orders", found, parse_order, symbol)

    def fetch_conditional_orders_since(self, symbol: str, since: datetime) -> Rows[ConditionalOrder]:
        """Fetch every conditional order of a symbol created at or after a moment, as fetch_orders_since."""
        found = self._orders_between(self._library.futures_get_all_algo_orders, symbol, since)
        return self._connection.read_rows("stops and targets", found, parse_conditional, symbol)

    def _orders_between(self, call: Callable[..., Json], symbol: str, since: datetime) -> list[Json]:
        def fetch(start: int, end: int) -> list[Json]:
            return rows(self._ask(call, symbol=symbol, startTime=start, endTime=end, limit=ROWS_PER_PAGE))

        return [
            row
            for start, end in self._connection.windows(since, None)
            for row in self._connection.read_in_halves(fetch, start, end)
        ]


def _named(client_order_id: str, answered: str) -> None:
    if answered != client_order_id:
        raise UnexpectedAnswer(ABOUT_ANOTHER)


def _of(symbol: str | None) -> dict[str, str]:
    return {} if symbol is None else {"symbol": symbol}


def _about(intent: OrderIntent, answered: AnyOrder) -> AnyOrder:
    """Pass an answer on if it is about the order that was sent and tells its state; another one proves nothing."""
    if (answered.client_order_id, answered.symbol) != (intent.client_order_id, intent.symbol):
        raise UnexpectedAnswer(ABOUT_ANOTHER)
    if answered.status.value == "UNKNOWN":
        raise UnexpectedAnswer("the answer names a state that is not known here")
    return answered


def _market_error(failure: Failure, client_order_id: str) -> TradingError:
    """As order_error, but a duplicate id proves an earlier send: the order may have been executed."""
    if rejection_of(failure.code) is Rejection.DUPLICATE_ID:
        return OutcomeUnknown(client_order_id, failure.text)
    return order_error(failure, client_order_id)
