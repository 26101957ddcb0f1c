"""Plays a schedule against a real bot process, a real database and a practice exchange, then checks the invariants."""

import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from domain.risk.limits import RiskLimits
from domain.terms import Phase
from storage.connections import sessions
from storage.settings import load_setting
from storage.tables import AccountRow, PositionRow
from tests.support.practice import PracticeExchange
from tests.support.waiting import eventually
from tests.system.chaos.hands import Hands
from tests.system.chaos.schedule import Step
from tests.system.chaos.unprotected import Gap, gaps
from tests.system.crash.nursery import ForkedBot, Nursery
from tests.system.flow.past import chapters
from tests.system.flow.story import story
from tests.system.flow.truth import BARE, unbooked_income, violations

CALM_WITHIN_SECONDS = 60.0
SIGN_IN_WITHIN_SECONDS = 20.0
PATIENCE_SECONDS = 1.0
# What was accepted, can no longer be found and would close the next trade counts as resting for an hour.
FORGOTTEN = timedelta(minutes=61)
# Longer than it takes to prove that an order never arrived, so that such proofs need no waiting.
PROOF_OF_ABSENCE = timedelta(seconds=11)
# Longer than a result stays open for late rows, a reopening for its chance and a position after a lost entry.
EVERYTHING_OVER = timedelta(minutes=12)


@dataclass
class Played:
    """How a schedule ended."""

    violations: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    positions: int = 0
    gaps: list[Gap] = field(default_factory=list)
    seconds: float = 0.0


class World:
    """One bot, one account, one market."""

    def __init__(
        self,
        database_url: str,
        exchange: PracticeExchange,
        nursery: Nursery,
        folder: Path,
        frozen_database: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.database_url = database_url
        self.exchange = exchange
        self.nursery = nursery
        self.frozen_database = frozen_database
        self.log = folder / f"chaos-{uuid4().hex}.log"
        self.engine = create_engine(database_url)  # none of the bot's limits: who looks on may be slow
        self.sessions = sessions(self.engine)
        self.bot: ForkedBot = self._start()
        self.played = Played()

    def play(self, steps: list[Step], limits: RiskLimits | None = None) -> Played:
        """Play all steps under limits, let it calm down, check."""
        began = time.monotonic()
        self.hands = Hands(self.sessions, self.exchange, lambda: self.bot, self._start_again, self.frozen_database)
        try:
            self._wait_for_sign_in()
            if limits is not None:
                self._say(f"limits {limits}")
                self.hands.set_limits(limits)
            for step in steps:
                time.sleep(step.after_seconds)
                self._say(f"{step.kind} {step.details}")
                getattr(self.hands, step.kind)(**step.details)
            self.played.violations = self._calm_down()
            self._look_back()
        finally:
            self.bot.stop()
            with suppress(OSError):
                self.log.unlink()
            self.engine.dispose()
        self.played.seconds = time.monotonic() - began
        return self.played

    def _calm_down(self) -> list[str]:
        """Heal everything and wait until the invariants hold; then let the clock run on, and wait once more."""
        self.exchange.control("faults", method="DELETE")
        if not self.bot.lives:
            self._start_again()
        left = self._wait_until_clean(self._violations)
        if left:
            return left
        self._say("calm; the clock runs on")
        self.hands.advance(EVERYTHING_OVER.total_seconds())
        over = self.exchange.now()
        if self.hands.past.ended_ms:
            self.hands.kill()  # after a sign-in it is asked whether the history is still there
        # A cut stream makes the bot look at once, and find the new time.
        self.exchange.control("faults", {"match": "WS /private", "kind": "ws_drop"})
        return self._wait_until_clean(lambda: self._violations(income_read_after=over))

    def _wait_until_clean(self, look: Callable[[], list[str]]) -> list[str]:
        """Wait until nothing is wrong; what takes its time is helped on by the clock, a bare position never is."""
        deadline = time.monotonic() + CALM_WITHIN_SECONDS
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while (left := look()) and time.monotonic() < deadline:
            self.hands.write_off_what_is_gone()
            if time.monotonic() > patient_until and not any(line.startswith(BARE) for line in left):
                forgotten = self.hands.past.ended_ms and all(
                    line.endswith(("is UNKNOWN", "is TRIGGERED")) for line in left
                )
                self.hands.advance((FORGOTTEN if forgotten else PROOF_OF_ABSENCE).total_seconds())
                patient_until = time.monotonic() + PATIENCE_SECONDS
            time.sleep(0.1)
        return left

    def _violations(self, income_read_after: datetime | None = None) -> list[str]:
        ledger = self.exchange.ledger()
        with self.sessions() as session:
            entering = session.scalars(select(PositionRow.id).where(PositionRow.phase == Phase.ENTERING)).all()
            wrong = [f"position {number} is still entering" for number in entering]
            wrong += violations(session, ledger, past=self.hands.past)
            if income_read_after is not None and not wrong:
                read = load_setting(session, f"income_read_{session.scalars(select(AccountRow.id)).one()}")
                if read is None or datetime.fromisoformat(read["until"]) < income_read_after:
                    return ["the income history was not read to its end"]
                wrong += unbooked_income(session, ledger) + chapters(session, self.hands.past)
            return wrong

    def _look_back(self) -> None:
        with self.sessions() as session:
            self.played.positions = len(session.scalars(select(PositionRow.id)).all())
            if self.played.violations:
                self._tell(session)
            else:
                self.played.gaps = gaps(
                    session, self.exchange, self.hands.out_of_reach, self.hands.killed_at, self.hands.past
                )

    def _tell(self, session: Session) -> None:
        self._say(f"the bot {'lives' if self.bot.lives else 'is dead'}")
        self.bot.signal(signal.SIGUSR1)  # it writes where its threads are
        time.sleep(0.3)
        self.played.story += self.nursery.log.read_text(errors="replace").splitlines()[-120:]
        self.played.story += story(session)

    def _say(self, line: str) -> None:
        self.played.story.append(f"{datetime.now(UTC):%H:%M:%S.%f} {line}")

    def _start(self) -> ForkedBot:
        return self.nursery.start(self.database_url, self.exchange.url, "0", self.log)

    def _start_again(self) -> None:
        self.bot = self._start()

    def _wait_for_sign_in(self) -> None:
        def signed_in() -> int | None:
            with self.sessions() as session:
                return session.scalar(select(AccountRow.id))

        eventually(signed_in, "the bot signed in", SIGN_IN_WITHIN_SECONDS)
