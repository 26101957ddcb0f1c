"""One scripted trade driven from outside, through a bot that may be killed at any boundary and is started again."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from domain.exit_plan import ExitPlan, Trail, TrailUnit
from domain.exit_plan_json import stored_exits
from domain.risk.limits import RiskLimits
from domain.terms import Basis, InstructionKind, OrderState, Phase, Purpose, ReopenRule, ReopenState, Side, TradeTerms
from domain.terms_json import terms_to_json
from storage.connections import sessions
from storage.tables import AccountRow, OrderRow, PositionRow
from tests.support.instructions import write_instruction
from tests.support.limits import set_limits
from tests.support.practice import PracticeExchange
from tests.support.waiting import eventually
from tests.system.crash.nursery import ForkedBot, Nursery
from tests.system.flow.story import story
from tests.system.flow.truth import violations

D = Decimal
Found = TypeVar("Found")
STEP_SECONDS = 120.0
PATIENCE_SECONDS = 1.0
HUNG_SECONDS = 2.0
ASKED_IN_VAIN = 3
# Longer than it takes to prove that an order never arrived, so that such proofs need no waiting.
PROOF_OF_ABSENCE = timedelta(seconds=11)
TRAILS_BEHIND = D(100)
SYMBOL = "BTCUSDT"
TERMS = TradeTerms(
    SYMBOL, Side.LONG, D(100), 10, D(10), D(5), Basis.NET, ReopenRule(enabled=True, delay=timedelta(0), maximum=2)
)
LIMITS = RiskLimits(day_goal_usdt=D(1))


class Ended(Exception):
    """The script cannot go on, for a reason that is no violation: the first entry never arrived."""


@dataclass
class Outcome:
    """How one scripted trade went."""

    died_at: str | None = None
    boundaries: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)


class Script:
    """Opens, takes profit, lets it reopen, moves both prices, trails, closes half, closes the rest; then checks all."""

    def __init__(
        self,
        database_url: str,
        exchange: PracticeExchange,
        nursery: Nursery,
        folder: Path,
        at: str,
        frozen_database: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """Play on a database of its own; frozen_database: let it hang while a bot that died starts again."""
        self.database_url = database_url
        self.exchange = exchange
        self.at = at
        self.log = folder / f"boundaries-{uuid4().hex}.log"
        self.engine = create_engine(database_url)  # none of the bot's limits: who looks on may be slow
        self.sessions = sessions(self.engine)
        self.nursery = nursery
        self.frozen_database = frozen_database
        self.bot: ForkedBot | None = None
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Play it through and return what happened."""
        try:
            self._start(self.at)
            with suppress(Ended):
                self._play()
            self._check()
        except AssertionError as wrong:
            self.outcome.violations.append(str(wrong))
        finally:
            if self.outcome.violations:
                with self.sessions() as session:
                    self.outcome.story = story(session)
            self._stop()
            self.engine.dispose()
        self.outcome.boundaries = self.log.read_text().splitlines() if self.log.exists() else []
        return self.outcome

    def _play(self) -> None:
        self._until(lambda s: s.scalar(select(AccountRow.id)), "sign-in")
        self._instruct(InstructionKind.OPEN, terms=terms_to_json(TERMS))
        first = self._until(lambda s: self._protected(s, 0), "first position protected")
        assert first.target_price is not None
        self._price(first.target_price)
        second = self._until(lambda s: self._protected(s, first.id), "second position protected")
        assert second.stop_price is not None
        assert second.target_price is not None
        # The first one's gain has reached it already: the second closes as it would, and no third opens.
        set_limits(self.sessions, LIMITS, self.exchange.now())
        prices = (second.stop_price + D(50), second.target_price + D(50))
        wanted = {"stop_price": str(prices[0]), "target_price": str(prices[1])}
        self._instruct(InstructionKind.EDIT_PROTECTION, second.id, wanted)
        self._until(lambda s: self._protected_at(s, second.id, prices), "stop and target moved")
        trailing = {"exits": stored_exits(ExitPlan(trail=Trail(TrailUnit.PRICE, TRAILS_BEHIND)))}
        self._instruct(InstructionKind.EDIT_PROTECTION, second.id, trailing)
        best = first.target_price + D(150)
        self._price(best)
        self._until(lambda s: self._protected_at(s, second.id, (best - TRAILS_BEHIND, prices[1])), "stop trailed")
        self._instruct(InstructionKind.CLOSE, second.id, {"share": "0.5"})
        self._until(lambda s: self._halved(s, second.id), "half of it closed, the rest open")
        self._price(prices[1])
        self._until(self._all_done, "everything closed and final")
        self._until(self._third_waits, "the third trade waiting for the limit to lift")

    def _check(self) -> None:
        """Wait until the invariants hold; what still does not after a while is a violation."""
        left: list[str] = []

        def clean(session: Session) -> bool:
            nonlocal left
            left = violations(session, self.exchange.ledger())
            return not left

        try:
            self._until(clean, "the invariants")
        except AssertionError:
            self.outcome.violations += left

    def _protected(self, session: Session, after: int) -> PositionRow | None:
        position = session.scalar(select(PositionRow).where(PositionRow.id > after).order_by(PositionRow.id).limit(1))
        if position is not None and position.phase is Phase.FAILED:
            raise Ended
        if position is None or position.phase is not Phase.OPEN:
            return None
        working = {o.purpose for o in _orders(session, position.id) if o.state is OrderState.WORKING}
        return position if {Purpose.STOP, Purpose.TARGET} <= working else None

    def _protected_at(self, session: Session, position_id: int, prices: tuple[Decimal, Decimal]) -> bool:
        working = {o.purpose: o.trigger_price for o in _orders(session, position_id) if o.state is OrderState.WORKING}
        return working == dict(zip((Purpose.STOP, Purpose.TARGET), prices, strict=True))

    def _halved(self, session: Session, position_id: int) -> bool:
        position = session.get_one(PositionRow, position_id)
        return position.phase is Phase.OPEN and 0 < position.exit_quantity < position.entry_quantity

    def _all_done(self, session: Session) -> bool:
        positions = session.scalars(select(PositionRow)).all()
        orders = session.scalars(select(OrderRow)).all()
        return all(r.phase in (Phase.CLOSED, Phase.FAILED) for r in positions) and all(o.final_at for o in orders)

    def _third_waits(self, session: Session) -> bool:
        states = session.scalars(select(PositionRow.reopen_state).order_by(PositionRow.id)).all()
        return len(states) == 2 and states[-1] is ReopenState.WAITING

    def _instruct(
        self, kind: InstructionKind, position_id: int | None = None, terms: dict[str, Any] | None = None
    ) -> None:
        now = self.exchange.now()
        with self.sessions.begin() as session:
            write_instruction(session, kind, now, position_id=position_id, terms=terms)

    def _price(self, price: Decimal) -> None:
        self.exchange.control("price", {"symbol": SYMBOL, "price": str(price)})

    def _until(self, look: Callable[[Session], Found | None], what: str) -> Found:
        """Return what look finds; meanwhile a bot that died is started again, and its proofs get their time."""
        patient_until = time.monotonic() + PATIENCE_SECONDS

        def look_again() -> Found | None:
            nonlocal patient_until
            self._revive()
            with self.sessions() as session:
                found = look(session)
            if not found and time.monotonic() > patient_until:
                self._help_proofs()
                patient_until = time.monotonic() + PATIENCE_SECONDS
            return found

        return eventually(look_again, lambda: f"{what}; died at {self.outcome.died_at}", STEP_SECONDS)

    def _help_proofs(self) -> None:
        """Move the clock on while an order cannot be found, and at no other time: what is on its way must arrive."""
        lost = select(OrderRow.id).where(OrderRow.state == OrderState.UNKNOWN, OrderRow.query_count >= ASKED_IN_VAIN)
        with self.sessions() as session:
            found = session.scalar(lost.limit(1))
        if found is not None:
            self.exchange.control("clock", {"advance_seconds": PROOF_OF_ABSENCE.total_seconds()})

    def _start(self, at: str) -> None:
        self.bot = self.nursery.start(self.database_url, self.exchange.url, at, self.log)

    def _revive(self) -> None:
        assert self.bot is not None
        if self.bot.lives:
            return
        assert self.outcome.died_at is None, "the bot died without being killed"
        self.outcome.died_at = self.log.read_text().splitlines()[-1]
        if self.frozen_database is None:
            self._start("0")
            return
        with self.frozen_database():
            self._start("0")
            time.sleep(HUNG_SECONDS)

    def _stop(self) -> None:
        if self.bot is not None:
            self.bot.stop()


def _orders(session: Session, position_id: int) -> list[OrderRow]:
    return list(session.scalars(select(OrderRow).where(OrderRow.position_id == position_id)))
