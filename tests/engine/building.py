"""Rows and reports to test the engine's parts with, on a real database."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from domain.exchange import ConditionalOrder, ConditionalStatus, ExchangeOrder, ExchangePosition, ExchangeStatus
from domain.terms import Fill, OrderSide, OrderState, Purpose, Side
from engine.reconciliation.lifecycle import Lifecycle
from engine.state.context import CycleContext
from engine.state.engine_state import EngineState
from engine.state.working_set import WorkingSet
from storage.tables import OrderRow, PositionRow
from tests.services.building import BTC_RULES, NOW, add_account, add_plan, add_position

D = Decimal
ENTRY_QUANTITY = D("0.03")
ENTRY_PRICE = D(100_000)
STOP_PRICE = D(99_700)
BATCH = 7


def add_order(
    session: Session, position: PositionRow, purpose: Purpose, state: OrderState, **changes: object
) -> OrderRow:
    """Insert an order of a trade; a market order of the whole quantity unless said otherwise."""
    attempt = int(str(changes.pop("attempt", 1)))
    values: dict[str, object] = {
        "account_id": position.account_id,
        "position_id": position.id,
        "client_order_id": f"t1-abcdef-{position.id}-{purpose.letter}-{attempt}",
        "purpose": purpose,
        "attempt": attempt,
        "symbol": position.symbol,
        "side": position.side,
        "quantity": ENTRY_QUANTITY,
        "state": state,
        "request_timestamp": NOW - timedelta(minutes=5),
        "created_at": NOW - timedelta(minutes=5),
    }
    row = OrderRow(**(values | changes))
    session.add(row)
    session.flush()
    return row


def fill_at(trade_id: int, price: str, quantity: str, *, opening: bool = True, exchange_order_id: int = 1) -> Fill:
    """Return a fill of BTCUSDT LONG at NOW, fee 0.05 %."""
    value = D(price) * D(quantity)
    return Fill(
        symbol="BTCUSDT",
        trade_id=trade_id,
        exchange_order_id=exchange_order_id,
        order_side=OrderSide.BUY if opening else OrderSide.SELL,
        position_side=Side.LONG,
        price=D(price),
        quantity=D(quantity),
        commission=value * D("0.0005"),
        commission_asset="USDT",
        realized_pnl=D(0) if opening else (D(price) - ENTRY_PRICE) * D(quantity),
        maker=False,
        traded_at=NOW,
    )


class OpenTrade:
    """A LONG of 0.03 BTC at 100 000 with its stop at rest, and the parts that work on it in one cycle."""

    def __init__(self, session: Session, **changes: object) -> None:
        self.session = session
        plan = add_plan(session, add_account(session))
        self.position = add_position(
            session, plan, entry_quantity=D(0), exit_quantity=D(0), stop_price=STOP_PRICE, **changes
        )
        self.entry = add_order(
            session, self.position, Purpose.ENTRY, OrderState.FILLED, executed_quantity=ENTRY_QUANTITY
        )
        self.stop = add_order(
            session, self.position, Purpose.STOP, OrderState.WORKING, quantity=None, trigger_price=STOP_PRICE
        )
        self.state = EngineState()
        self.state.exchange.rules = {"BTCUSDT": BTC_RULES}
        self.state.exchange.take_in(BATCH)
        self.begin_cycle()
        self.lifecycle.accounting.record_fills(self.position, self.entry, [fill_at(1, "100000", "0.03")])

    def begin_cycle(self) -> None:
        """Begin a cycle on what is in the database now."""
        self.session.flush()
        self.rows = WorkingSet.load(self.session, self.position.account_id, [self.position.id])
        self.context = CycleContext(self.rows, self.state, NOW)
        self.lifecycle = Lifecycle(self.context)

    def stop_filled(self) -> tuple[ConditionalOrder, ExchangeOrder, Fill]:
        """Return the stop as the exchange shows it once it has fired and filled, with its child and the fill."""
        child = ExchangeOrder(
            symbol="BTCUSDT",
            exchange_order_id=9,
            client_order_id="x",
            order_side=OrderSide.SELL,
            position_side=Side.LONG,
            order_type="MARKET",
            status=ExchangeStatus.FILLED,
            quantity=ENTRY_QUANTITY,
            executed_quantity=ENTRY_QUANTITY,
            updated_at=NOW,
        )
        conditional = ConditionalOrder(
            symbol="BTCUSDT",
            algo_id=5,
            client_order_id=self.stop.client_order_id,
            order_side=OrderSide.SELL,
            position_side=Side.LONG,
            order_type="STOP_MARKET",
            status=ConditionalStatus.FINISHED,
            trigger_price=STOP_PRICE,
            quantity=D(0),
            close_position=True,
            child_order_id=9,
            created_at=NOW,
            triggered_at=NOW,
        )
        return conditional, child, fill_at(2, str(STOP_PRICE), "0.03", opening=False, exchange_order_id=9)


def held(quantity: str, mark_price: str = "100000") -> ExchangePosition:
    """Return what the exchange shows of BTCUSDT LONG."""
    return ExchangePosition(
        symbol="BTCUSDT",
        side=Side.LONG,
        quantity=D(quantity),
        entry_price=ENTRY_PRICE,
        mark_price=D(mark_price),
        liquidation_price=None,
        unrealised_usdt=D(0),
    )
