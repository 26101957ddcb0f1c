"""The trading core as the rest of the practice exchange sees it."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from simulator.clock import ExchangeClock
from simulator.endpoints import Call
from simulator.errors import ApiError
from simulator.interfaces import Json, Market, Publisher, SeededPosition, Store
from simulator.switches import Switches
from simulator.trading import filters, order_answers
from simulator.trading.account_answers import risk_rows
from simulator.trading.accounts import AccountSpec, AccountState, AccountView
from simulator.trading.algo_orders import cancel_algo, forward_due, watch
from simulator.trading.algo_states import put_state
from simulator.trading.amounts import ZERO, fixed, truncated
from simulator.trading.commissions import BNB
from simulator.trading.core import Core, account_alias
from simulator.trading.events import send_account
from simulator.trading.fills import expire
from simulator.trading.funding import FundingCalendar
from simulator.trading.liquidation import liquidate_if_due
from simulator.trading.orders import cancel, match_resting, place
from simulator.trading.records import (
    AccountSettings,
    AlgoStatus,
    OrderType,
    Position,
    PositionSide,
    Side,
    TimeInForce,
)
from simulator.trading.settlement import settle
from simulator.trading.tickets import Ticket

_TIMERS_EVERY_MS = 1000


class Exchange:
    """All accounts, and everything that happens to them. Handlers reach accounts through `writable` and `view`."""

    def __init__(
        self,
        clock: ExchangeClock,
        store: Store,
        market: Market,
        publisher: Publisher,
        accounts: Sequence[AccountSpec],
        switches: Switches,
    ) -> None:
        self.core = Core(clock, market, publisher, store, switches)
        state_id = _state_id(store)
        self._accounts = {
            spec.name: AccountState(spec, account_alias(state_id, spec.name), store, clock) for spec in accounts
        }
        self._by_key = {spec.api_key: spec for spec in accounts}
        self._timers_checked_ms = 0
        for account in self._accounts.values():
            if account.is_new:
                self._open(account)
        self._funding = FundingCalendar(self.core)

    def account_of_key(self, api_key: str) -> AccountSpec | None:
        """Return the account a key belongs to, None when nobody has it."""
        return self._by_key.get(api_key)

    def account(self, name: str) -> AccountState:
        """Return a live account by name.

        Raises:
            KeyError: there is no such account.
        """
        return self._accounts[name]

    def writable(self, call: Call) -> AccountState:
        """Return the live account a signed request speaks for."""
        assert call.account is not None
        return self._accounts[call.account]

    def view(self, call: Call) -> AccountView:
        """Return the account as a read shows it: live, or as it stood a while ago under a read_lag fault."""
        account = self.writable(call)
        lag_ms = self.lag_ms(call)
        return account.as_of(call.now_ms - lag_ms) if lag_ms else account

    def lag_ms(self, call: Call) -> int:
        """Return by how much a read lags."""
        fault = call.fault
        return int(fault.seconds * 1000) if fault is not None and fault.kind == "read_lag" else 0

    def symbols_at_stake(self) -> set[str]:
        """Return the symbols in which any account has a position or an open order."""
        return {symbol for account in self._accounts.values() for symbol in account.symbols_at_stake()}

    def on_step(self, time_ms: int, changed: set[str]) -> None:
        """Trigger, fill, fund and liquidate what the prices of this step call for."""
        time_ms = self.core.moment(time_ms)
        accounts = self._accounts.values()
        if time_ms - self._timers_checked_ms >= _TIMERS_EVERY_MS:
            self._timers_checked_ms = time_ms
            for account in accounts:
                self._run_timers(account, time_ms)
        for symbol in self.core.market.delivered(time_ms):
            self.settle_closed(symbol)
        funded = self._funding.settle_due(accounts, time_ms)
        for account in accounts:
            forward_due(self.core, account, time_ms)
            for symbol in sorted(changed & (account.orders.open.keys() | account.algos.open.keys())):
                match_resting(self.core, account, symbol, time_ms)
                watch(self.core, account, symbol, time_ms)
            liquidate_if_due(self.core, account, changed | funded, time_ms)

    def external_order(self, account: str, symbol: str, side: str, position_side: str, quantity: Decimal) -> Json:
        """Place an external market order, one that is not the client's, under every check an order passes.

        Raises:
            ApiError: the exchange refuses the order.
        """
        state = self._accounts[account]
        spec = filters.known_symbol(symbol, self.core)
        filters.check_quantity(spec, quantity, is_market=True)
        place_side = PositionSide(position_side)
        filters.check_mode_side(place_side, dual_side=state.settings.dual_side)
        ticket = Ticket(
            spec=spec,
            side=Side(side),
            position_side=place_side,
            type=OrderType.MARKET,
            time_in_force=TimeInForce.GTC,
            quantity=quantity,
            price=ZERO,
            client_order_id=f"web_{secrets.token_hex(10)}",
        )
        _, order = place(self.core, state, ticket, self._now())
        return order_answers.queried_order(self.core, order)

    def external_cancel(self, account: str, order_id: int | None = None, algo_id: int | None = None) -> Json:
        """Cancel an ordinary or a conditional order from outside, not on the client's behalf.

        Raises:
            ApiError: -2011, there is no such open order.
        """
        state = self._accounts[account]
        order = state.order(order_id) if order_id is not None else None
        if order is not None and order.is_open:
            return order_answers.queried_order(self.core, cancel(self.core, state, order, self._now()))
        algo = state.algo(algo_id) if algo_id is not None else None
        if algo is not None and algo.is_open:
            spec = self.core.symbols[algo.symbol]
            return order_answers.queried_algo(spec, cancel_algo(self.core, state, algo, self._now()))
        raise ApiError(-2011, "Unknown order sent.")

    def settle_closed(self, symbol: str) -> None:
        """Close what accounts hold of a pair that trades no more, at its mark price, and end their orders there."""
        if self.core.symbols[symbol].status.is_settled:
            for account in self._accounts.values():
                settle(self.core, account, symbol, self._now())

    def change_account(
        self, account: str, *, fee_burn: bool | None, bnb: Decimal | None, multi_assets: bool | None
    ) -> Json:
        """Change an account's settings without its owner; None leaves one as it is. Returns them.

        What belongs to the pair of modes is told by events, as when the owner had changed them.
        """
        state, now_ms = self._accounts[account], self._now()
        if fee_burn is not None:
            state.put_settings(replace(state.settings, fee_burn=fee_burn))
        if bnb is not None:
            change = truncated(bnb) - state.settings.bnb
            state.add_to_bnb(change)
            if change:
                self.core.book_income(state, "TRANSFER", change, time_ms=now_ms, asset=BNB)
                send_account(self.core, state, "DEPOSIT" if change > 0 else "WITHDRAW", now_ms, bnb_change=change)
        if multi_assets is not None and multi_assets != state.settings.multi_assets:
            state.put_settings(replace(state.settings, multi_assets=multi_assets))
            self.core.send(state, "ACCOUNT_CONFIG_UPDATE", now_ms, ai={"j": multi_assets})
        settings = state.settings
        return {"feeBurn": settings.fee_burn, "bnbBalance": fixed(settings.bnb), "multiAssets": settings.multi_assets}

    def reseed(self, account: str, positions: Sequence[SeededPosition], coin_margined: Sequence[str]) -> None:
        """Begin an account again: no history, fresh settings and balance, and these positions out of nowhere.

        The position mode is that of the positions. Positions of the other product family are not shown anywhere;
        they keep the mode from being changed.
        """
        state, now_ms = self._accounts[account], self._now()
        state.wipe(keep_settings=False)
        self._open(state)
        dual_side = any(seeded.side != PositionSide.BOTH for seeded in positions)
        state.put_settings(replace(state.settings, dual_side=dual_side, coin_margined=",".join(coin_margined)))
        for seeded in positions:
            entry = self.core.market.mark(seeded.symbol) if seeded.entry is None else seeded.entry
            side = PositionSide(seeded.side)
            state.put_position(Position(seeded.symbol, side, seeded.amount, entry, updated_ms=now_ms))

    def wipe(self, account: str) -> None:
        """Forget an account's orders, positions and history; its balance starts again, its settings stay."""
        state = self._accounts[account]
        settings = state.settings
        state.wipe(keep_settings=True)
        self._open(state, settings)

    def reset(self) -> None:
        """Start every account afresh; ids go on."""
        for account in self._accounts.values():
            account.wipe(keep_settings=False)
            self._open(account)

    def ledger(self, account: str) -> Json:
        """Return everything there is about an account, rows in the words of the exchange's own answers."""
        state = self._accounts[account]
        symbols = self.core.symbols
        return {
            "balance": fixed(state.wallet),
            "orders": [order_answers.queried_order(self.core, order) for order in state.all_orders()],
            "algoOrders": [order_answers.queried_algo(symbols[algo.symbol], algo) for algo in state.all_algos()],
            "trades": state.history.all_trades(),
            "income": list(state.history.income_of()),
            "positions": [row for row in risk_rows(self.core, state) if Decimal(row["positionAmt"])],
        }

    def _now(self) -> int:
        return self.core.moment(self.core.clock.now_ms())

    def _open(self, account: AccountState, former: AccountSettings | None = None) -> None:
        now_ms = self._now()
        balance = truncated(account.spec.balance)
        fresh = AccountSettings(cross_wallet=balance, dual_side=False, multi_assets=False, updated_ms=now_ms)
        account.put_settings(replace(former, cross_wallet=balance, updated_ms=now_ms) if former else fresh)
        if balance:
            self.core.book_income(account, "TRANSFER", balance, time_ms=now_ms)

    def _run_timers(self, account: AccountState, time_ms: int) -> None:
        for countdown in list(account.countdowns.records.values()):
            if countdown.deadline_ms <= time_ms:
                account.countdowns.delete(countdown.symbol)
                for order in account.open_orders(countdown.symbol):
                    cancel(self.core, account, order, time_ms)
                if self.core.switches.countdown_cancels_algo_orders:
                    for algo in account.open_algos(countdown.symbol):
                        cancel_algo(self.core, account, algo, time_ms)
        for order in account.open_orders():
            if 0 < order.good_till_ms <= time_ms:
                expire(self.core, account, order, "0", time_ms)
        for algo in account.open_algos():
            if 0 < algo.good_till_ms <= time_ms:
                put_state(self.core, account, replace(algo, status=AlgoStatus.EXPIRED, updated_ms=time_ms))


def _state_id(store: Store) -> str:
    row = store.rows("trading_meta").get("state")
    if row is None:
        row = {"id": secrets.token_hex(16)}
        store.put("trading_meta", "state", row)
    return str(row["id"])
