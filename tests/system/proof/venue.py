"""A small exchange in memory that tells the truth to the proof and may mislead the bot: late, lost, forgotten, old.

One symbol, one side. It answers in the words of the exchange client, so that everything behind that client is the
bot's real code. What it was made to do wrong is noted in `wrongs` at the moment it happens.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NoReturn, TypeVar

from domain.client_ids import parse_client_order_id
from domain.exchange import (
    Balance,
    BookTicker,
    CommissionRates,
    ConditionalOrder,
    ConditionalStatus,
    ExchangeOrder,
    ExchangePosition,
    ExchangeStatus,
    IncomeEntry,
    RequestUsage,
    SymbolSettings,
    UnreadRow,
)
from domain.terms import Fill, LeverageBracket, OrderIntent, OrderSide, Purpose, Side, SymbolRules
from exchange.errors import ExchangeUnreachable, NotExecuted, OrderNotFound, OutcomeUnknown, Rejected
from exchange.rows import Rows
from exchange.user_events import UserEvent

D = Decimal
Answer = TypeVar("Answer")
SYMBOL = "BTCUSDT"
RECV_WINDOW = timedelta(seconds=5)
BARE_AT_MOST = timedelta(seconds=11)  # five to notice, five to protect or close, and the requests in between
REQUEST_TAKES = timedelta(milliseconds=5)
NOTHING = D(0)
FIRST_PRICE = D("60000")
FEE = D("0.0005")
BALANCE = Balance("model", D("10000"), D("9000"), D(0), D("10000"))
RULES = SymbolRules(
    symbol=SYMBOL,
    base_asset="BTC",
    tick_size=D("0.1"),
    min_price=D("100"),
    max_price=D("1000000"),
    step_size=D("0.001"),
    min_quantity=D("0.001"),
    max_quantity=D("100"),
    min_notional=D("50"),
    multiplier_up=D("1.1"),
    multiplier_down=D("0.9"),
    market_take_bound=D("0.1"),
    trading=True,
)


class Fate(StrEnum):
    """What becomes of the next request of a kind."""

    FINE = "fine"
    ANSWER_LOST = "answer lost"
    NEVER_ARRIVES = "never arrives"
    ARRIVES_LATE = "arrives late"  # the answer is lost; executed three seconds later if the timestamp still allows
    NOT_EXECUTED = "not executed"  # throttled, and says so
    PARTLY = "partly"  # a market order fills to a third, the rest expires
    PAUSED = "paused"  # the sender sleeps too long after its commit
    DIES_BEFORE = "dies before"  # the bot's process ends before the request leaves
    DIES_AFTER = "dies after"  # … or before it reads the answer


class Witness(StrEnum):
    """What may be asked whether an order arrived."""

    ORDER = "order"
    HISTORY = "history"
    POSITION = "position"
    TRADES = "trades"


class Died(BaseException):
    """The bot's process ends here."""


@dataclass(slots=True)
class MarketOrder:
    """An ordinary order, final as soon as it is there; an external trader's has an id that is not of our form."""

    number: int
    client_id: str
    opening: bool
    quantity: Decimal
    executed: Decimal
    at: datetime


@dataclass(slots=True)
class Resting:
    """A conditional order."""

    intent: OrderIntent
    number: int
    created_at: datetime
    status: ConditionalStatus = ConditionalStatus.NEW
    child: MarketOrder | None = None
    triggered_at: datetime | None = None


@dataclass
class Venue:
    """State of the exchange; times are its own, moved by hand."""

    now: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)
    price: Decimal = FIRST_PRICE
    average: Decimal = NOTHING
    external: Decimal = NOTHING  # what external traders hold on the position
    owned: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by position
    orders: dict[str, MarketOrder] = field(default_factory=dict)
    conditional: dict[str, Resting] = field(default_factory=dict)
    trades: list[Fill] = field(default_factory=list)
    fates: dict[str, list[Fate]] = field(default_factory=lambda: defaultdict(list))
    lies_until: dict[Witness, datetime] = field(default_factory=dict)
    shown: Decimal = NOTHING  # the quantity that a lying position read shows
    dark_until: datetime | None = None  # nothing is answered before
    trades_dark_until: datetime | None = None
    events: bool = True
    on_event: Callable[[UserEvent], None] = lambda event: None
    wrongs: list[str] = field(default_factory=list)
    bare_for: timedelta = timedelta(0)
    numbers: int = 1000
    late: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)

    # The truth.

    @property
    def held(self) -> Decimal:
        """The quantity on the position."""
        return self.external + sum(self.owned.values(), D(0))

    @property
    def ours(self) -> Decimal:
        """What our positions hold of it."""
        return sum(self.owned.values(), D(0))

    def stop_rests(self) -> bool:
        """Whether a stop rests that covers what is ours."""
        stops = [r for r in self.conditional.values() if r.status is ConditionalStatus.NEW and _is_stop(r)]
        covered = sum((r.intent.quantity or D(0) for r in stops), D(0))
        return any(r.intent.close_position for r in stops) or covered >= self.ours

    def pass_until(self, moment: datetime) -> None:
        """Let time pass; what arrives late arrives."""
        for due, arrive in sorted(self.late, key=lambda item: item[0]):
            if due <= moment:
                self.now = max(self.now, due)
                arrive()
        self.late = [item for item in self.late if item[0] > moment]
        self._count_bare(moment - self.now)
        self.now = max(self.now, moment)

    def _count_bare(self, span: timedelta) -> None:
        if self.ours <= 0 or self.stop_rests():
            self.bare_for = timedelta(0)
        elif self.fair:
            self.bare_for += span
        if self.bare_for > BARE_AT_MOST:
            self.wrongs.append(f"naked: for {self.bare_for.total_seconds()} s in fair weather")

    def next_arrival(self) -> datetime | None:
        """Return when the next late request arrives."""
        return min((due for due, _ in self.late), default=None)

    def lie(self, witnesses: frozenset[Witness], span: timedelta, shown: Decimal) -> None:
        """Let some witnesses mislead for a while: orders are not found, positions show another quantity.

        Never all of them: nobody could then tell an order that executed from one that never arrived.
        """
        assert witnesses < set(Witness)
        self.lies_until = dict.fromkeys(witnesses, self.now + span)
        self.shown = shown

    def heal(self) -> None:
        """Answer truthfully and at once from now on."""
        self.lies_until.clear()
        self.fates.clear()
        self.dark_until = self.trades_dark_until = None
        self.events = True

    @property
    def fair(self) -> bool:
        """Whether the bot can know and do all that it must."""
        return not self._dark(self.dark_until) and not any(self._lies(witness) for witness in Witness)

    def move_price(self, price: Decimal) -> None:
        """Move the price there and fire what it crosses."""
        self.price = price
        for resting in list(self.conditional.values()):
            if resting.status is ConditionalStatus.NEW and self._crossed(resting.intent):
                self._fire(resting)

    def trade_external(self, quantity: Decimal, *, opening: bool) -> None:
        """Let an external trader trade on the position; never more than it holds when it closes."""
        quantity = quantity if opening else min(quantity, self.held)
        if quantity > 0:
            order = MarketOrder(self._number(), f"web_{self._number()}", opening, quantity, quantity, self.now)
            self.orders[order.client_id] = order
            self._trade(order, quantity, position_id=None)

    def cancel_external(self) -> None:
        """Let an external trader cancel whatever stop rests first."""
        for resting in self.conditional.values():
            if resting.status is ConditionalStatus.NEW and _is_stop(resting):
                self._end(resting, ConditionalStatus.CANCELED)
                return

    def position_trades(self, position_id: int) -> list[Fill]:
        """Return the trades of a position's own orders, by order."""
        numbers = {order.number for order in self.orders.values() if _position_of(order.client_id) == position_id}
        return [trade for trade in self.trades if trade.exchange_order_id in numbers]

    # Matching.

    def _crossed(self, intent: OrderIntent) -> bool:
        assert intent.trigger_price is not None
        if intent.purpose is Purpose.TARGET:
            return self.price >= intent.trigger_price
        return self.price <= intent.trigger_price

    def _fire(self, resting: Resting) -> None:
        wanted = self.held if resting.intent.close_position else min(resting.intent.quantity or D(0), self.held)
        resting.triggered_at = self.now
        if wanted <= 0:
            self._end(resting, ConditionalStatus.EXPIRED)
            return
        resting.status = ConditionalStatus.FINISHED
        child = MarketOrder(self._number(), resting.intent.client_order_id, False, wanted, wanted, self.now)
        resting.child = self.orders[child.client_id] = child
        self._notify(child.client_id)
        self._trade(child, wanted, _position_of(child.client_id))

    def _trade(self, order: MarketOrder, quantity: Decimal, position_id: int | None) -> None:
        held = self.held
        realized = D(0)
        if order.opening:
            self.average = (self.average * held + self.price * quantity) / (held + quantity)
        else:
            realized = ((self.price - self.average) * quantity).quantize(D("0.00000001"))
        self._attribute(order, quantity, position_id)
        self.trades.append(
            Fill(
                symbol=SYMBOL,
                trade_id=self._number(),
                exchange_order_id=order.number,
                order_side=OrderSide.BUY if order.opening else OrderSide.SELL,
                position_side=Side.LONG,
                price=self.price,
                quantity=quantity,
                commission=(self.price * quantity * FEE).quantize(D("0.00000001")),
                commission_asset="USDT",
                realized_pnl=realized,
                maker=False,
                traded_at=self.now,
            )
        )
        self._notify(order.client_id)
        if self.held <= 0:
            for resting in self.conditional.values():  # closePosition orders end with the position
                if resting.status is ConditionalStatus.NEW and resting.intent.close_position:
                    self._end(resting, ConditionalStatus.EXPIRED)

    def _attribute(self, order: MarketOrder, quantity: Decimal, position_id: int | None) -> None:
        """Keep account of whose the quantity on the position is."""
        if order.opening and position_id is None:
            self.external += quantity
        elif order.opening and position_id is not None:
            if self.ours > 0:
                self.wrongs.append(f"entered twice: {order.client_id} executed while {dict(self.owned)} was held")
            self.owned[position_id] += quantity
        else:
            first = [position_id] if position_id is not None else [None]
            for owner in [*first, *(r for r in self.owned if r != position_id), None]:
                part = min(quantity, self.external if owner is None else self.owned[owner])
                quantity -= part
                if owner is None:
                    self.external -= part
                else:
                    self.owned[owner] -= part

    def _end(self, resting: Resting, status: ConditionalStatus) -> None:
        resting.status = status
        self._notify(resting.intent.client_order_id)

    def _notify(self, client_id: str) -> None:
        if self.events:
            self.on_event(UserEvent(SYMBOL, client_id))

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    # What the bot may ask, in the client's words.

    def place_market_order(self, intent: OrderIntent, request_timestamp: datetime) -> ExchangeOrder:
        fate = self._next_fate("market")
        return self._send(fate, intent.client_order_id, request_timestamp, lambda: self._place_market(intent, fate))

    def place_conditional_order(self, intent: OrderIntent, request_timestamp: datetime) -> ConditionalOrder:
        fate = self._next_fate("conditional")
        return self._send(fate, intent.client_order_id, request_timestamp, lambda: self._place_conditional(intent))

    def cancel_conditional_order(self, client_order_id: str) -> None:
        fate = self._next_fate("cancel")
        self._send(fate, client_order_id, self.now, lambda: self._cancel(client_order_id))

    def _next_fate(self, kind: str) -> Fate:
        return self.fates[kind].pop(0) if self.fates[kind] else Fate.FINE

    def _send(self, fate: Fate, name: str, request_timestamp: datetime, execute: Callable[[], Answer]) -> Answer:
        self._step()
        if fate is Fate.DIES_BEFORE:
            raise Died
        if fate is Fate.PAUSED:
            self.now += RECV_WINDOW + timedelta(seconds=1)
        if fate is Fate.NEVER_ARRIVES or self._dark(self.dark_until):
            raise OutcomeUnknown(name)
        if fate is Fate.NOT_EXECUTED:
            raise NotExecuted(-1008, "Server is currently overloaded")
        if fate is Fate.ARRIVES_LATE:
            due = self.now + timedelta(seconds=3)
            if due <= request_timestamp + RECV_WINDOW:
                self.late.append((due, lambda: _unheard(execute)))
            raise OutcomeUnknown(name)
        if self.now > request_timestamp + RECV_WINDOW:
            raise NotExecuted(-1021, "Timestamp for this request is outside of the recvWindow.")
        answer = execute()
        if fate is Fate.DIES_AFTER:
            raise Died
        if fate is Fate.ANSWER_LOST:
            raise OutcomeUnknown(name)
        return answer

    def _place_market(self, intent: OrderIntent, fate: Fate) -> ExchangeOrder:
        opening = intent.purpose is Purpose.ENTRY
        assert intent.quantity is not None
        if intent.client_order_id in self.orders:
            self.wrongs.append(f"sent twice: {intent.client_order_id}")
            raise OutcomeUnknown(intent.client_order_id)
        if not opening and intent.quantity > self.held:
            raise Rejected(-2022, "ReduceOnly Order is rejected.")
        executed = intent.quantity
        if fate is Fate.PARTLY:
            executed = max(RULES.step_size, (executed / 3).quantize(RULES.step_size))
        order = MarketOrder(self._number(), intent.client_order_id, opening, intent.quantity, executed, self.now)
        self.orders[order.client_id] = order
        self._trade(order, executed, _position_of(order.client_id))
        return _shown(order)

    def _place_conditional(self, intent: OrderIntent) -> ConditionalOrder:
        if intent.client_order_id in self.conditional:
            raise Rejected(-4116, "ClientOrderId is duplicated.")
        if self._crossed(intent):
            raise Rejected(-2021, "Order would immediately trigger.")
        if intent.close_position:
            if self.held <= 0:
                raise Rejected(-4509, "Time in Force (TIF) GTE can only be used with open positions.")
            same = [r for r in self.conditional.values() if _is_stop(r) == (intent.purpose is not Purpose.TARGET)]
            if any(r.status is ConditionalStatus.NEW and r.intent.close_position for r in same):
                raise Rejected(-4130, "An open stop or take profit order with GTE and closePosition is existing.")
        resting = Resting(intent, self._number(), self.now)
        self.conditional[intent.client_order_id] = resting
        self._notify(intent.client_order_id)
        return _listed(resting)

    def _cancel(self, client_order_id: str) -> None:
        resting = self.conditional.get(client_order_id)
        if resting is None or resting.status is not ConditionalStatus.NEW:
            raise OrderNotFound(-2011, "Unknown order sent.")
        self._end(resting, ConditionalStatus.CANCELED)
        if _is_stop(resting) and self.ours > 0 and not self.stop_rests():
            self.wrongs.append(f"naked: {client_order_id} was cancelled, {self.ours} is held and nothing else rests")

    def fetch_order(
        self, symbol: str, *, client_order_id: str | None = None, exchange_order_id: int | None = None
    ) -> ExchangeOrder:
        self._read()
        for order in self.orders.values():
            if order.client_id == client_order_id or order.number == exchange_order_id:
                if self._lies(Witness.ORDER):
                    break
                return _shown(order)
        raise OrderNotFound(-2013, "Order does not exist.")

    def fetch_conditional_order(self, client_order_id: str) -> ConditionalOrder:
        self._read()
        if client_order_id not in self.conditional or self._lies(Witness.ORDER):
            raise OrderNotFound(-2013, "Order does not exist.")
        return _listed(self.conditional[client_order_id])

    def fetch_orders_since(self, symbol: str, since: datetime) -> Rows[ExchangeOrder]:
        self._read()
        return Rows() if self._lies(Witness.HISTORY) else Rows(_shown(o) for o in self.orders.values() if o.at >= since)

    def fetch_conditional_orders_since(self, symbol: str, since: datetime) -> Rows[ConditionalOrder]:
        self._read()
        if self._lies(Witness.HISTORY):
            return Rows()
        return Rows(_listed(r) for r in self.conditional.values() if r.created_at >= since)

    def fetch_open_conditional_orders(self, symbol: str | None = None) -> Rows[ConditionalOrder]:
        self._read()
        return Rows(_listed(r) for r in self.conditional.values() if r.status is ConditionalStatus.NEW)

    def fetch_positions(self, symbol: str | None = None) -> Rows[ExchangePosition]:
        self._read()
        # What others held before is never hidden: nobody could tell it from the position's once both are traded.
        quantity = max(self.shown, self.external) if self._lies(Witness.POSITION) else self.held
        if quantity <= 0:
            return Rows()
        return Rows([ExchangePosition(SYMBOL, Side.LONG, quantity, self.average, self.price, None, D(0))])

    def fetch_trades(
        self,
        symbol: str,
        *,
        exchange_order_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Rows[Fill]:
        self._read()
        if self._dark(self.trades_dark_until):
            raise ExchangeUnreachable("no answer")
        if self._lies(Witness.TRADES):
            return Rows()
        if exchange_order_id is not None:
            return Rows(trade for trade in self.trades if trade.exchange_order_id == exchange_order_id)
        return Rows(trade for trade in self.trades if since is None or trade.traded_at >= since)

    def fetch_server_time(self) -> datetime:
        self._read()
        return self.now

    def unread_rows(self) -> tuple[UnreadRow, ...]:
        return ()

    def exchange_now(self) -> datetime:
        return self.now

    def fetch_balance(self) -> Balance:
        self._read()
        return BALANCE

    def fetch_symbol_settings(self, symbol: str) -> SymbolSettings:
        self._read()
        return SymbolSettings(SYMBOL, 10, cross_margin=True)

    def fetch_leverage_brackets(self, symbol: str) -> tuple[LeverageBracket, ...]:
        return (LeverageBracket(100, D(0), D("1000000"), D("0.004"), D(0)),)

    def fetch_commission_rates(self, symbol: str) -> CommissionRates:
        return CommissionRates(D("0.0002"), FEE)

    def fetch_book_ticker(self, symbol: str) -> BookTicker:
        self._read()
        return BookTicker(SYMBOL, self.price, self.price)

    def fetch_mark_price(self, symbol: str) -> Decimal:
        self._read()
        return self.price

    def fetch_income(self, since: datetime, until: datetime, symbol: str | None = None) -> Rows[IncomeEntry]:
        self._read()
        return Rows()

    def expect_duplicate_id_code(self, code: int | None) -> None:
        """Refuse a number in use as ever."""

    def usage(self) -> RequestUsage:
        return RequestUsage(0, 2400, 0, 300, 0, 1200, None)

    def _read(self) -> None:
        self._step()
        if self._dark(self.dark_until):
            self._unreachable()

    def _unreachable(self) -> NoReturn:
        raise ExchangeUnreachable("no answer")

    def _step(self) -> None:
        self.pass_until(self.now + REQUEST_TAKES)

    def _dark(self, until: datetime | None) -> bool:
        return until is not None and self.now < until

    def _lies(self, witness: Witness) -> bool:
        if witness is Witness.TRADES and self.ours <= 0 and self._lies(Witness.ORDER) and self._lies(Witness.HISTORY):
            return False  # the position has nothing to show: somebody must tell of what was opened and closed again
        return self._dark(self.lies_until.get(witness))


def _unheard(execute: Callable[[], object]) -> None:
    try:
        execute()
    except (Rejected, OrderNotFound):
        return


def _is_stop(resting: Resting) -> bool:
    return resting.intent.purpose is not Purpose.TARGET


def _position_of(client_id: str) -> int | None:
    name = parse_client_order_id(client_id)
    return None if name is None else name.position_id


def _shown(order: MarketOrder) -> ExchangeOrder:
    return ExchangeOrder(
        symbol=SYMBOL,
        exchange_order_id=order.number,
        client_order_id=order.client_id,
        order_side=OrderSide.BUY if order.opening else OrderSide.SELL,
        position_side=Side.LONG,
        order_type="MARKET",
        status=ExchangeStatus.FILLED if order.executed == order.quantity else ExchangeStatus.EXPIRED,
        quantity=order.quantity,
        executed_quantity=order.executed,
        updated_at=order.at,
    )


def _listed(resting: Resting) -> ConditionalOrder:
    intent = resting.intent
    assert intent.trigger_price is not None
    return ConditionalOrder(
        symbol=SYMBOL,
        algo_id=resting.number,
        client_order_id=intent.client_order_id,
        order_side=OrderSide.SELL,
        position_side=Side.LONG,
        order_type="TAKE_PROFIT_MARKET" if intent.purpose is Purpose.TARGET else "STOP_MARKET",
        status=resting.status,
        trigger_price=intent.trigger_price,
        quantity=intent.quantity or D(0),
        close_position=intent.close_position,
        child_order_id=resting.child.number if resting.child else None,
        created_at=resting.created_at,
        triggered_at=resting.triggered_at,
    )
