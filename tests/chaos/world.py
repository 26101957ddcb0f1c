"""Plays a schedule against a real bot process, a real database and a practice exchange, then checks the invariants."""

import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from database import create_database_engine, sessions
from database_tables import AccountRow, InstructionRow, JournalRow, OrderRow, PositionRow
from domain.terms import LIVE_PHASES, Basis, InstructionKind, Phase, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_to_json
from tests.chaos.schedule import Step
from tests.crash.nursery import ForkedBot, Nursery
from tests.flow.truth import violations
from tests.practice import PracticeExchange

D = Decimal
CALM_WITHIN_SECONDS = 75.0
SIGN_IN_WITHIN_SECONDS = 20.0


@dataclass
class Played:
    """How a schedule ended."""

    violations: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    runs: int = 0


class World:
    """One bot, one account, one market."""

    def __init__(self, database_url: str, exchange: PracticeExchange, nursery: Nursery, folder: Path) -> None:
        self.database_url = database_url
        self.exchange = exchange
        self.nursery = nursery
        self.log = folder / f"chaos-{uuid4().hex}.log"
        self.engine = create_database_engine(database_url, "world", 2)
        self.sessions = sessions(self.engine)
        self.bot: ForkedBot = self._start()
        self.played = Played()

    def play(self, steps: list[Step]) -> Played:
        """Play all steps, let it calm down, check."""
        try:
            self._wait_for_sign_in()
            for step in steps:
                time.sleep(step.after_seconds)
                self._say(f"{step.kind} {step.details}")
                getattr(self, f"_{step.kind}")(**step.details)
            self._calm_down()
        finally:
            self.bot.stop()
            with suppress(OSError):
                self.log.unlink()
            self.engine.dispose()
        return self.played

    def _calm_down(self) -> None:
        self.exchange.control("faults", method="DELETE")
        if not self.bot.lives:
            self.bot = self._start()
        deadline = time.monotonic() + CALM_WITHIN_SECONDS
        left = ["never checked"]
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = self._violations()
        with self.sessions() as session:
            self.played.runs = len(session.scalars(select(PositionRow.id)).all())
            self.played.violations = left
            if left:
                self._tell(session)

    def _violations(self) -> list[str]:
        ledger = self.exchange.ledger()
        with self.sessions() as session:
            entering = session.scalars(select(PositionRow.id).where(PositionRow.phase == Phase.ENTERING)).all()
            busy = [f"run {number} is still entering" for number in entering]
            return busy + violations(session, ledger)

    def _tell(self, session: Session) -> None:
        self._say(f"the bot {'lives' if self.bot.lives else 'is dead'}")
        self.bot.signal(signal.SIGUSR1)  # it writes where its threads are
        time.sleep(0.3)
        self.played.story += self.nursery.log.read_text(errors="replace").splitlines()[-120:]
        for line in session.scalars(select(JournalRow).order_by(JournalRow.at, JournalRow.id)):
            self._say(f"{line.at:%H:%M:%S.%f} {line.event}: {line.text}")
        for order in session.scalars(select(OrderRow).order_by(OrderRow.id)):
            self._say(
                f"{order.client_order_id} {order.state} {order.trigger_price} code={order.answer_code} "
                f"asked={order.ask_count} {order.answer_text}"
            )
        for run in session.scalars(select(PositionRow).order_by(PositionRow.id)):
            self._say(f"run {run.id} {run.symbol} {run.side} {run.phase} {run.entry_quantity}-{run.exit_quantity}")

    def _say(self, line: str) -> None:
        self.played.story.append(f"{datetime.now(UTC):%H:%M:%S.%f} {line}")

    def _start(self) -> ForkedBot:
        return self.nursery.start(self.database_url, self.exchange.url, "0", self.log)

    def _wait_for_sign_in(self) -> None:
        deadline = time.monotonic() + SIGN_IN_WITHIN_SECONDS
        while time.monotonic() < deadline:
            with self.sessions() as session:
                if session.scalar(select(AccountRow.id)) is not None:
                    return
            time.sleep(0.02)
        raise AssertionError("the bot never signed in")

    def _ask(
        self,
        kind: InstructionKind,
        position: PositionRow | None = None,
        terms: dict[str, Any] | None = None,
        plan_id: int | None = None,
    ) -> None:
        now = datetime.now(UTC)
        with self.sessions.begin() as session:
            session.add(
                InstructionRow(
                    id=uuid4().hex,
                    account_id=session.scalars(select(AccountRow.id)).one(),
                    kind=kind,
                    position_id=position.id if position else None,
                    plan_id=plan_id,
                    terms=terms or {},
                    created_at=now,
                    lapses_at=now + timedelta(seconds=60) if kind is InstructionKind.OPEN else None,
                )
            )

    def _live(self, pick: float) -> PositionRow | None:
        with self.sessions() as session:
            live = session.scalars(
                select(PositionRow).where(PositionRow.phase.in_(LIVE_PHASES)).order_by(PositionRow.id)
            ).all()
        return live[int(pick * len(live))] if live else None

    def _open(self, symbol: str, side: str, amount: str, tp: str, sl: str, reopen: bool) -> None:
        rule = ReopenRule(enabled=reopen, delay=timedelta(seconds=1), maximum=2)
        wanted = TradeTerms(symbol, Side(side), D(amount), 10, D(tp), D(sl), Basis.NET, rule)
        self._ask(InstructionKind.OPEN, terms=terms_to_json(wanted))

    def _price(self, symbol: str, factor: str) -> None:
        # Asked in the open, so faults may hit this question too: then the price stays.
        with suppress(requests.RequestException, KeyError, ValueError):
            address = f"{self.exchange.url}/fapi/v1/premiumIndex"
            mark = requests.get(address, params={"symbol": symbol}, timeout=10).json()["markPrice"]
            self._set_price(symbol, D(mark) * D(factor))

    def _set_price(self, symbol: str, price: Decimal) -> None:
        tick = {"BTCUSDT": D("0.1")}.get(symbol, D("0.01"))
        self.exchange.control("price", {"symbol": symbol, "price": str(price.quantize(tick))})

    def _fire(self, which: str, pick: float, beyond: str) -> None:
        run = self._live(pick)
        price = None if run is None else run.stop_price if which == "stop" else run.target_price
        if run is None or price is None:
            return
        away = run.side.sign * (1 if which == "target" else -1)
        self._set_price(run.symbol, price * (1 + away * D(beyond)))

    def _fault(self, **rule: Any) -> None:
        with suppress(HTTPError):
            self.exchange.control("faults", rule)

    def _kill(self) -> None:
        self.bot.kill()
        self.bot = self._start()

    def _freeze(self, seconds: float) -> None:
        self.bot.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.bot.signal(signal.SIGCONT)

    def _foreign_reduce(self, pick: float, share: str) -> None:
        run = self._live(pick)
        if run is None or run.entry_quantity <= run.exit_quantity:
            return
        quantity = ((run.entry_quantity - run.exit_quantity) * D(share)).quantize(D("0.001"))
        body = {
            "account": "practice",
            "symbol": run.symbol,
            "side": "SELL" if run.side is Side.LONG else "BUY",
            "positionSide": run.side.value,
            "quantity": str(quantity),
        }
        with suppress(HTTPError):  # it may have closed meanwhile
            self.exchange.control("position", body)

    def _foreign_cancel(self, pick: float) -> None:
        resting = [row for row in self.exchange.ledger()["algoOrders"] if row["algoStatus"] == "NEW"]
        if resting:
            row = resting[int(pick * len(resting))]
            with suppress(HTTPError):
                self.exchange.control("cancel", {"account": "practice", "algoId": row["algoId"]})

    def _close(self, pick: float) -> None:
        run = self._live(pick)
        if run is not None:
            self._ask(InstructionKind.CLOSE, run)

    def _edit(self, pick: float, factor: str) -> None:
        run = self._live(pick)
        if run is None or run.stop_price is None or run.entry_price is None:
            return
        price = run.stop_price + (run.entry_price - run.stop_price) * D(factor)
        tick = {"BTCUSDT": D("0.1")}.get(run.symbol, D("0.01"))
        terms = {"stop_price": str(price.quantize(tick)), "target_price": None}
        self._ask(InstructionKind.EDIT_PROTECTION, run, terms)

    def _pause(self, pick: float) -> None:
        run = self._live(pick)
        if run is not None:
            self._ask(InstructionKind.PAUSE_PLAN, plan_id=run.plan_id)

    def _restart_exchange(self) -> None:
        self.exchange.kill()
        self.exchange.start()
