"""Rows and a monitor's snapshot for tests of services and pages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from binance_client import BinanceTestnetClient
from domain.bot_status import BotState, MonitorHealth, StreamHealth
from domain.exchange import Balance, RequestUsage
from domain.terms import (
    Basis,
    CloseReason,
    OrderState,
    Phase,
    PlanState,
    Purpose,
    ReopenState,
    Severity,
    Side,
    SymbolRules,
)
from domain.venues import Venue
from storage.bot_tables import JournalRow
from storage.income_tables import EquityRow, IncomeRow, IncomeShareRow
from storage.tables import AccountRow, FillRow, OrderRow, PlanRow, PositionRow

D = Decimal
Row = TypeVar("Row")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BTC_RULES = SymbolRules(
    symbol="BTCUSDT",
    base_asset="BTC",
    tick_size=D("0.10"),
    min_price=D("556.80"),
    max_price=D("4529764"),
    step_size=D("0.001"),
    min_quantity=D("0.001"),
    max_quantity=D("120"),
    min_notional=D("100"),
    multiplier_up=D("1.05"),
    multiplier_down=D("0.95"),
    market_take_bound=D("0.05"),
    trading=True,
)


def bot_health(account_id: int | None = None, **changes: Any) -> MonitorHealth:
    """Return a healthy monitor's snapshot, on practice, with 10 000 USDT."""
    values: dict[str, Any] = {
        "state": BotState.TRADING,
        "holds_lease": True,
        "venue": Venue.PRACTICE,
        "account_id": account_id,
        "account_alias": None if account_id is None else "SgsR",
        "last_check_at": NOW - timedelta(seconds=2),
        "last_cycle_age_seconds": 2.0,
        "streams": StreamHealth(user_connected=True, prices_connected=True, price_age_seconds=0.4, reconnects=0),
        "clock_offset_ms": 3,
        "usage": RequestUsage(120, 6000, 0, 300, 0, 1200, None),
        "balance": Balance("SgsR", D("10000"), D("9850"), D("0"), D("10000")),
        "external_positions": (),
        "alerts": (),
    }
    return MonitorHealth(**(values | changes))


@dataclass
class SteadyFeed:
    """A monitor that says what it was told to say, and counts how often it is woken."""

    snapshot: MonitorHealth
    prices: dict[str, tuple[Decimal, float]] = field(default_factory=dict)
    rules: dict[str, SymbolRules] = field(default_factory=lambda: {"BTCUSDT": BTC_RULES})
    client: BinanceTestnetClient | None = None
    wakes: int = 0

    def health(self) -> MonitorHealth:
        return self.snapshot

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        return self.prices.get(symbol)

    def symbol_rules(self) -> dict[str, SymbolRules]:
        return self.rules

    def viewer_client(self) -> BinanceTestnetClient | None:
        return self.client

    def wake(self) -> None:
        self.wakes += 1


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        """Return its time as a number of seconds."""
        return self.at.timestamp()

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def add_account(session: Session, family: str = "practice", alias: str = "SgsR") -> AccountRow:
    """Insert an account."""
    return _added(session, AccountRow(family=family, alias=alias, first_seen_at=NOW - timedelta(days=90)))


def add_plan(session: Session, account: AccountRow, **changes: Any) -> PlanRow:
    """Insert a plan: 150 USDT at 20x on BTCUSDT LONG, +15 / −10, reopening."""
    values: dict[str, Any] = {
        "account_id": account.id,
        "symbol": "BTCUSDT",
        "side": Side.LONG,
        "amount_usdt": D("150"),
        "leverage": 20,
        "tp_usdt": D("15"),
        "sl_usdt": D("10"),
        "basis": Basis.NET,
        "reopen_enabled": True,
        "reopen_delay_seconds": 300,
        "reopen_maximum": None,
        "reopen_after_target": True,
        "reopen_after_stop": True,
        "state": PlanState.ACTIVE,
        "state_reason": None,
        "created_at": NOW - timedelta(days=30),
    }
    return _added(session, PlanRow(**(values | changes)))


def add_position(session: Session, plan: PlanRow, **changes: Any) -> PositionRow:
    """Insert the plan's first trade, OPEN: 0.03 bought at 100 000, protected."""
    return _added(session, _position(plan, **changes))


def _position(plan: PlanRow, **changes: Any) -> PositionRow:
    values: dict[str, Any] = {
        "account_id": plan.account_id,
        "plan_id": plan.id,
        "parent_position_id": None,
        "sequence": 1,
        "reopen_count": 0,
        "symbol": plan.symbol,
        "side": plan.side,
        "amount_usdt": plan.amount_usdt,
        "leverage": plan.leverage,
        "tp_usdt": plan.tp_usdt,
        "sl_usdt": plan.sl_usdt,
        "basis": plan.basis,
        "phase": Phase.OPEN,
        "entry_quantity": D("0.03"),
        "entry_price": D("100000"),
        "stop_price": D("99800"),
        "target_price": D("100700"),
        "protected_at": NOW - timedelta(hours=1),
        "created_at": NOW - timedelta(hours=1),
        "opened_at": NOW - timedelta(hours=1),
        "reopen_state": ReopenState.NONE,
    }
    return PositionRow(**(values | changes))


def add_closed(
    session: Session, plan: PlanRow, net: str | None, closed_at: datetime, sequence: int, **changes: Any
) -> PositionRow:
    """Insert a closed trade of one hour whose fees were 1 USDT; net None = written off."""
    return _added(session, _closed(plan, net, closed_at, sequence, **changes))


def add_many_closed(session: Session, plan: PlanRow, nets: Iterable[str], closed_at: datetime) -> None:
    """Insert closed trades, the first of the plan's onwards, by the thousand; sums of them are not kept.

    Closed in the same moment, each would have all before it summed up anew, which takes ten seconds.
    """
    session.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger until the transaction ends
    session.add_all(_closed(plan, net, closed_at, sequence) for sequence, net in enumerate(nets, start=1))
    session.flush()


def _closed(plan: PlanRow, net: str | None, closed_at: datetime, sequence: int, **changes: Any) -> PositionRow:
    amount = None if net is None else D(net)
    values: dict[str, Any] = {
        "phase": Phase.CLOSED,
        "sequence": sequence,
        "exit_quantity": D("0.03"),
        "exit_price": D("100100"),
        "close_reason": CloseReason.LOST if amount is None else CloseReason.SL if amount < 0 else CloseReason.TP,
        "gross_usdt": None if amount is None else amount + 1,
        "fees_usdt": None if amount is None else D(1),
        "funding_usdt": None if amount is None else D(0),
        "net_usdt": amount,
        "result_final": amount is not None,
        "created_at": closed_at - timedelta(hours=1),
        "opened_at": closed_at - timedelta(hours=1),
        "closed_at": closed_at,
    }
    return _position(plan, **(values | changes))


def add_fill(session: Session, position: PositionRow, trade_id: int, **changes: Any) -> FillRow:
    """Insert an entry fill of 0.03 at 100 000 whose commission was 1.2 USDT (0.04 %)."""
    values: dict[str, Any] = {
        "account_id": position.account_id,
        "position_id": position.id,
        "order_id": None,
        "symbol": position.symbol,
        "trade_id": trade_id,
        "exchange_order_id": trade_id,
        "side": position.side,
        "opening": True,
        "price": D("100000"),
        "quantity": D("0.03"),
        "commission": D("1.2"),
        "commission_asset": "USDT",
        "realized_pnl": D(0),
        "maker": False,
        "traded_at": NOW - timedelta(hours=1),
    }
    values |= changes
    worth = values["commission"] if values["commission_asset"] == "USDT" else None
    return _added(session, FillRow(**({"fee_usdt": worth} | values)))


def add_order(session: Session, position: PositionRow, purpose: Purpose, **changes: Any) -> OrderRow:
    """Insert the position's first order of that purpose, filled with 0.03."""
    values: dict[str, Any] = {
        "account_id": position.account_id,
        "position_id": position.id,
        "client_order_id": f"t1-test-{position.id}-{purpose}-1",
        "purpose": purpose,
        "attempt": 1,
        "symbol": position.symbol,
        "side": position.side,
        "state": OrderState.FILLED,
        "executed_quantity": D("0.03"),
        "created_at": NOW,
    }
    return _added(session, OrderRow(**(values | changes)))


def add_income(
    session: Session, position: PositionRow, tran_id: int, amount: str, income_type: str = "FUNDING_FEE"
) -> None:
    """Insert an income row that belongs wholly to the position."""
    row = _added(
        session,
        IncomeRow(
            account_id=position.account_id,
            income_type=income_type,
            tran_id=tran_id,
            symbol=position.symbol,
            amount=D(amount),
            asset="USDT",
            trade_id=None,
            occurred_at=NOW - timedelta(minutes=30),
        ),
    )
    _added(session, IncomeShareRow(income_id=row.id, position_id=position.id, amount=D(amount)))


def add_equity(session: Session, account: AccountRow, wallet: str, at: datetime) -> None:
    """Insert one reading of the wallet."""
    _added(
        session,
        EquityRow(account_id=account.id, at=at, wallet_usdt=D(wallet), unrealised_usdt=D(0), available_usdt=D(wallet)),
    )


def add_journal(session: Session, account: AccountRow | None, text: str, **changes: Any) -> JournalRow:
    """Insert a journal line."""
    values: dict[str, Any] = {
        "account_id": None if account is None else account.id,
        "position_id": None,
        "at": NOW,
        "severity": Severity.INFO,
        "event": "noted",
        "text": text,
        "details": {},
    }
    return _added(session, JournalRow(**(values | changes)))


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
