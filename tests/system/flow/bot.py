"""The bot as tests run it: the real monitor and services on a real database against a practice exchange."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from domain.terms import (
    FINAL_STATES,
    Basis,
    CloseReason,
    InstructionKind,
    OrderState,
    Phase,
    Purpose,
    ReopenRule,
    ReopenState,
    Side,
    TradeTerms,
)
from engine.state.routines import Routine
from monitor import PositionMonitor
from services.facade import build_services
from storage.bot_tables import InstructionRow
from storage.connections import ACTING, create_database_engine, sessions
from storage.lease import Lease, new_instance
from storage.tables import OrderRow, PositionRow
from strategy import Try1Strategy
from tests.support.instructions import write_instruction
from tests.support.practice import PracticeExchange
from tests.support.waiting import eventually

D = Decimal
Found = TypeVar("Found")
WITHIN_SECONDS = 15.0
_numbers = count(1)

NO_REOPEN = ReopenRule(enabled=False)


def reopening(after: timedelta, maximum: int | None = None) -> ReopenRule:
    """Return a rule that opens again after a delay."""
    return ReopenRule(enabled=True, delay=after, maximum=maximum)


def terms(
    symbol: str = "BTCUSDT",
    side: Side = Side.LONG,
    amount: str = "100",
    leverage: int = 10,
    tp: str = "10",
    sl: str = "5",
    reopen: ReopenRule = NO_REOPEN,
) -> TradeTerms:
    """Return terms of a trade after fees."""
    return TradeTerms(symbol, side, D(amount), leverage, D(tp), D(sl), Basis.NET, reopen)


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """A position that is open and protected, as stored."""

    id: int
    plan_id: int
    parent_id: int | None
    sequence: int
    reopen_count: int
    quantity: Decimal
    entry_price: Decimal
    stop_price: Decimal
    target_price: Decimal


@dataclass(frozen=True, slots=True)
class ClosedPosition:
    """A closed position, as stored."""

    id: int
    reason: CloseReason
    gross: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    closed_at: datetime
    reopen_state: ReopenState
    reopen_not_before: datetime | None


class Bot:
    """One monitor with its services; may be stopped and another started on the same database."""

    def __init__(
        self,
        database_url: str,
        exchange: PracticeExchange,
        strategy: Try1Strategy | None = None,
        **environment: str,
    ) -> None:
        self.exchange = exchange
        self.config = Config.from_environment(
            {"DATABASE_URL": database_url, "EXCHANGE": "practice", "BINANCE_FUTURES_URL": exchange.url} | environment
        )
        instance = new_instance()
        self._engines: list[Engine] = [
            create_database_engine(database_url, instance, 3, ACTING),
            create_database_engine(database_url, "pages", 3),
        ]
        # None of the bot's limits: who looks on may be slow.
        self._engines.append(create_engine(database_url, pool_pre_ping=True))
        self.sessions: sessionmaker[Session] = sessions(self._engines[2])
        self.monitor = PositionMonitor(
            self.config,
            sessions(self._engines[0]),
            Lease(database_url, instance),
            strategy or Try1Strategy(),
        )
        self.services = build_services(self.config, sessions(self._engines[1]), self.monitor, self.monitor.exchange_now)

    def start(self) -> "Bot":
        """Start and wait until the first full check is done."""
        self.monitor.start()
        self.eventually(lambda: self.monitor.health().last_check_at, "first check")
        return self

    def stop(self) -> None:
        """Stop cleanly."""
        self.monitor.stop()
        for engine in self._engines:
            engine.dispose()

    def eventually(self, look: Callable[[], Found | None], what: str, within: float = WITHIN_SECONDS) -> Found:
        """Return what look finds as soon as it finds something."""
        return eventually(look, lambda: f"{what}\n{self.story()}", within)

    def story(self) -> str:
        """Return the journal and the orders, for a failing test."""
        lines = [f"{j.at:%H:%M:%S.%f} {j.event}: {j.text}" for j in reversed(self.services.activity.entries())]
        with self.sessions() as session:
            for position in session.scalars(select(PositionRow).order_by(PositionRow.id)):
                lines.append(
                    f"position {position.id} {position.symbol} {position.side} {position.phase} "
                    f"{position.entry_quantity}-{position.exit_quantity} reopen={position.reopen_state}"
                )
            for order in session.scalars(select(OrderRow).order_by(OrderRow.id)):
                lines.append(f"  {order.client_order_id} {order.state} {order.answer_code} {order.answer_text}")
            for row in session.scalars(select(InstructionRow)):
                lines.append(f"  {row.kind} consumed={row.consumed_at} {row.outcome}")
        lines.append(str(self.monitor.health().alerts))
        return "\n".join(lines)

    def ask(self, kind: str, *arguments: Any, within: float = WITHIN_SECONDS) -> str:
        """Ask the services for something and return what the person is told in the end."""
        instruction_id = f"test-{next(_numbers)}-{time.monotonic_ns()}"
        getattr(self.services.instructions, kind)(instruction_id, *arguments)

        def reply() -> str | None:
            answer = self.services.instructions.answer(instruction_id)
            return (answer.outcome or "done") if answer.done else None

        return self.eventually(reply, kind, within)

    def instruct(self, kind: str, terms: dict[str, str], position_id: int | None = None) -> str:
        """Write an instruction as the services do and return what the person is told in the end."""
        now = self.monitor.exchange_now()
        with self.sessions.begin() as session:
            instruction_id = write_instruction(
                session, InstructionKind(kind), now, position_id=position_id, terms=terms
            )
        self.monitor.wake()
        return self.eventually(lambda: self.services.instructions.answer(instruction_id).outcome, kind)

    def open(self, wanted: TradeTerms) -> OpenPosition:
        """Open a trade and wait until it is open with stop and target resting."""
        before = {position.id for position in self.positions()}
        reply = self.ask("open_trade", wanted)
        assert "is being opened" in reply, reply
        new = self.eventually(lambda: [p for p in self.positions() if p.id not in before], "the new position")[0]
        return self.settled(new.id)

    def settled(self, position_id: int) -> OpenPosition:
        """Wait until a position is open and both its orders rest."""
        return self.eventually(lambda: self._with_both(position_id), f"position {position_id} open and protected")

    def _with_both(self, position_id: int) -> OpenPosition | None:
        position = self.position(position_id)
        resting = {order.purpose for order in self.orders(position_id) if order.state is OrderState.WORKING}
        if position.phase is not Phase.OPEN or not {Purpose.STOP, Purpose.TARGET} <= resting:
            return None
        assert position.entry_price is not None
        assert position.stop_price is not None
        assert position.target_price is not None
        return OpenPosition(
            position.id,
            position.plan_id,
            position.parent_position_id,
            position.sequence,
            position.reopen_count,
            position.entry_quantity,
            position.entry_price,
            position.stop_price,
            position.target_price,
        )

    def position_after(self, position_id: int) -> OpenPosition:
        """Wait until the position that follows another is open and protected."""
        later = self.eventually(lambda: [p for p in self.positions() if p.id > position_id], "the next position")
        return self.settled(later[0].id)

    def closed(self, position_id: int, within: float = WITHIN_SECONDS) -> ClosedPosition:
        """Wait until a position is closed."""
        return self.eventually(lambda: self._closed(position_id), f"position {position_id} closed", within)

    def _closed(self, position_id: int) -> ClosedPosition | None:
        position = self.position(position_id)
        if position.phase is not Phase.CLOSED:
            return None
        assert position.close_reason is not None
        assert position.closed_at is not None
        money = [position.gross_usdt, position.fees_usdt, position.funding_usdt, position.net_usdt]
        gross, fees, funding, net = (amount for amount in money if amount is not None)
        return ClosedPosition(
            position.id,
            position.close_reason,
            gross,
            fees,
            funding,
            net,
            position.closed_at,
            position.reopen_state,
            position.reopen_not_before,
        )

    def tidy(self, position_id: int) -> None:
        """Wait until no order of a position can do anything any more."""
        self.eventually(
            lambda: all(order.state in FINAL_STATES for order in self.orders(position_id)), "all orders final"
        )

    def position(self, position_id: int) -> PositionRow:
        """Return a position as stored."""
        with self.sessions() as session:
            return session.get_one(PositionRow, position_id)

    def positions(self) -> list[PositionRow]:
        """Return all positions, oldest first."""
        with self.sessions() as session:
            return list(session.scalars(select(PositionRow).order_by(PositionRow.id)))

    def orders(self, position_id: int) -> list[OrderRow]:
        """Return the orders of a position, oldest first."""
        with self.sessions() as session:
            return list(
                session.scalars(select(OrderRow).where(OrderRow.position_id == position_id).order_by(OrderRow.id))
            )

    def check_now(self) -> None:
        """Let the bot look at the whole account now, not only when its job is due, and wait until it has."""
        before = self.monitor.health().last_check_at
        self.make_due(Routine.CHECK_POSITIONS)
        self.eventually(lambda: self.monitor.health().last_check_at != before, "a full check")

    def make_due(self, routine: Routine) -> None:
        """Let the job of a routine run now."""
        self.monitor.scheduler.modify_job(routine.value, next_run_time=datetime.now(UTC))

    def price(self, symbol: str, price: Decimal) -> None:
        """Move the market there."""
        self.exchange.control("price", {"symbol": symbol, "price": str(price)})

    def wait_on_the_exchange(self, span: timedelta) -> None:
        """Let the exchange's clock run ahead, and the bot measure it at once; by itself it finds out a little later."""
        self.exchange.control("clock", {"advance_seconds": span.total_seconds()})
        if self.monitor.scheduler.running:
            self.make_due(Routine.MEASURE_CLOCK)

    def on_exchange(self, symbol: str, side: Side) -> Decimal:
        """Return the quantity the exchange's truth shows on a position."""
        for row in self.exchange.ledger()["positions"]:
            if (row["symbol"], row["positionSide"]) == (symbol, side.value):
                return abs(D(row["positionAmt"]))
        return D(0)

    def resting(self, symbol: str | None = None) -> list[dict[str, Any]]:
        """Return the conditional orders that rest by the exchange's truth."""
        return [
            row
            for row in self.exchange.ledger()["algoOrders"]
            if row["algoStatus"] == "NEW" and symbol in (None, row["symbol"])
        ]


@contextmanager
def running_bot(database_url: str, exchange: PracticeExchange) -> Iterator[Bot]:
    """Give a started bot; it is stopped at the end."""
    bot = Bot(database_url, exchange)
    try:
        yield bot.start()
    finally:
        bot.stop()
