"""Refusals that depend on the account: duplicates, closing more than there is, leverage caps and margin."""

from decimal import Decimal

from simulator.errors import ApiError
from simulator.trading.accounts import AccountState
from simulator.trading.amounts import ZERO
from simulator.trading.core import Core
from simulator.trading.fills import pending_close
from simulator.trading.filters import check_status
from simulator.trading.margins import max_notional, measure, slot_of
from simulator.trading.matching import opposite
from simulator.trading.records import PositionSide, Side
from simulator.trading.tickets import Ticket

# A market buy is margined slightly above the best ask.
_MARKET_BUY_MARKUP = Decimal("1.0005")


def check_ticket(core: Core, account: AccountState, ticket: Ticket) -> None:
    """Refuse an order the account cannot place.

    Raises:
        ApiError: -4140 or -4141 the pair does not trade,
            -4116 duplicate client id, -4164 too small, -2022 nothing (left) to close, -2025 too many open
            orders, -2027 beyond the leverage's largest position, -2019 not enough margin.
    """
    check_status(ticket.spec, closing=ticket.is_closing)
    _check_client_id(core, account, ticket)
    _check_notional(core, ticket)
    if ticket.is_closing:
        _check_closing(account, ticket)
    if not ticket.is_market and len(account.orders.open.get(ticket.spec.symbol, {})) >= ticket.spec.max_orders:
        raise ApiError(-2025, "Reach max open order limit.")
    if not ticket.is_closing:
        _check_margin(core, account, ticket)


def _check_client_id(core: Core, account: AccountState, ticket: Ticket) -> None:
    symbol = ticket.spec.symbol
    taken = account.open_order_of_client_id(symbol, ticket.client_order_id) is not None
    if not core.switches.reuse_client_id_after_fill:
        taken = (symbol, ticket.client_order_id) in account.orders.latest_by_client_id
    if taken:
        raise ApiError(-4116, "ClientOrderId is duplicated.")


def _check_notional(core: Core, ticket: Ticket) -> None:
    waived = ticket.reduce_only or ticket.close_position
    if ticket.position_side is not PositionSide.BOTH and ticket.is_closing:
        waived = waived or core.switches.waive_min_notional_for_hedge_close
    price = ticket.price or core.market.mark(ticket.spec.symbol)
    if not waived and price * ticket.quantity < ticket.spec.min_notional:
        least = f"{ticket.spec.min_notional:f}"
        least = least if "." in least else f"{least}.0"
        raise ApiError(-4164, f"Order's notional must be no smaller than {least} (unless you choose reduce only)")


def _check_closing(account: AccountState, ticket: Ticket) -> None:
    amount = account.position(ticket.spec.symbol, ticket.position_side).amount
    closable = max(ZERO, amount if ticket.side is Side.SELL else -amount)
    if not ticket.close_position:
        closable -= pending_close(account, ticket.spec.symbol, ticket.position_side, ticket.side)
    if not closable or ticket.quantity > closable:
        raise ApiError(-2022, "ReduceOnly Order is rejected.")


def _check_margin(core: Core, account: AccountState, ticket: Ticket) -> None:
    spec, symbol = ticket.spec, ticket.spec.symbol
    price = ticket.price or _market_price(core, ticket)
    notional = price * ticket.quantity
    before = slot_of(account, core, symbol, ticket.position_side)
    bids, asks = (notional, ZERO) if ticket.side is Side.BUY else (ZERO, notional)
    after = slot_of(account, core, symbol, ticket.position_side, bids=bids, asks=asks)
    worst = max(abs(after.notional + after.bid_notional), abs(after.notional - after.ask_notional))
    required = after.initial - before.initial
    if required <= 0:
        return
    if worst > max_notional(spec, before.settings.leverage):
        raise ApiError(-2027, "Exceeded the maximum allowable position at current leverage.")
    direction = 1 if ticket.side is Side.BUY else -1
    opening = min(ticket.quantity, max(ZERO, ticket.quantity + direction * before.position.amount))
    open_loss = max(ZERO, (price - before.mark) * direction) * opening
    fee = Decimal(core.switches.taker_fee_rate) * price * opening
    if required + open_loss + fee > measure(account, core).available:
        raise ApiError(-2019, "Margin is insufficient.")


def _market_price(core: Core, ticket: Ticket) -> Decimal:
    levels = opposite(core.market.book(ticket.spec.symbol), ticket.side)
    mark = core.market.mark(ticket.spec.symbol)
    best = levels[0][0] if levels else mark
    return best * _MARKET_BUY_MARKUP if ticket.side is Side.BUY else max(best, mark)
