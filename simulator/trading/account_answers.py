"""How positions, balances and accounts read in answers.

Numbers are truncated, not rounded, to eight decimals. Source: Binance USDⓈ-M Futures documentation, "Position
Information V2/V3", "Account Information V2/V3" and "Futures Account Balance V2/V3".
"""

from collections.abc import Iterable
from decimal import Decimal

from simulator.interfaces import Json, SymbolSpec
from simulator.trading.accounts import AccountView
from simulator.trading.amounts import ZERO, exact, fixed, fixed_or_zero, plain
from simulator.trading.commissions import BNB
from simulator.trading.core import Core
from simulator.trading.events import margin_word
from simulator.trading.margins import AccountMargin, Slot, max_notional, measure, slot_liquidation_price, slot_of
from simulator.trading.records import PositionSide


def adl_quantile(slots: Iterable[Slot]) -> int:
    """Return how near positions are to auto-deleveraging, 1 to 4; 0 when flat.

    Made up, as the real rank depends on all other accounts: losing positions 1, winning ones by profit over margin.
    """
    held = [slot for slot in slots if slot.position.amount]
    unrealized = sum((slot.unrealized for slot in held), ZERO)
    initial = sum((slot.position_initial for slot in held), ZERO)
    if not held:
        return 0
    if unrealized <= 0 or not initial:
        return 1
    return 2 + (unrealized > initial / 4) + (unrealized > initial)


def adl_quantiles(account: AccountView, slots: list[Slot]) -> Json:
    """Return the ranks of one symbol's slots by side, as adlQuantile words them.

    In hedge mode on cross margin both sides share one rank and HEDGE stands as a sign; otherwise there is BOTH.
    """
    ranks = {"LONG": 0, "SHORT": 0}
    if account.settings.dual_side and not slots[0].settings.is_isolated:
        held = [slot for slot in slots if slot.position.amount]
        return ranks | {str(slot.position.side): adl_quantile(held) for slot in held} | {"HEDGE": 0}
    return ranks | {"BOTH": 0} | {str(slot.position.side): adl_quantile([slot]) for slot in slots}


def risk_rows(core: Core, account: AccountView, symbol: str | None = None) -> list[Json]:
    """Return positionRisk v3: only slots with a position or open orders."""
    margin = measure(account, core)
    slots = dict(margin.slots)
    if core.switches.list_flat_side and account.settings.dual_side:
        for name, _ in list(slots):
            for side in (PositionSide.LONG, PositionSide.SHORT):
                slots.setdefault((name, side), slot_of(account, core, name, side))
    chosen = [slot for (name, _), slot in slots.items() if symbol in (None, name)]
    return [_risk_row(core.symbols[slot.position.symbol], margin, slot) for slot in _sorted(chosen)]


def _sorted(slots: Iterable[Slot]) -> list[Slot]:
    return sorted(slots, key=lambda slot: (slot.position.symbol, slot.position.side))


def _risk_row(spec: SymbolSpec, margin: AccountMargin, slot: Slot) -> Json:
    position = slot.position
    return {
        "symbol": position.symbol,
        "positionSide": str(position.side),
        "positionAmt": exact(position.amount, spec.quantity_precision),
        "entryPrice": plain(position.entry),
        "breakEvenPrice": plain(position.break_even),
        "markPrice": fixed(slot.mark),
        "unRealizedProfit": fixed(slot.unrealized),
        "liquidationPrice": plain(slot_liquidation_price(margin, slot, spec)),
        "isolatedMargin": plain(_isolated_margin(slot)),
        "notional": fixed_or_zero(slot.notional),
        "marginAsset": "USDT",
        "isolatedWallet": plain(position.isolated_wallet),
        "initialMargin": fixed_or_zero(slot.initial),
        "maintMargin": fixed_or_zero(slot.maintenance),
        "positionInitialMargin": fixed_or_zero(slot.position_initial),
        "openOrderInitialMargin": fixed_or_zero(slot.open_order_initial),
        "adl": _shared_quantile(margin, slot),
        "bidNotional": plain(slot.bid_notional),
        "askNotional": plain(slot.ask_notional),
        "updateTime": position.updated_ms,
    }


def _shared_quantile(margin: AccountMargin, slot: Slot) -> int:
    if not slot.position.amount or slot.settings.is_isolated:
        return adl_quantile([slot])
    return adl_quantile(other for (symbol, _), other in margin.slots.items() if symbol == slot.position.symbol)


def _isolated_margin(slot: Slot) -> Decimal:
    return slot.position.isolated_wallet + slot.unrealized if slot.settings.is_isolated else ZERO


def all_slots(core: Core, account: AccountView, margin: AccountMargin, symbol: str | None = None) -> list[Slot]:
    """Return every slot of the account's position mode, flat ones included, of one or all symbols."""
    dual = account.settings.dual_side
    sides = (PositionSide.LONG, PositionSide.SHORT) if dual else (PositionSide.BOTH,)
    names = core.symbols if symbol is None else [symbol]
    return [margin.slots.get((name, side)) or slot_of(account, core, name, side) for name in names for side in sides]


def old_risk_rows(core: Core, account: AccountView, symbol: str | None = None) -> list[Json]:
    """Return positionRisk v2: a row for every slot even when flat, with leverage and margin type."""
    margin = measure(account, core)
    slots = all_slots(core, account, margin, symbol)
    return [_old_risk_row(core.symbols[slot.position.symbol], margin, slot) for slot in slots]


def _old_risk_row(spec: SymbolSpec, margin: AccountMargin, slot: Slot) -> Json:
    position = slot.position
    return {
        "symbol": position.symbol,
        "positionAmt": exact(position.amount, spec.quantity_precision),
        "entryPrice": plain(position.entry),
        "breakEvenPrice": plain(position.break_even),
        "markPrice": fixed(slot.mark),
        "unRealizedProfit": fixed(slot.unrealized),
        "liquidationPrice": plain(slot_liquidation_price(margin, slot, spec)),
        "leverage": str(slot.settings.leverage),
        "maxNotionalValue": f"{max_notional(spec, slot.settings.leverage):f}",
        "marginType": margin_word(slot.settings.margin_type),
        "isolatedMargin": fixed(_isolated_margin(slot)),
        "isAutoAddMargin": "false",
        "positionSide": str(position.side),
        "notional": fixed_or_zero(slot.notional),
        "isolatedWallet": plain(position.isolated_wallet),
        "updateTime": position.updated_ms,
    }


def _totals(margin: AccountMargin) -> Json:
    return {
        "totalInitialMargin": fixed(margin.initial),
        "totalMaintMargin": fixed(margin.maintenance),
        "totalWalletBalance": fixed(margin.wallet),
        "totalUnrealizedProfit": fixed(margin.unrealized),
        "totalMarginBalance": fixed(margin.wallet + margin.unrealized),
        "totalPositionInitialMargin": fixed(margin.position_initial),
        "totalOpenOrderInitialMargin": fixed(margin.open_order_initial),
        "totalCrossWalletBalance": fixed(margin.cross_wallet),
        "totalCrossUnPnl": fixed(margin.cross_unrealized),
        "availableBalance": fixed(margin.available),
        "maxWithdrawAmount": fixed(margin.max_withdraw),
    }


def _asset(account: AccountView, margin: AccountMargin) -> Json:
    return {
        "asset": "USDT",
        "walletBalance": fixed(margin.wallet),
        "unrealizedProfit": fixed(margin.unrealized),
        "marginBalance": fixed(margin.wallet + margin.unrealized),
        "maintMargin": fixed(margin.maintenance),
        "initialMargin": fixed(margin.initial),
        "positionInitialMargin": fixed(margin.position_initial),
        "openOrderInitialMargin": fixed(margin.open_order_initial),
        "crossWalletBalance": fixed(margin.cross_wallet),
        "crossUnPnl": fixed(margin.cross_unrealized),
        "availableBalance": fixed(margin.available),
        "maxWithdrawAmount": fixed(margin.max_withdraw),
        "updateTime": account.settings.updated_ms,
    }


def _assets(account: AccountView, margin: AccountMargin) -> list[Json]:
    usdt = _asset(account, margin)
    if not account.settings.bnb:
        return [usdt]
    bnb = fixed(account.settings.bnb)
    held = ("walletBalance", "marginBalance", "crossWalletBalance", "availableBalance", "maxWithdrawAmount")
    row = {name: fixed(ZERO) if isinstance(value, str) else value for name, value in usdt.items()}
    return [usdt, row | {"asset": BNB} | dict.fromkeys(held, bnb)]


def account_answer(core: Core, account: AccountView) -> Json:
    """Return account v3: totals, assets, and only slots with a position or open orders."""
    margin = measure(account, core)
    positions = [_account_position(core, slot) for slot in _sorted(margin.slots.values())]
    return _totals(margin) | {"assets": _assets(account, margin), "positions": positions}


def _account_position(core: Core, slot: Slot) -> Json:
    spec = core.symbols[slot.position.symbol]
    return {
        "symbol": spec.symbol,
        "positionSide": str(slot.position.side),
        "positionAmt": exact(slot.position.amount, spec.quantity_precision),
        "unrealizedProfit": fixed(slot.unrealized),
        "isolatedMargin": fixed(_isolated_margin(slot)),
        "notional": fixed_or_zero(slot.notional),
        "isolatedWallet": plain(slot.position.isolated_wallet),
        "initialMargin": fixed_or_zero(slot.initial),
        "maintMargin": fixed_or_zero(slot.maintenance),
        "updateTime": slot.position.updated_ms,
    }


def old_account_answer(core: Core, account: AccountView) -> Json:
    """Return account v2: permissions, totals, assets, and every slot of every symbol."""
    margin = measure(account, core)
    head: Json = {
        "feeTier": 0,
        "feeBurn": account.settings.fee_burn,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": account.settings.multi_assets,
        "tradeGroupId": -1,
    }
    assets = [row | {"marginAvailable": True} for row in _assets(account, margin)]
    positions = [_old_account_position(core, slot) for slot in all_slots(core, account, margin)]
    return head | _totals(margin) | {"assets": assets, "positions": positions}


def _old_account_position(core: Core, slot: Slot) -> Json:
    spec = core.symbols[slot.position.symbol]
    return {
        "symbol": spec.symbol,
        "initialMargin": fixed_or_zero(slot.initial),
        "maintMargin": fixed_or_zero(slot.maintenance),
        "unrealizedProfit": fixed(slot.unrealized),
        "positionInitialMargin": fixed_or_zero(slot.position_initial),
        "openOrderInitialMargin": fixed_or_zero(slot.open_order_initial),
        "leverage": str(slot.settings.leverage),
        "isolated": slot.settings.is_isolated,
        "entryPrice": plain(slot.position.entry),
        "breakEvenPrice": plain(slot.position.break_even),
        "maxNotional": f"{max_notional(spec, slot.settings.leverage):f}",
        "bidNotional": plain(slot.bid_notional),
        "askNotional": plain(slot.ask_notional),
        "positionSide": str(slot.position.side),
        "positionAmt": exact(slot.position.amount, spec.quantity_precision),
        "notional": fixed_or_zero(slot.notional),
        "isolatedWallet": plain(slot.position.isolated_wallet),
        "updateTime": slot.position.updated_ms,
    }


def balance_rows(core: Core, account: AccountView) -> list[Json]:
    """Return balance v2 and v3: one row per asset."""
    margin = measure(account, core)
    settings = account.settings
    usdt = {
        "accountAlias": account.alias,
        "asset": "USDT",
        "balance": fixed(margin.wallet),
        "crossWalletBalance": fixed(margin.cross_wallet),
        "crossUnPnl": fixed(margin.cross_unrealized),
        "availableBalance": fixed(margin.available),
        "maxWithdrawAmount": fixed(margin.max_withdraw),
        "marginAvailable": True,
        "updateTime": settings.updated_ms,
    }
    if not settings.bnb:
        return [usdt]
    bnb = fixed(settings.bnb)
    held = {"balance": bnb, "crossWalletBalance": bnb, "availableBalance": bnb, "maxWithdrawAmount": bnb}
    return [usdt, usdt | {"asset": BNB, "crossUnPnl": fixed(ZERO)} | held]


def coin_margined_row(symbol: str, updated_ms: int) -> Json:
    """Word a position of one contract of COIN-M futures; nothing of it is traded or valued here."""
    return {
        "symbol": symbol,
        "positionAmt": "1",
        "entryPrice": "0.00000000",
        "breakEvenPrice": "0.00000000",
        "markPrice": "0.00000000",
        "unRealizedProfit": "0.00000000",
        "liquidationPrice": "0",
        "leverage": "20",
        "maxQty": "50",
        "marginType": "cross",
        "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false",
        "positionSide": "BOTH",
        "notionalValue": "0",
        "updateTime": updated_ms,
    }
