"""Forced closes: when margin balance no longer covers maintenance margin.

Source: Binance USDⓈ-M Futures documentation, "Event: Margin Call" and "Event: Order Update" (liquidation orders).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from simulator.trading.accounts import AccountState
from simulator.trading.amounts import ZERO, truncated
from simulator.trading.core import Core
from simulator.trading.events import send_account, send_margin_call
from simulator.trading.fills import expire
from simulator.trading.margins import maintenance_margin, measure
from simulator.trading.records import Position, PositionSide
from simulator.trading.settlement import close_by_exchange


@dataclass(frozen=True, slots=True)
class _Health:
    """Unrealised profit and maintenance margin of some positions."""

    unrealized: Decimal
    maintenance: Decimal


def liquidate_if_due(core: Core, account: AccountState, changed: set[str], time_ms: int) -> None:
    """Close what can no longer be held: all cross positions together, isolated ones each on its own."""
    if not any(symbol in changed for symbol, _ in account.positions):
        return
    cross: list[Position] = []
    for position in list(account.positions.values()):
        if not account.symbol_settings(core.symbols[position.symbol]).is_isolated:
            cross.append(position)
        elif position.symbol in changed:
            health = _health(core, [position])
            if position.isolated_wallet + health.unrealized <= health.maintenance:
                _liquidate_isolated(core, account, position, time_ms)
    health = _health(core, cross)
    if cross and account.settings.cross_wallet + health.unrealized <= health.maintenance:
        _liquidate_cross(core, account, cross, time_ms)


def _health(core: Core, positions: Iterable[Position]) -> _Health:
    unrealized = maintenance = ZERO
    for position in positions:
        mark = core.market.mark(position.symbol)
        unrealized += (mark - position.entry) * position.amount
        maintenance += maintenance_margin(core.symbols[position.symbol], abs(position.amount) * mark)
    return _Health(unrealized, maintenance)


def _liquidate_cross(core: Core, account: AccountState, positions: list[Position], time_ms: int) -> None:
    keys = {(position.symbol, position.side) for position in positions}
    _call_margin(core, account, keys, time_ms, cross=True)
    for order in account.open_orders():
        if not account.symbol_settings(core.symbols[order.symbol]).is_isolated:
            expire(core, account, order, "5", time_ms)
    # Profits come in first, so that what the wallet then lacks is each losing position's own doing.
    positions = sorted(positions, key=lambda position: -_health(core, [position]).unrealized)
    fees = covered = ZERO
    for index, position in enumerate(positions):
        fee = _close(core, account, position, index, time_ms)
        account.add_to_cross_wallet(-fee, time_ms)
        fees += fee
        if core.switches.insurance_cover == "position":
            covered += _cover(core, account, -account.settings.cross_wallet, time_ms, symbol=position.symbol)
    covered += _cover(core, account, -account.settings.cross_wallet, time_ms, symbol=positions[0].symbol)
    send_account(core, account, "INSURANCE_CLEAR", time_ms, balance_change=covered - fees)


def _liquidate_isolated(core: Core, account: AccountState, position: Position, time_ms: int) -> None:
    _call_margin(core, account, {(position.symbol, position.side)}, time_ms, cross=False)
    for order in account.open_orders(position.symbol):
        if order.position_side is position.side:
            expire(core, account, order, "5", time_ms)
    # Closing hands the position's own wallet and its loss to the cross wallet; what the position could not pay
    # itself is the insurance fund's, never the rest of the account's.
    before = account.settings.cross_wallet
    fee = _close(core, account, position, 0, time_ms)
    account.add_to_cross_wallet(-fee, time_ms)
    covered = _cover(core, account, before - account.settings.cross_wallet, time_ms, symbol=position.symbol)
    send_account(core, account, "INSURANCE_CLEAR", time_ms, balance_change=covered - fee)


def _call_margin(
    core: Core, account: AccountState, keys: set[tuple[str, PositionSide]], time_ms: int, *, cross: bool
) -> None:
    margin = measure(account, core)
    named = {key: slot for key, slot in margin.slots.items() if key in keys}
    send_margin_call(core, account, replace(margin, slots=named), time_ms, cross=cross)


def _close(core: Core, account: AccountState, position: Position, index: int, time_ms: int) -> Decimal:
    """Close a position by force and return the liquidation fee."""
    name = f"autoclose-{time_ms}{index or ''}"
    order = close_by_exchange(core, account, position, name, time_ms, auto_close="LIQUIDATION")
    spec = core.symbols[position.symbol]
    fee = truncated(order.price * order.quantity * spec.liquidation_fee)
    if fee:
        core.book_income(account, "INSURANCE_CLEAR", -fee, time_ms=time_ms, symbol=position.symbol)
    return fee


def _cover(core: Core, account: AccountState, shortfall: Decimal, time_ms: int, *, symbol: str) -> Decimal:
    """Let the insurance fund pay what a position could not, nothing when that is zero or less; return what it paid."""
    if shortfall <= 0:
        return ZERO
    account.add_to_cross_wallet(shortfall, time_ms)
    core.book_income(account, "INSURANCE_CLEAR", shortfall, time_ms=time_ms, symbol=symbol)
    return shortfall
