"""From the exchange's JSON to our words: every field is checked here, and what is not understood raises.

Source: Binance USDⓈ-M Futures documentation, pages "New Order", "Query Order", "New Algo Order", "Query Algo Order",
"Position Information V3", "Account Trade List", "Get Income History", "Futures Account Balance V3".
"""

import logging
import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from domain.exchange import (
    AccountModes,
    Balance,
    ConditionalOrder,
    ConditionalStatus,
    ExchangeOrder,
    ExchangePosition,
    ExchangeStatus,
    IncomeEntry,
    SymbolSettings,
)
from domain.terms import Fill, OrderSide, Side
from exchange.clock import from_milliseconds
from exchange.errors import UnexpectedAnswer

Json = Any
E = TypeVar("E", bound=StrEnum)
D = TypeVar("D")

log = logging.getLogger(__name__)

ZERO = Decimal(0)
LARGEST_EXPONENT = 40  # a number with a larger one would take gigabytes to write out
LATEST_MILLISECONDS = 32_503_680_000_000  # the year 3000
LONGEST_SHOWN = 60
_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{0,60})?([eE][+-]?[0-9]{1,2})?")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
SETTLEMENT_ASSET = "USDT"
# Liquidation and auto-deleveraging orders begin in states of their own; to us they are new orders.
NEW_BY_OTHER_NAMES = frozenset({"NEW_INSURANCE", "NEW_ADL"})


def _shown(value: Json) -> str:
    """Return a value for a message: whatever the exchange sent, the log stays readable."""
    return repr(value)[:LONGEST_SHOWN]


def rows(answer: Json) -> list[Json]:
    """Return a list answer; a single object stands for a list of one."""
    if isinstance(answer, dict):
        return [answer]
    if not isinstance(answer, list):
        raise UnexpectedAnswer(f"expected a list, got {type(answer).__name__}")
    return answer


def field(row: Json, name: str) -> Json:
    """Return one field of an object, whatever its type."""
    if not isinstance(row, dict):
        raise UnexpectedAnswer(f"expected an object with {name}, got {type(row).__name__}")
    if name not in row:
        raise UnexpectedAnswer(f"the answer lacks {name}")
    return row[name]


def text(row: Json, name: str) -> str:
    """Return a string field."""
    value = field(row, name)
    if not isinstance(value, str):
        raise UnexpectedAnswer(f"{name} is not a string: {_shown(value)}")
    return value


def decimal(row: Json, name: str) -> Decimal:
    """Return a number field exactly, sent as string or as number."""
    value = field(row, name)
    if isinstance(value, str):
        number = Decimal(value) if _NUMBER.fullmatch(value) else None
    else:
        number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if number is None or not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise UnexpectedAnswer(f"{name} is not a number: {_shown(value)}")
    return number


def decimal_or_zero(row: Json, name: str) -> Decimal:
    """Return a number field; absent, null or empty means 0."""
    return ZERO if not isinstance(row, dict) or row.get(name) in (None, "") else decimal(row, name)


def integer(row: Json, name: str) -> int:
    """Return an integer field; ids may come as strings. A float is refused: it may have lost digits."""
    value = field(row, name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not _INTEGER.fullmatch(str(value)):
        raise UnexpectedAnswer(f"{name} is not an integer: {_shown(value)}")
    return int(value)


def integer_or_none(row: Json, name: str) -> int | None:
    """Return an integer field; absent, null, empty, 0 or "0" means None."""
    value = row.get(name) if isinstance(row, dict) else None
    return None if value in (None, "", 0, "0") else integer(row, name)


def flag(row: Json, name: str) -> bool:
    """Return a boolean field, sent as boolean or as "true" or "false"."""
    value = field(row, name)
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise UnexpectedAnswer(f"{name} is not true or false: {_shown(value)}")


def moment(row: Json, name: str) -> datetime:
    """Return a time field, milliseconds on the wire."""
    milliseconds = integer(row, name)
    if not 0 <= milliseconds <= LATEST_MILLISECONDS:
        raise UnexpectedAnswer(f"{name} is not a time: {milliseconds}")
    return from_milliseconds(milliseconds)


def word(row: Json, name: str, kind: type[E]) -> E:
    """Return a field with a closed set of words; an unknown word raises."""
    known = word_or(row, name, kind, None)
    if known is None:
        raise UnexpectedAnswer(f"unknown {name}: {_shown(text(row, name))}")
    return known


def word_or(row: Json, name: str, kind: type[E], otherwise: D) -> E | D:
    """Return a field whose words may become more: otherwise stands for one that is not known here."""
    value = text(row, name)
    try:
        return kind(value)
    except ValueError:
        log.warning("unknown word field=%s word=%s", name, _shown(value))
        return otherwise


def position_side(row: Json) -> Side | None:
    """Return LONG or SHORT, None for BOTH (one-way mode)."""
    return None if row.get("positionSide", "BOTH") == "BOTH" else word(row, "positionSide", Side)


def parse_order(row: Json) -> ExchangeOrder:
    """Read an ordinary order, from a placement, a query or a list."""
    new = text(row, "status") in NEW_BY_OTHER_NAMES
    return ExchangeOrder(
        symbol=text(row, "symbol"),
        exchange_order_id=integer(row, "orderId"),
        client_order_id=text(row, "clientOrderId"),
        order_side=word(row, "side", OrderSide),
        position_side=position_side(row),
        order_type=text(row, "type"),
        status=ExchangeStatus.NEW if new else word_or(row, "status", ExchangeStatus, ExchangeStatus.UNKNOWN),
        quantity=decimal(row, "origQty"),
        executed_quantity=decimal(row, "executedQty"),
        updated_at=moment(row, "updateTime"),
    )


def parse_conditional(row: Json) -> ConditionalOrder:
    """Read a stop or target; a placement's answer has no child yet, trailing stops have no trigger price."""
    triggered = integer_or_none(row, "triggerTime")
    return ConditionalOrder(
        symbol=text(row, "symbol"),
        algo_id=integer(row, "algoId"),
        client_order_id=text(row, "clientAlgoId"),
        order_side=word(row, "side", OrderSide),
        position_side=position_side(row),
        order_type=text(row, "orderType"),
        status=word_or(row, "algoStatus", ConditionalStatus, ConditionalStatus.UNKNOWN),
        trigger_price=decimal_or_zero(row, "triggerPrice"),
        quantity=decimal_or_zero(row, "quantity"),
        close_position=flag(row, "closePosition"),
        child_order_id=integer_or_none(row, "actualOrderId"),
        created_at=moment(row, "createTime"),
        triggered_at=None if triggered is None else moment(row, "triggerTime"),
    )


def parse_position(row: Json) -> ExchangePosition:
    """Read one side of a symbol, which may be flat; in one-way mode the sign of the amount tells the side."""
    amount = decimal(row, "positionAmt")
    liquidation = decimal_or_zero(row, "liquidationPrice")
    return ExchangePosition(
        symbol=text(row, "symbol"),
        side=position_side(row) or (Side.LONG if amount >= 0 else Side.SHORT),
        quantity=abs(amount),
        entry_price=decimal(row, "entryPrice"),
        mark_price=decimal(row, "markPrice"),
        liquidation_price=liquidation if liquidation > 0 else None,
        unrealised_usdt=decimal(row, "unRealizedProfit"),
        maintenance_usdt=decimal(row, "maintMargin"),
        isolated=decimal(row, "isolatedWallet") != 0,
    )


def parse_fill(row: Json) -> Fill:
    """Read one trade; one made in one-way mode counts for the side that its order would open."""
    order_side = word(row, "side", OrderSide)
    return Fill(
        symbol=text(row, "symbol"),
        trade_id=integer(row, "id"),
        exchange_order_id=integer(row, "orderId"),
        order_side=order_side,
        position_side=position_side(row) or (Side.LONG if order_side is OrderSide.BUY else Side.SHORT),
        price=decimal(row, "price"),
        quantity=decimal(row, "qty"),
        commission=decimal(row, "commission"),
        commission_asset=text(row, "commissionAsset"),
        realized_pnl=decimal(row, "realizedPnl"),
        maker=flag(row, "maker"),
        traded_at=moment(row, "time"),
    )


def parse_income(row: Json) -> IncomeEntry:
    """Read one row of the income history; transfers have no symbol and no trade."""
    return IncomeEntry(
        symbol="" if field(row, "symbol") is None else text(row, "symbol"),
        income_type=text(row, "incomeType"),
        amount=decimal(row, "income"),
        asset=text(row, "asset"),
        tran_id=integer(row, "tranId"),
        trade_id=integer_or_none(row, "tradeId"),
        occurred_at=moment(row, "time"),
    )


# USDT is the margin, BNB pays fees; "" stands for an empty row.
_NO_MARGIN_ELSE = ("", SETTLEMENT_ASSET, "BNB")


def parse_balance(answer: Json) -> Balance:
    """Read the USDT row; an account that never held USDT has none and holds 0."""
    balances = rows(answer)
    if not balances:
        raise UnexpectedAnswer("the balance is empty")
    row = _row_where(balances, "asset", SETTLEMENT_ASSET)
    others = tuple(sorted(asset for other in balances if (asset := _asset_held(other)) not in _NO_MARGIN_ELSE))
    if row is None:
        return Balance(text(balances[0], "accountAlias"), ZERO, ZERO, ZERO, ZERO, others)
    return Balance(
        account_alias=text(row, "accountAlias"),
        wallet_usdt=decimal(row, "balance"),
        available_usdt=decimal(row, "availableBalance"),
        unrealised_usdt=decimal(row, "crossUnPnl"),
        cross_wallet_usdt=decimal(row, "crossWalletBalance"),
        other_assets=others,
    )


def _asset_held(row: Json) -> str:
    """Return the asset of a balance that is not empty, "" for one that is or cannot be read."""
    try:
        return text(row, "asset") if decimal(row, "balance") > 0 else ""
    except UnexpectedAnswer:
        return ""


def parse_account_modes(row: Json) -> AccountModes:
    """Read the account-wide switches."""
    return AccountModes(
        hedge=flag(row, "dualSidePosition"),
        multi_assets=flag(row, "multiAssetsMargin"),
        can_trade=flag(row, "canTrade"),
    )


def parse_symbol_settings(answer: Json, symbol: str) -> SymbolSettings:
    """Read leverage and margin type of one symbol."""
    row = row_of_symbol(answer, symbol)
    margin_type = text(row, "marginType")
    if margin_type not in ("CROSSED", "ISOLATED"):
        raise UnexpectedAnswer(f"unknown marginType: {margin_type!r}")
    return SymbolSettings(symbol, leverage=integer(row, "leverage"), cross_margin=margin_type == "CROSSED")


def row_of_symbol(answer: Json, symbol: str) -> Json:
    """Return the row of one symbol from an object or a list."""
    row = _row_where(rows(answer), "symbol", symbol)
    if row is None:
        raise UnexpectedAnswer(f"the answer lacks {symbol}")
    return row


def _row_where(found: list[Json], name: str, value: str) -> Json:
    """Return the row with a value, None without one; the others need not be readable."""
    return next((row for row in found if isinstance(row, dict) and row.get(name) == value), None)


def server_time(answer: Json) -> datetime:
    """Read the exchange's time."""
    return moment(answer, "serverTime")
