"""A long history of closed trades, written straight into an application's database."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from domain.terms import Basis, CloseReason, Phase, PlanState, ReopenState, Side
from storage.tables import AccountRow, PlanRow, PositionRow
from tests.support.history_fill import ROLL_UP

SPAN = timedelta(days=90)
# The last one is as long and as cheap as a listed pair gets.
PAIRS = {"BTCUSDT": Decimal("123456.7"), "ETHUSDT": Decimal("2868.59"), "1000000MOGUSDT": Decimal("0.00001234")}


def add_trades(session: Session, trades: int, now: datetime) -> None:
    """Insert closed runs of three plans, evenly over SPAN, results between −12 and +15 USDT."""
    # So many rows take their time to make, and on a busy machine the bot's own limits would end the session.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # Row by row the trigger would sum up each day as often as trades closed on it.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    account_id = session.scalars(select(AccountRow.id)).first()
    chance = random.Random(5)
    plans = [_plan(account_id, symbol, now) for symbol in PAIRS]
    session.add_all(plans)
    session.flush()
    rows = []
    for place in range(trades):
        plan = plans[place % len(plans)]
        rows.append(_closed(plan, place // len(plans) + 1, now - SPAN * (1 - place / trades), chance))
    session.execute(insert(PositionRow), rows)
    session.execute(text(ROLL_UP), {"account_id": account_id})
    session.execute(text("SET LOCAL session_replication_role = origin"))


def add_trade(session: Session, symbol: str, closed_at: datetime, **figures: Any) -> None:
    """Insert one closed run of a plan of its own, with these figures in place of invented ones."""
    account_id = session.scalars(select(AccountRow.id)).first()
    plan = _plan(account_id, symbol, closed_at)
    session.add(plan)
    session.flush()
    session.add(PositionRow(**(_closed(plan, 1, closed_at, random.Random(1)) | figures)))


def _plan(account_id: int | None, symbol: str, now: datetime) -> PlanRow:
    return PlanRow(
        account_id=account_id,
        symbol=symbol,
        side=Side.SHORT if symbol.startswith("ETH") else Side.LONG,
        amount_usdt=Decimal(150),
        leverage=20,
        tp_usdt=Decimal(15),
        sl_usdt=Decimal(10),
        basis=Basis.NET,
        reopen_enabled=False,
        reopen_delay_seconds=300,
        reopen_maximum=None,
        reopen_after_target=True,
        reopen_after_stop=True,
        state=PlanState.PAUSED,
        state_reason=None,
        created_at=now - SPAN,
    )


def _closed(plan: PlanRow, sequence: int, closed_at: datetime, chance: random.Random) -> dict[str, Any]:
    net, fees = Decimal(chance.randint(-1200, 1500)) / 100, Decimal("2.95")
    price = PAIRS.get(plan.symbol, Decimal(1))
    return {
        "account_id": plan.account_id,
        "plan_id": plan.id,
        "parent_position_id": None,
        "sequence": sequence,
        "reopen_count": sequence - 1,
        **{
            name: getattr(plan, name)
            for name in ("symbol", "side", "amount_usdt", "leverage", "tp_usdt", "sl_usdt", "basis")
        },
        "phase": Phase.CLOSED,
        "entry_quantity": Decimal("0.035"),
        "exit_quantity": Decimal("0.035"),
        "entry_price": price,
        "exit_price": price,
        "close_reason": CloseReason.SL if net < 0 else CloseReason.TP,
        "gross_usdt": net + fees,
        "fees_usdt": fees,
        "funding_usdt": Decimal(0),
        "net_usdt": net,
        "result_final": True,
        "created_at": closed_at - timedelta(hours=1),
        "opened_at": closed_at - timedelta(hours=1),
        "closed_at": closed_at,
        "reopen_state": ReopenState.NONE,
    }
