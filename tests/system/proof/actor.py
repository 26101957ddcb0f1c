"""The bot's real monitor on the exchange in state: one thread, the exchange's clock, rows that a rollback removes."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session, sessionmaker

from binance_client import BinanceTestnetClient
from config import Config
from database import save_account
from domain.exchange import AccountModes
from domain.terms import InstructionKind
from engine.supervision.connection import Connection as SignedIn
from engine.supervision.connection import load_target, target_version
from exchange.streams import StreamState
from monitor import TROUBLE_PAUSE_SECONDS, PositionMonitor
from storage.lease import Lease
from storage.tables import AccountRow
from strategy import Try1Strategy
from tests.support.instructions import write_instruction
from tests.system.proof.venue import BALANCE, RULES, SYMBOL, Died, Venue

LONGEST_STEP = timedelta(seconds=5)
WITHOUT_DATABASE_STEP = timedelta(seconds=TROUBLE_PAUSE_SECONDS)


class Alone(Lease):
    """The lease of a bot that has no rival: what two processes do to each other is proven elsewhere."""

    def try_take(self) -> bool:
        self.epoch = 1
        return True

    def guard(self, session: Session) -> None:
        """Every transaction is ours."""

    def heartbeat(self) -> None:
        """Nobody listens."""

    def last_good_age(self) -> float | None:
        """It was good a moment ago, also while the database hangs."""
        return 0.0


class AtOnce:
    """A pool that does what it is given before it answers, so that every play of the same moves is the same."""

    def submit(self, work: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(work(*arguments))
        return done


class NoStream:
    """A stream that is neither here nor there; events come from the exchange in state itself."""

    def state(self) -> StreamState:
        return StreamState(connected=True, connected_at=None, last_message_age_seconds=None, reconnects=0)

    def watch(self, symbols: frozenset[str]) -> None:
        """Prices come with the position reads."""

    def changed_since(self, began: float) -> None:
        """Hear nothing, and be expected to hear nothing."""

    def prefer(self, heard: object) -> None:
        """Be asked for in the one form there is."""

    def mark_price(self, symbol: str) -> None:
        """Return none: prices come with the position reads."""


class Actor:
    """One bot process after the other on the same rows."""

    def __init__(self, connection: Connection, venue: Venue) -> None:
        self.venue = venue
        self.database_hangs_until = venue.now
        # Each commit of the monitor releases a savepoint; the rollback of the whole removes everything.
        self.sessions = sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        self.config = Config.from_environment(
            {
                "DATABASE_URL": connection.engine.url.render_as_string(hide_password=False),
                "EXCHANGE": "practice",
                "BINANCE_FUTURES_URL": "http://127.0.0.1:1",
            }
        )
        with self.sessions.begin() as session:
            save_account(session, "practice", "model", venue.now)
        self.start_again()

    def start_again(self) -> None:
        """Be a new process: state is gone, rows are kept."""
        lease = Alone(self.config.database_url or "", "proof")
        self.monitor = PositionMonitor(self.config, self.sessions, lease, Try1Strategy())
        at_once = AtOnce()
        self.monitor._worker.requests._ordinary = at_once  # type: ignore[assignment]
        self.monitor._worker.requests._urgent = at_once  # type: ignore[assignment]
        self.monitor._worker.requests.background._pool = at_once  # type: ignore[assignment]
        self.venue.on_event = self.monitor._wake_up.take_event
        self._sign_in()

    def _sign_in(self) -> None:
        with self.sessions() as session:
            target = load_target(session, self.config)
            version = target_version(session)
            account_id = session.scalars(select(AccountRow.id)).one()
        client = cast("BinanceTestnetClient", self.venue)
        supervisor = self.monitor._supervisor
        supervisor._target_version = version
        supervisor.connection = SignedIn(
            target=cast("Any", target),
            client=client,
            viewer_client=client,
            user_stream=cast("Any", NoStream()),
            price_stream=cast("Any", NoStream()),
            balance=BALANCE,
            modes=AccountModes(hedge=True, multi_assets=False, can_trade=True),
            rules={SYMBOL: RULES},
            account_id=account_id,
        )
        supervisor._clock_due = supervisor._account_due = float("inf")
        self.monitor._worker.state.exchange.rules = supervisor.connection.rules

    def ask(self, kind: InstructionKind, terms: dict[str, Any], position_id: int | None = None) -> None:
        """Write an instruction as the pages do."""
        with self.sessions.begin() as session:
            write_instruction(session, kind, self.venue.now, position_id=position_id, terms=terms)

    def cycle(self) -> None:
        """Do all there is to do now, or what can be done without the database; another process follows a dead one."""
        try:
            if self.venue.now < self.database_hangs_until:
                self.monitor._worker.protect_without_database()
            else:
                self.monitor._run_cycles()
        except Died:
            self.start_again()

    def live(self, span: timedelta, step: timedelta = LONGEST_STEP) -> None:
        """Let time pass, with a turn whenever the bot wants one, something arrives, or a step is over."""
        end = self.venue.now + span
        self.cycle()
        while self.venue.now < end:
            wake, arrival = self.monitor._worker.next_wake, self.venue.next_arrival()
            moments = [moment for moment in (wake, arrival) if moment is not None and moment > self.venue.now]
            hangs = self.venue.now < self.database_hangs_until
            pause = min(step, WITHOUT_DATABASE_STEP) if hangs else step
            self.venue.pass_until(min([*moments, end, self.venue.now + pause]))
            self.cycle()
        if self.monitor._worker.state.received:
            self.cycle()  # nothing was answered: that is taken in with the next turn
