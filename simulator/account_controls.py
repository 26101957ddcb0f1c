"""Control requests about accounts: external orders, settings, a wiped and a re-seeded environment."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulator.control_fields import (
    BadRequest,
    Fields,
    allow_only,
    choice,
    optional_flag,
    optional_id,
    optional_money,
    optional_number,
)
from simulator.interfaces import ControlledMarket, Json, SeededPosition, TradingCore
from simulator.market_controls import read_symbol
from simulator.ticker import Ticker

_SIDES = ("LONG", "SHORT", "BOTH")
_EXAMPLE = '{"symbol":"BTCUSDT","positionSide":"LONG","positionAmt":"0.010","entryPrice":"84000.0"}'


class AccountControls:
    """Follows what is asked of accounts."""

    def __init__(self, market: ControlledMarket, core: TradingCore, ticker: Ticker, accounts: tuple[str, ...]) -> None:
        self._market = market
        self._core = core
        self._ticker = ticker
        self._accounts = accounts

    def trade_external(self, fields: Fields) -> Json:
        """POST /control/position."""
        account, symbol = self._account(fields), read_symbol(fields, self._market)
        side = choice(fields, "side", ("BUY", "SELL"))
        position_side = choice(fields, "positionSide", _SIDES, "BOTH")
        quantity = optional_money(fields, "quantity")
        if quantity is None:
            raise BadRequest('quantity must be given as a string such as "0.010"')
        answer = self._core.external_order(account, symbol, side, position_side, quantity)
        self._ticker.tick()
        return answer

    def cancel_external(self, fields: Fields) -> Json:
        """POST /control/cancel."""
        account = self._account(fields)
        order_id, algo_id = optional_id(fields, "orderId"), optional_id(fields, "algoId")
        if (order_id is None) == (algo_id is None):
            raise BadRequest("give either orderId or algoId, a whole number")
        return self._core.external_cancel(account, order_id=order_id, algo_id=algo_id)

    def change_account(self, fields: Fields) -> Json:
        """POST /control/account: fees in BNB, the BNB to pay them with, multi-assets mode."""
        allow_only(fields, "account", "feeBurn", "bnbBalance", "multiAssets")
        account = self._account(fields)
        fee_burn, multi_assets = optional_flag(fields, "feeBurn"), optional_flag(fields, "multiAssets")
        bnb = optional_money(fields, "bnbBalance", zero=True)
        if fee_burn is None and multi_assets is None and bnb is None:
            raise BadRequest('give "feeBurn" or "multiAssets", true or false, or "bnbBalance", a string such as "2.5"')
        settings = self._core.change_account(account, fee_burn=fee_burn, bnb=bnb, multi_assets=multi_assets)
        return {"account": account, **settings}

    def wipe(self, fields: Fields) -> Json:
        """POST /control/wipe."""
        account = self._account(fields)
        self._core.wipe(account)
        return {"account": account}

    def reseed(self, fields: Fields) -> Json:
        """POST /control/reseed: the account begins again, with positions that nobody here opened.

        The answer holds what is forgotten with it, in the words of GET /control/ledger.
        """
        allow_only(fields, "account", "positions")
        account = self._account(fields)
        rows = fields.get("positions")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadRequest(f"positions must be a list such as [{_EXAMPLE}], or [] for none")
        coin_margined = [str(row["symbol"]) for row in rows if _is_coin_margined(row.get("symbol"))]
        seeded = [self._seeded(row) for row in rows if not _is_coin_margined(row.get("symbol"))]
        places = {(position.symbol, position.side) for position in seeded}
        if len(places) != len(seeded):
            raise BadRequest("two positions have the same symbol and positionSide; give each once")
        if len({position.side == "BOTH" for position in seeded}) > 1:
            raise BadRequest("positionSide must be BOTH for all positions, or LONG and SHORT: an account has one mode")
        forgotten = self._core.ledger(account)
        self._core.reseed(account, seeded, coin_margined)
        self._ticker.tick()
        return {"account": account, "positions": len(seeded), "coinMargined": coin_margined, "forgotten": forgotten}

    def _seeded(self, row: Mapping[str, Any]) -> SeededPosition:
        allow_only(row, "symbol", "positionSide", "positionAmt", "entryPrice")
        symbol = read_symbol(row, self._market)
        side = choice(row, "positionSide", _SIDES, "BOTH")
        amount = optional_number(row, "positionAmt")
        if not amount:
            raise BadRequest(
                f'positionAmt must be a string such as "0.010", below zero when short; for example {_EXAMPLE}'
            )
        if (side == "LONG" and amount < 0) or (side == "SHORT" and amount > 0):
            raise BadRequest(f"positionAmt of a {side} position must be {'above' if side == 'LONG' else 'below'} zero")
        if amount % self._market.symbols[symbol].step_size:
            step = self._market.symbols[symbol].step_size
            raise BadRequest(f"positionAmt of {symbol} must be a multiple of {step:f}")
        return SeededPosition(symbol, side, Decimal(amount), optional_money(row, "entryPrice"))

    def _account(self, fields: Fields) -> str:
        account = fields.get("account")
        if account is None and len(self._accounts) == 1:
            return self._accounts[0]
        if account not in self._accounts:
            raise BadRequest(f"unknown account {account!r}; use one of {', '.join(self._accounts)}")
        return str(account)


def _is_coin_margined(symbol: object) -> bool:
    """Return whether a name is one of the other product family, such as BTCUSD_PERP."""
    return isinstance(symbol, str) and "USD_" in symbol
