"""User-data events: what is sent and in whose words.

Source: Binance USDⓈ-M Futures documentation, "User Data Streams".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from simulator.interfaces import Json, SymbolSpec
from simulator.trading.accounts import AccountState
from simulator.trading.amounts import ZERO, exact, exact_or_zero, fixed, fixed_or_zero, plain
from simulator.trading.commissions import BNB, USDT_FREE, Commission
from simulator.trading.core import Core
from simulator.trading.margins import AccountMargin, slot_of
from simulator.trading.order_answers import average_price, reduces_only
from simulator.trading.records import AlgoOrder, AlgoStatus, AlgoType, MarginType, Order, Position


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill as events tell it; realized in USDT."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    commission: Commission
    realized: Decimal
    maker: bool


def margin_word(margin_type: MarginType) -> str:
    """Spell a margin type as ACCOUNT_UPDATE and positionRisk v2 do."""
    return "isolated" if margin_type is MarginType.ISOLATED else "cross"


def send_order(
    core: Core,
    account: AccountState,
    order: Order,
    execution_type: str,
    *,
    execution: Execution | None = None,
    expiry_reason: str = "0",
    modify_id: int | None = None,
) -> None:
    """Send ORDER_TRADE_UPDATE for one change of an order; modify_id is what its owner named an amendment."""
    body = _order_head(core.symbols[order.symbol], order, execution_type, execution)
    bids, asks = _resting_notional(core, account, order)
    body |= {
        "T": order.updated_ms,
        "t": execution.trade_id if execution else 0,
        "b": plain(bids),
        "a": plain(asks),
        "m": execution.maker if execution else False,
        "R": reduces_only(core.switches, order),
        "wt": "CONTRACT_PRICE",
        "ot": order.original_type,
        "ps": str(order.position_side),
        "cp": order.close_position,
        "rp": fixed_or_zero(execution.realized) if execution else "0",
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": order.self_trade_prevention,
        "pm": order.price_match,
        "gtd": order.good_till_ms,
        "er": expiry_reason,
    }
    if modify_id is not None:
        body["M"] = str(modify_id)
    core.send(account, "ORDER_TRADE_UPDATE", order.updated_ms, o=body)


def _order_head(spec: SymbolSpec, order: Order, execution_type: str, execution: Execution | None) -> Json:
    head: Json = {
        "s": order.symbol,
        "c": order.client_order_id,
        "S": str(order.side),
        "o": str(order.type),
        "f": str(order.time_in_force),
        "q": exact(order.quantity, spec.quantity_precision),
        "p": exact_or_zero(order.price, spec.price_precision),
        "ap": average_price(spec, order) if order.executed else "0",
        "sp": "0",
        "x": execution_type,
        "X": str(order.status),
        "i": order.order_id,
        "l": exact(execution.quantity, spec.quantity_precision) if execution else "0",
        "z": exact_or_zero(order.executed, spec.quantity_precision),
        "L": plain(execution.price) if execution else "0",
    }
    fee = execution.commission if execution else USDT_FREE
    return head | {"n": fixed_or_zero(fee.amount), "N": fee.asset}


def _resting_notional(core: Core, account: AccountState, order: Order) -> tuple[Decimal, Decimal]:
    if not account.orders.open.get(order.symbol):
        return ZERO, ZERO
    slot = slot_of(account, core, order.symbol, order.position_side)
    return slot.bid_notional, slot.ask_notional


def send_trade_lite(core: Core, account: AccountState, order: Order, execution: Execution) -> None:
    """Send TRADE_LITE, the short form that precedes a fill's ORDER_TRADE_UPDATE."""
    spec = core.symbols[order.symbol]
    core.send(
        account,
        "TRADE_LITE",
        order.updated_ms,
        s=order.symbol,
        q=exact(order.quantity, spec.quantity_precision),
        p=exact(order.price, spec.price_precision),
        m=execution.maker,
        c=order.client_order_id,
        S=str(order.side),
        L=exact(execution.price, spec.price_precision),
        l=exact(execution.quantity, spec.quantity_precision),
        t=execution.trade_id,
        i=order.order_id,
    )


def send_account(
    core: Core,
    account: AccountState,
    reason: str,
    time_ms: int,
    *,
    positions: Iterable[Position] = (),
    balance_change: Decimal = ZERO,
    symbol: str | None = None,
    paid_in_bnb: bool = False,
    bnb_change: Decimal = ZERO,
) -> None:
    """Send ACCOUNT_UPDATE; balance_change is what changed other than profit and commission.

    The BNB balance goes along when a commission was paid from it, or when BNB came or went.

    Funding of a cross position comes without any P.
    """
    balances: list[Json] = [
        {
            "a": "USDT",
            "wb": fixed(account.wallet),
            "cw": fixed(account.settings.cross_wallet),
            "bc": fixed_or_zero(balance_change),
        }
    ]
    if paid_in_bnb or bnb_change:
        bnb = fixed(account.settings.bnb)
        balances.append({"a": BNB, "wb": bnb, "cw": bnb, "bc": fixed_or_zero(bnb_change)})
    body: Json = {"m": reason, "B": balances}
    changed = [_position(core, account, position) for position in positions]
    if changed or reason != "FUNDING_FEE":
        body["P"] = changed
    if symbol is not None:
        body["S"] = symbol
    core.send(account, "ACCOUNT_UPDATE", time_ms, a=body)


def _position(core: Core, account: AccountState, position: Position) -> Json:
    spec = core.symbols[position.symbol]
    mark = core.market.mark(position.symbol)
    return {
        "s": position.symbol,
        "pa": exact_or_zero(position.amount, spec.quantity_precision),
        "ep": plain(position.entry),
        "bep": plain(position.break_even),
        "cr": plain(position.realized),
        "up": fixed_or_zero((mark - position.entry) * position.amount),
        "mt": margin_word(account.symbol_settings(spec).margin_type),
        "iw": plain(position.isolated_wallet),
        "ps": str(position.side),
        "ma": "USDT",
    }


def send_algo(core: Core, account: AccountState, algo: AlgoOrder) -> None:
    """Send ALGO_UPDATE with the conditional order's present state."""
    spec = core.symbols[algo.symbol]
    body: Json = {
        "caid": algo.client_algo_id,
        "aid": algo.algo_id,
        "at": "CONDITIONAL",
        "o": str(algo.type),
        "s": algo.symbol,
        "S": str(algo.side),
        "ps": str(algo.position_side),
        "f": algo.time_in_force,
        "q": exact_or_zero(algo.quantity, spec.quantity_precision),
        "X": str(algo.status),
        "ai": "" if algo.child_order_id is None else str(algo.child_order_id),
    }
    if algo.child_order_id is not None:
        body |= {
            "ap": average_price(spec, algo) if algo.executed else "0",
            "aq": exact_or_zero(algo.executed, spec.quantity_precision),
            "act": algo.child_type,
        }
    body |= {
        "tp": exact_or_zero(algo.trigger_price, spec.price_precision),
        "p": exact_or_zero(algo.price, spec.price_precision),
        "V": algo.self_trade_prevention,
        "wt": str(algo.working_type),
        "pm": algo.price_match,
        "cp": algo.close_position,
        "pP": algo.price_protect,
        "R": algo.reduce_only,
        "tt": algo.triggered_ms,
        "gtd": algo.good_till_ms,
    }
    if algo.status is AlgoStatus.REJECTED:
        body["rm"] = algo.reject_reason
    if algo.type is AlgoType.TRAILING_STOP_MARKET:
        body["cr"] = plain(algo.callback_rate or ZERO)
    body["ia"] = algo.activated
    core.send(account, "ALGO_UPDATE", algo.updated_ms, o=body)


def send_margin_call(core: Core, account: AccountState, margin: AccountMargin, time_ms: int, *, cross: bool) -> None:
    """Send MARGIN_CALL for the measured positions; the cross wallet goes along only for cross positions."""
    rows = [
        {
            "s": slot.position.symbol,
            "ps": str(slot.position.side),
            "pa": exact(slot.position.amount, core.symbols[slot.position.symbol].quantity_precision),
            "mt": str(slot.settings.margin_type),
            "iw": plain(slot.position.isolated_wallet),
            "mp": plain(slot.mark),
            "up": plain(slot.unrealized),
            "mm": plain(slot.maintenance),
        }
        for slot in margin.slots.values()
        if slot.position.amount
    ]
    body: Json = {"cw": plain(account.settings.cross_wallet)} if cross else {}
    core.send(account, "MARGIN_CALL", time_ms, **body, p=rows)
