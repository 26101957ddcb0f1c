"""What one fill does: to the order, the position, the wallet, the history, and to orders that lose their purpose."""

from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal

from simulator.interfaces import Json
from simulator.trading.accounts import AccountState
from simulator.trading.algo_states import expire_closers, finish_child
from simulator.trading.amounts import ZERO, exact, fixed_or_zero, rounded, truncated
from simulator.trading.commissions import BNB, USDT_FREE, Commission, commission_of
from simulator.trading.core import Core
from simulator.trading.events import Execution, send_account, send_order, send_trade_lite
from simulator.trading.records import Order, OrderStatus, Position, PositionSide, Side


@dataclass(frozen=True, slots=True)
class PositionChange:
    """A position after a trade: how much was closed and opened, and the profit realised by closing, USDT."""

    position: Position
    closed: Decimal
    opened: Decimal
    realized: Decimal


def traded(position: Position, signed_quantity: Decimal, price: Decimal) -> PositionChange:
    """Return a position after buying (positive) or selling (negative) at a price.

    The entry price is volume-weighted on increases and stays on reductions; crossing zero closes all and opens the
    rest at the new price. Realised profit is exact to eight decimals.
    """
    against = position.amount * signed_quantity < 0
    closed = min(abs(position.amount), abs(signed_quantity)) if against else ZERO
    opened = abs(signed_quantity) - closed
    direction = 1 if position.amount > 0 else -1
    realized = rounded((price - position.entry) * closed * direction)
    amount = position.amount + signed_quantity
    if not amount:
        entry = ZERO
    elif not opened:
        entry = position.entry
    elif closed:
        entry = price
    else:
        entry = (abs(position.amount) * position.entry + opened * price) / abs(amount)
    after = replace(position, amount=amount, entry=entry, realized=position.realized + realized)
    return PositionChange(after, closed, opened, realized)


def fill(
    core: Core,
    account: AccountState,
    order: Order,
    price: Decimal,
    quantity: Decimal,
    *,
    maker: bool,
    time_ms: int,
) -> Order:
    """Execute one match of an order and send its events: TRADE_LITE, ACCOUNT_UPDATE, ORDER_TRADE_UPDATE."""
    commission = commission_of(core, account, price, quantity, maker=maker)
    order, position, execution = _book(
        core, account, order, price, quantity, commission=commission, maker=maker, time_ms=time_ms
    )
    send_trade_lite(core, account, order, execution)
    in_bnb = commission.asset == BNB
    send_account(core, account, "ORDER", time_ms, positions=[position], paid_in_bnb=in_bnb)
    send_order(core, account, order, "TRADE", execution=execution)
    _after_fill(core, account, order, time_ms)
    return order


def fill_forced(
    core: Core, account: AccountState, order: Order, price: Decimal, quantity: Decimal, *, time_ms: int
) -> Order:
    """Execute a liquidation order: no commission, and events in the order CALCULATED, ACCOUNT_UPDATE."""
    order, position, execution = _book(
        core, account, order, price, quantity, commission=USDT_FREE, maker=False, time_ms=time_ms
    )
    send_order(core, account, order, "CALCULATED", execution=execution)
    send_account(core, account, "ORDER", time_ms, positions=[position])
    _after_fill(core, account, order, time_ms)
    return order


def _book(
    core: Core,
    account: AccountState,
    order: Order,
    price: Decimal,
    quantity: Decimal,
    *,
    commission: Commission,
    maker: bool,
    time_ms: int,
) -> tuple[Order, Position, Execution]:
    buyer_is_maker = (order.side is Side.BUY) == maker
    trade_id = core.market.record_trade(order.symbol, price, quantity, buyer_is_maker, time_ms)
    signed = quantity if order.side is Side.BUY else -quantity
    before = account.position(order.symbol, order.position_side)
    change = traded(before, signed, price)
    position = _settle_position(core, account, before, change, commission=commission, price=price, time_ms=time_ms)
    executed = order.executed + quantity
    order = account.put_order(
        replace(
            order,
            executed=executed,
            quote=order.quote + price * quantity,
            status=OrderStatus.FILLED if executed == order.quantity else OrderStatus.PARTIALLY_FILLED,
            updated_ms=time_ms,
        )
    )
    execution = Execution(trade_id, price, quantity, commission, change.realized, maker)
    account.history.add_trade(_trade_row(core, order, execution, time_ms))
    _settle_wallet(core, account, order, execution, time_ms)
    return order, position, execution


def _settle_position(
    core: Core,
    account: AccountState,
    before: Position,
    change: PositionChange,
    *,
    commission: Commission,
    price: Decimal,
    time_ms: int,
) -> Position:
    # What the closed part had cost in fees leaves with it; what the opened part costs joins.
    kept_share = 1 - change.closed / abs(before.amount) if before.amount else Decimal(1)
    opened_share = change.opened / (change.opened + change.closed)
    entry_fees = before.entry_fees * kept_share + commission.value * opened_share
    position = replace(change.position, entry_fees=entry_fees if change.position.amount else ZERO, updated_ms=time_ms)
    settings = account.symbol_settings(core.symbols[before.symbol])
    if settings.is_isolated:
        released = before.isolated_wallet - truncated(before.isolated_wallet * kept_share)
        committed = (change.opened * price / settings.leverage).quantize(Decimal("1E-8"), rounding=ROUND_UP)
        position = replace(position, isolated_wallet=before.isolated_wallet - released + committed)
        account.add_to_cross_wallet(released - committed, time_ms)
    return account.put_position(position)


def _settle_wallet(core: Core, account: AccountState, order: Order, execution: Execution, time_ms: int) -> None:
    fee = execution.commission
    if fee.asset == BNB:
        account.add_to_bnb(-fee.amount)
        account.add_to_cross_wallet(execution.realized, time_ms)
    else:
        account.add_to_cross_wallet(execution.realized - fee.amount, time_ms)
    tran_id = core.counters.take("tran")
    rows = (("COMMISSION", -fee.amount, fee.asset), ("REALIZED_PNL", execution.realized, "USDT"))
    for income_type, amount, asset in rows:
        if amount:
            core.book_income(
                account,
                income_type,
                amount,
                time_ms=time_ms,
                symbol=order.symbol,
                remark=str(execution.trade_id),
                trade_id=str(execution.trade_id),
                tran_id=tran_id,
                asset=asset,
            )


def _trade_row(core: Core, order: Order, execution: Execution, time_ms: int) -> Json:
    spec = core.symbols[order.symbol]
    quote = execution.price * execution.quantity
    return {
        "buyer": order.side is Side.BUY,
        "commission": fixed_or_zero(execution.commission.amount),
        "commissionAsset": execution.commission.asset,
        "id": execution.trade_id,
        "maker": execution.maker,
        "orderId": order.order_id,
        "price": exact(execution.price, spec.price_precision),
        "qty": exact(execution.quantity, spec.quantity_precision),
        "quoteQty": exact(quote, spec.price_precision + spec.quantity_precision),
        "baseQty": "0",
        "marginAsset": "USDT",
        "realizedPnl": fixed_or_zero(execution.realized),
        "side": str(order.side),
        "positionSide": str(order.position_side),
        "symbol": order.symbol,
        "pair": order.symbol,
        "time": time_ms,
    }


def expire(core: Core, account: AccountState, order: Order, reason: str, time_ms: int) -> Order:
    """End an open order by the exchange's own hand; reason is the event's expiry reason ("2" IOC remainder, …)."""
    order = account.put_order(replace(order, status=OrderStatus.EXPIRED, updated_ms=time_ms))
    send_order(core, account, order, "EXPIRED", expiry_reason=reason)
    finish_child(core, account, order, time_ms)
    return order


def _after_fill(core: Core, account: AccountState, order: Order, time_ms: int) -> None:
    finish_child(core, account, order, time_ms)
    position = account.position(order.symbol, order.position_side)
    expire_closers(core, account, position, time_ms)
    _knock_out(core, account, position, order, time_ms)


def _knock_out(core: Core, account: AccountState, position: Position, executing: Order, time_ms: int) -> None:
    """Expire resting closing orders beyond what the executing one leaves of the position, newest first."""
    closing = [
        order
        for order in account.open_orders(position.symbol)
        if order.position_side is position.side and order.is_closing and order.order_id != executing.order_id
    ]
    room = abs(position.amount) - (executing.fillable if executing.is_open and executing.is_closing else ZERO)
    for order in closing:
        if _reduces(order, position) and order.remaining <= room:
            room -= order.remaining
        else:
            expire(core, account, order, "4", time_ms)


def _reduces(order: Order, position: Position) -> bool:
    return position.amount > 0 if order.side is Side.SELL else position.amount < 0


def pending_close(account: AccountState, symbol: str, position_side: PositionSide, side: Side) -> Decimal:
    """Return what resting orders are already about to close of a position."""
    return sum(
        (
            order.remaining
            for order in account.open_orders(symbol)
            if order.position_side is position_side and order.side is side and order.is_closing
        ),
        ZERO,
    )
