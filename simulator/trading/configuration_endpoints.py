"""Endpoints that change how the account trades: position mode, margin type, leverage, margin.

Source: Binance USDⓈ-M Futures documentation, "Change Position Mode", "Change Margin Type", "Change Initial Leverage",
"Change Multi-Assets Mode" and "Modify Isolated Position Margin".
"""

from dataclasses import replace
from decimal import Decimal

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Json
from simulator.trading import filters
from simulator.trading.accounts import AccountState
from simulator.trading.amounts import ZERO, fixed, truncated
from simulator.trading.events import send_account
from simulator.trading.exchange import Exchange
from simulator.trading.history_windows import read_limit, read_window
from simulator.trading.margins import bracket_of, max_notional, measure
from simulator.trading.records import MarginChange, MarginType, Position, SymbolSettings

_SUCCESS: Json = {"code": 200, "msg": "success"}
_ADD, _REMOVE = 1, 2


def register(routes: Routes, exchange: Exchange) -> None:
    """Add the endpoints that read and change the account's configuration."""
    handlers = ConfigurationHandlers(exchange)
    for method, name, handler, weight in (
        ("GET", "positionSide/dual", handlers.position_mode, 30),
        ("POST", "positionSide/dual", handlers.change_position_mode, 1),
        ("GET", "multiAssetsMargin", handlers.assets_mode, 30),
        ("POST", "multiAssetsMargin", handlers.change_assets_mode, 1),
        ("GET", "feeBurn", handlers.fee_burn, 30),
        ("POST", "feeBurn", handlers.change_fee_burn, 1),
        ("POST", "marginType", handlers.change_margin_type, 1),
        ("POST", "leverage", handlers.change_leverage, 1),
        ("POST", "positionMargin", handlers.change_position_margin, 1),
        ("GET", "positionMargin/history", handlers.margin_history, 1),
    ):
        routes.add(Endpoint(method, f"/fapi/v1/{name}", handler, Security.SIGNED, weight))


class ConfigurationHandlers:
    """Answers requests about the account's configuration."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._core = exchange.core

    def position_mode(self, call: Call) -> Json:
        """GET positionSide/dual."""
        return {"dualSidePosition": self._exchange.view(call).settings.dual_side}

    def change_position_mode(self, call: Call) -> Json:
        """POST positionSide/dual: only with neither orders nor positions anywhere."""
        account = self._exchange.writable(call)
        filters.require(call.params, "dualSidePosition")
        dual_side = call.params.boolean("dualSidePosition")
        settings = account.settings
        if dual_side == settings.dual_side:
            raise ApiError(-4059, "No need to change position side.")
        if account.open_orders() or account.algos.open_count:
            raise ApiError(-4067, "Position side cannot be changed if there exists open orders.")
        if account.positions:
            raise ApiError(-4068, "Position side cannot be changed if there exists position.")
        if settings.coin_margined:
            raise ApiError(
                -4531,
                "Position mode change requires syncing UM and CM. Please close any open positions or orders in CM and "
                "try again.",
            )
        account.put_settings(replace(settings, dual_side=dual_side))
        return _SUCCESS

    def assets_mode(self, call: Call) -> Json:
        """GET multiAssetsMargin."""
        return {"multiAssetsMargin": self._exchange.view(call).settings.multi_assets}

    def change_assets_mode(self, call: Call) -> Json:
        """POST multiAssetsMargin: needs cross margin everywhere and no open orders."""
        account = self._exchange.writable(call)
        filters.require(call.params, "multiAssetsMargin")
        multi_assets = call.params.boolean("multiAssetsMargin")
        if multi_assets == account.settings.multi_assets:
            raise ApiError(-4171, "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.")
        if account.open_orders() or account.algos.open_count:
            raise ApiError(-4170, "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.")
        symbols = self._core.symbols.values()
        if multi_assets and any(account.symbol_settings(spec).is_isolated for spec in symbols):
            raise ApiError(
                -4167,
                "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.",
            )
        account.put_settings(replace(account.settings, multi_assets=multi_assets))
        self._core.send(account, "ACCOUNT_CONFIG_UPDATE", self._now(call), ai={"j": multi_assets})
        return _SUCCESS

    def fee_burn(self, call: Call) -> Json:
        """GET feeBurn."""
        return {"feeBurn": self._exchange.view(call).settings.fee_burn}

    def change_fee_burn(self, call: Call) -> Json:
        """POST feeBurn: whether fees are paid in BNB, at ten percent less, while the account holds some."""
        account = self._exchange.writable(call)
        filters.require(call.params, "feeBurn")
        account.put_settings(replace(account.settings, fee_burn=call.params.boolean("feeBurn")))
        return _SUCCESS

    def change_margin_type(self, call: Call) -> Json:
        """POST marginType: only with neither orders nor a position of the symbol."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        refusal = ApiError(-1130, "Data sent for parameter 'marginType' is not valid.")
        margin_type = filters.read_word(call.params, "marginType", MarginType, refusal)
        settings = account.symbol_settings(spec)
        if margin_type is settings.margin_type:
            raise ApiError(-4046, "No need to change margin type.")
        if margin_type is MarginType.ISOLATED and account.settings.multi_assets:
            raise ApiError(-4168, "Unable to adjust to isolated-margin mode under the Multi-Assets mode.")
        if account.open_orders(spec.symbol) or account.open_algos(spec.symbol):
            raise ApiError(-4047, "Margin type cannot be changed if there exists open orders.")
        if any(symbol == spec.symbol for symbol, _ in account.positions):
            raise ApiError(-4048, "Margin type cannot be changed if there exists position.")
        account.put_symbol_settings(replace(settings, margin_type=margin_type))
        send_account(self._core, account, "MARGIN_TYPE_CHANGE", self._now(call))
        return _SUCCESS

    def change_leverage(self, call: Call) -> Json:
        """POST leverage: shared by both sides of the symbol; the same leverage again is fine."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        filters.require(call.params, "leverage")
        leverage = call.params.integer("leverage")
        if not 1 <= leverage <= spec.brackets[0].initial_leverage:
            raise ApiError(-4028, f"Leverage `{leverage}` is not valid")
        settings = account.symbol_settings(spec)
        largest = max_notional(spec, leverage)
        if leverage != settings.leverage:
            self._check_leverage(account, settings, leverage, largest)
            account.put_symbol_settings(replace(settings, leverage=leverage))
            self._core.send(account, "ACCOUNT_CONFIG_UPDATE", self._now(call), ac={"s": spec.symbol, "l": leverage})
        return {"leverage": leverage, "maxNotionalValue": f"{largest:f}", "symbol": spec.symbol}

    def _check_leverage(self, account: AccountState, settings: SymbolSettings, leverage: int, largest: Decimal) -> None:
        """Refuse a leverage under which what is held is too large, or takes more margin than there is."""
        spec = self._core.symbols[settings.symbol]
        margin = measure(account, self._core)
        held = [slot for (symbol, _), slot in margin.slots.items() if symbol == settings.symbol]
        has_position = any(slot.position.amount for slot in held)
        if settings.is_isolated and has_position and leverage < settings.leverage:
            raise ApiError(-4161, "Leverage reduction is not supported in Isolated Margin Mode with open positions")
        more_margin = ZERO
        for slot in held:
            worst = max(
                abs(slot.notional),
                abs(slot.notional + slot.bid_notional),
                abs(slot.notional - slot.ask_notional),
            )
            if worst > largest:
                raise ApiError(-2027, "Exceeded the maximum allowable position at current leverage.")
            more_margin += worst / min(leverage, bracket_of(spec, worst).initial_leverage) - slot.initial
        if not settings.is_isolated and more_margin > margin.available:
            raise ApiError(-2028, "Leverage is smaller than permitted: insufficient margin balance.")

    def change_position_margin(self, call: Call) -> Json:
        """POST positionMargin: move USDT into (type 1) or out of (type 2) an isolated position."""
        account = self._exchange.writable(call)
        params = call.params
        spec = filters.read_symbol(params, self._core)
        position_side = filters.read_position_side(params)
        for name in ("amount", "type"):
            filters.require(params, name)
        amount, kind = truncated(params.decimal("amount")), params.integer("type")
        if amount <= 0:
            raise ApiError(-4055, "Amount must be positive.")
        if kind not in (_ADD, _REMOVE):
            raise ApiError(-1130, "Data sent for parameter 'type' is not valid.")
        filters.check_mode_side(position_side, dual_side=account.settings.dual_side)
        position = account.position(spec.symbol, position_side)
        if not account.symbol_settings(spec).is_isolated:
            raise ApiError(-4049, "Add margin only support for isolated position.")
        if not position.amount:
            raise ApiError(-4054, "Cannot add position margin: position is 0.")
        self._check_transfer(account, position, amount, kind)
        self._transfer(account, position, amount, kind, self._now(call))
        return {"amount": float(amount), "code": 200, "msg": "Successfully modify position margin.", "type": kind}

    def _check_transfer(self, account: AccountState, position: Position, amount: Decimal, kind: int) -> None:
        margin = measure(account, self._core)
        if kind == _ADD and amount > margin.available:
            raise ApiError(-4050, "Cross balance insufficient.")
        slot = margin.slots[position.symbol, position.side]
        spare = position.isolated_wallet + min(ZERO, slot.unrealized) - slot.position_initial
        if kind == _REMOVE and amount > spare:
            raise ApiError(-4051, "Isolated balance insufficient.")

    def _transfer(self, account: AccountState, position: Position, amount: Decimal, kind: int, now_ms: int) -> None:
        signed = amount if kind == _ADD else -amount
        account.add_to_cross_wallet(-signed, now_ms)
        moved = replace(position, isolated_wallet=position.isolated_wallet + signed, updated_ms=now_ms)
        account.put_position(moved)
        change_id = self._core.counters.take("change")
        change = MarginChange(change_id, position.symbol, position.side, kind, amount, now_ms)
        account.margin_changes.put(str(change_id), change)
        send_account(self._core, account, "MARGIN_TRANSFER", now_ms, positions=[moved], balance_change=-signed)

    def margin_history(self, call: Call) -> list[Json]:
        """GET positionMargin/history of a symbol, oldest first."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        kind = call.params.optional_integer("type")
        limit = read_limit(call.params, default=500, largest=500)
        window = read_window(call.params, call.now_ms, longest_ms=None)
        changes = [
            change
            for change in account.margin_changes.records.values()
            if change.symbol == spec.symbol
            and kind in (None, change.type)
            and window.start_ms <= change.time_ms <= window.end_ms
        ]
        return [_margin_change(change) for change in changes[:limit]]

    def _now(self, call: Call) -> int:
        return self._core.moment(call.now_ms)


def _margin_change(change: MarginChange) -> Json:
    return {
        "symbol": change.symbol,
        "type": change.type,
        "deltaType": "USER_ADJUST",
        "amount": fixed(change.amount),
        "asset": "USDT",
        "time": change.time_ms,
        "positionSide": str(change.position_side),
    }
