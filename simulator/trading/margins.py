"""Margin arithmetic: what positions and orders tie up, what is free, and where liquidation stands.

Source: Binance USDⓈ-M Futures documentation and FAQ, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from simulator.interfaces import Bracket, SymbolSpec
from simulator.trading.accounts import AccountView
from simulator.trading.amounts import ZERO
from simulator.trading.core import Core
from simulator.trading.records import Position, PositionSide, Side, SymbolSettings


def bracket_of(spec: SymbolSpec, notional: Decimal) -> Bracket:
    """Return the bracket with floor < notional <= cap; beyond the last cap, the last."""
    for bracket in spec.brackets:
        if notional <= bracket.notional_cap:
            return bracket
    return spec.brackets[-1]


def maintenance_margin(spec: SymbolSpec, notional: Decimal) -> Decimal:
    """Return what a position of this size (>= 0, in USDT) must keep: notional x rate - cumulative of its bracket."""
    bracket = bracket_of(spec, notional)
    return notional * bracket.maintenance_rate - bracket.cumulative


def max_notional(spec: SymbolSpec, leverage: int) -> Decimal:
    """Return the largest position allowed at a leverage, in USDT; zero when no bracket allows the leverage."""
    caps = [bracket.notional_cap for bracket in spec.brackets if bracket.initial_leverage >= leverage]
    return max(caps, default=ZERO)


@dataclass(frozen=True, slots=True)
class Leg:
    """One position of a symbol for the liquidation formula; amount is signed."""

    amount: Decimal
    entry: Decimal
    maintenance_rate: Decimal
    cumulative: Decimal


def liquidation_price(
    wallet: Decimal, other_maintenance: Decimal, other_unrealized: Decimal, legs: list[Leg]
) -> Decimal:
    """Return the mark price at which margin balance meets maintenance margin, zero when there is none above zero.

    Args:
        wallet: cross wallet, or the position's own wallet when isolated.
        other_maintenance: maintenance margin of all other cross symbols (isolated: zero).
        other_unrealized: unrealised profit of all other cross symbols (isolated: zero).
        legs: the symbol's positions; in cross margin long and short share one liquidation price.
    """
    upper = wallet - other_maintenance + other_unrealized
    lower = ZERO
    for leg in legs:
        upper += leg.cumulative - leg.amount * leg.entry
        lower += abs(leg.amount) * leg.maintenance_rate - leg.amount
    if not lower:
        return ZERO
    return max(ZERO, upper / lower)


@dataclass(frozen=True, slots=True)
class Slot:
    """What one position slot ties up, orders included. notional is signed like the position."""

    position: Position
    settings: SymbolSettings
    mark: Decimal
    notional: Decimal
    bid_notional: Decimal
    ask_notional: Decimal
    unrealized: Decimal
    maintenance: Decimal
    position_initial: Decimal
    initial: Decimal

    @property
    def open_order_initial(self) -> Decimal:
        """Return the margin that open orders tie up on top of the position's."""
        return self.initial - self.position_initial


def slot_of(
    account: AccountView, core: Core, symbol: str, side: PositionSide, *, bids: Decimal = ZERO, asks: Decimal = ZERO
) -> Slot:
    """Measure one position slot; bids and asks add the notional of orders not placed yet."""
    spec = core.symbols[symbol]
    settings = account.symbol_settings(spec)
    position = account.position(symbol, side)
    mark = core.market.mark(symbol)
    for order in account.orders.open.get(symbol, {}).values():
        if order.position_side is not side or order.reduce_only:
            continue
        if order.side is Side.BUY:
            bids += order.remaining * order.price
        else:
            asks += order.remaining * order.price
    notional = position.amount * mark
    worst = max(abs(notional + bids), abs(notional - asks))
    return Slot(
        position=position,
        settings=settings,
        mark=mark,
        notional=notional,
        bid_notional=bids,
        ask_notional=asks,
        unrealized=(mark - position.entry) * position.amount,
        maintenance=maintenance_margin(spec, abs(notional)) if notional else ZERO,
        position_initial=_initial(spec, settings, abs(notional)),
        initial=_initial(spec, settings, max(worst, abs(notional))),
    )


def _initial(spec: SymbolSpec, settings: SymbolSettings, notional: Decimal) -> Decimal:
    return notional / min(settings.leverage, bracket_of(spec, notional).initial_leverage)


@dataclass(frozen=True, slots=True)
class AccountMargin:
    """The account as a whole, USDT."""

    slots: dict[tuple[str, PositionSide], Slot]
    wallet: Decimal
    cross_wallet: Decimal
    cross_unrealized: Decimal
    unrealized: Decimal
    maintenance: Decimal
    cross_maintenance: Decimal
    position_initial: Decimal
    open_order_initial: Decimal
    available: Decimal

    @property
    def initial(self) -> Decimal:
        """Return the margin that positions and open orders tie up."""
        return self.position_initial + self.open_order_initial

    @property
    def max_withdraw(self) -> Decimal:
        """Return what could leave the account."""
        return max(ZERO, min(self.available, self.cross_wallet))


def measure(account: AccountView, core: Core) -> AccountMargin:
    """Measure every slot with a position or an open order, and the account over all of them."""
    keys = dict.fromkeys(account.positions)
    for symbol, resting in account.orders.open.items():
        keys.update(dict.fromkeys((symbol, order.position_side) for order in resting.values()))
    slots = {key: slot_of(account, core, *key) for key in keys}
    cross = [slot for slot in slots.values() if not slot.settings.is_isolated]
    isolated = [slot for slot in slots.values() if slot.settings.is_isolated]
    cross_wallet = account.settings.cross_wallet
    cross_unrealized = _total(slot.unrealized for slot in cross)
    cross_maintenance = _total(slot.maintenance for slot in cross)
    used = _total(slot.initial for slot in cross) + _total(slot.open_order_initial for slot in isolated)
    return AccountMargin(
        slots=slots,
        wallet=account.wallet,
        cross_wallet=cross_wallet,
        cross_unrealized=cross_unrealized,
        unrealized=cross_unrealized + _total(slot.unrealized for slot in isolated),
        maintenance=cross_maintenance + _total(slot.maintenance for slot in isolated),
        cross_maintenance=cross_maintenance,
        position_initial=_total(slot.position_initial for slot in slots.values()),
        open_order_initial=_total(slot.open_order_initial for slot in slots.values()),
        available=max(ZERO, cross_wallet + cross_unrealized - used),
    )


def slot_liquidation_price(margin: AccountMargin, slot: Slot, spec: SymbolSpec) -> Decimal:
    """Return a slot's liquidation price, zero when flat or when no price above zero liquidates it."""
    if not slot.position.amount:
        return ZERO
    if slot.settings.is_isolated:
        return liquidation_price(slot.position.isolated_wallet, ZERO, ZERO, [_leg(slot, spec)])
    named = (margin.slots.get((spec.symbol, side)) for side in PositionSide)
    mine = [other for other in named if other is not None]
    return liquidation_price(
        margin.cross_wallet,
        margin.cross_maintenance - _total(other.maintenance for other in mine),
        margin.cross_unrealized - _total(other.unrealized for other in mine),
        [_leg(other, spec) for other in mine if other.position.amount],
    )


def _leg(slot: Slot, spec: SymbolSpec) -> Leg:
    bracket = bracket_of(spec, abs(slot.notional))
    return Leg(slot.position.amount, slot.position.entry, bracket.maintenance_rate, bracket.cumulative)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
