"""Pictures of the monitor: what the rest of the process is told about it."""

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from domain.bot_status import BotState, MonitorHealth, Problem, StreamHealth
from domain.exchange import ExchangePosition
from domain.position_key import PositionKey
from domain.terms import Severity
from domain.venues import Venue
from engine.state.engine_state import EngineState
from engine.state.row_mapping import key_of
from engine.supervision.connection import Connection
from engine.supervision.problem_texts import stall, standby
from engine.supervision.problems import Problems
from engine.supervision.sign_in import ConnectionSupervisor
from engine.supervision.watchdog import Watchdog
from storage.lease import Lease, LeaseLost

log = logging.getLogger(__name__)


def with_stall(health: MonitorHealth, now: datetime) -> MonitorHealth:
    """Return the picture of a monitor that stands still, which cannot say so itself."""
    problem = stall(health.last_cycle_age_seconds, now)
    return replace(health, state=BotState.DEGRADED, problems=(problem, *health.problems))


def standing_by(outside: MonitorHealth, problems: tuple[Problem, ...], since: datetime) -> MonitorHealth:
    """Return the picture of a monitor while another process is in charge."""
    return replace(outside, state=BotState.STANDBY, holds_lease=False, problems=(*problems, standby(since)))


def not_signed_in(venue: Venue, state: BotState, problems: tuple[Problem, ...]) -> MonitorHealth:
    """Return the picture of a monitor without an account."""
    return MonitorHealth(
        state=state,
        holds_lease=True,
        venue=venue,
        account_id=None,
        account_alias=None,
        last_check_at=None,
        last_cycle_age_seconds=0.0,
        streams=StreamHealth(False, False, None, 0),
        clock_offset_ms=None,
        usage=None,
        balance=None,
        external_positions=(),
        problems=problems,
    )


def health_of(connection: Connection, state: EngineState, problems: tuple[Problem, ...]) -> MonitorHealth:
    """Return the picture of a monitor at work."""
    degraded = any(problem.severity in (Severity.WARNING, Severity.DANGER) for problem in problems)
    return MonitorHealth(
        state=BotState.DEGRADED if degraded else _undisturbed(state),
        holds_lease=True,
        venue=connection.target.venue,
        account_id=connection.account_id,
        account_alias=connection.balance.account_alias,
        last_check_at=state.exchange.last_full_check_at,
        last_cycle_age_seconds=0.0,
        streams=connection.stream_health(),
        clock_offset_ms=connection.clock_offset_ms,
        usage=connection.client.usage(),
        balance=state.exchange.balance,
        external_positions=external_positions(state),
        problems=problems,
        ignored=ignored(state),
    )


def _undisturbed(state: EngineState) -> BotState:
    if state.exchange.last_full_check_at is None:
        return BotState.STARTING
    return BotState.PAUSED if state.flags.opening_paused else BotState.TRADING


def external_positions(state: EngineState) -> tuple[ExchangePosition, ...]:
    """Return what the last full check found on positions where no trade of ours lives."""
    external = [held for held in state.exchange.held() if key_of(held) not in state.inbox.live_keys]
    if not external:
        return ()
    prices = state.exchange.liquidation_prices(map(key_of, external))
    return tuple(replace(held, liquidation_price=prices[key_of(held)]) for held in external)


def ignored(state: EngineState) -> frozenset[PositionKey]:
    """Return the positions whose external quantity is the one that the person said to ignore."""
    return frozenset(
        key
        for key, quantity in state.flags.ignored.items()
        if (reading := state.exchange.readings.get(key)) is not None and reading.quantity == quantity
    )


class Status:
    """The latest picture of the monitor, written by the actor after each cycle and read by everybody."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        lease: Lease,
        watchdog: Watchdog,
        supervisor: ConnectionSupervisor,
        problems: Problems,
    ) -> None:
        self._sessions = sessions
        self._lease = lease
        self._watchdog = watchdog
        self._supervisor = supervisor
        self._problems = problems
        self._health = self._outside(())

    def health(self) -> MonitorHealth:
        """Return the latest picture, with its ages as of now."""
        connection = self._supervisor.connection
        health = replace(self._health, holds_lease=self._lease.held, last_cycle_age_seconds=self._watchdog.age())
        if connection is not None:
            health = replace(health, streams=connection.stream_health())
        return with_stall(health, self._supervisor.now()) if self._watchdog.is_stalled() else health

    def publish(self, state: EngineState) -> None:
        """Replace the picture by how things are now."""
        connection = self._supervisor.connection
        problems = self._problems.listed()
        if not self._lease.held:
            since = next((p.since for p in self._health.problems if p.code == "standby"), self._supervisor.now())
            self._health = standing_by(self._outside(()), problems, since)
        elif connection is None:
            self._health = self._outside(problems)
        else:
            self._health = health_of(connection, state, problems)

    def _outside(self, problems: tuple[Problem, ...]) -> MonitorHealth:
        return not_signed_in(self._supervisor.outside.venue, self._supervisor.outside.state, problems)

    def tell_news(self) -> None:
        """Write what began and what ended into the journal; what cannot be written now is written later."""
        if not self._lease.held or not self._problems.has_news():
            return
        connection = self._supervisor.connection
        try:
            with self._sessions.begin() as session:
                self._lease.guard(session)
                self._problems.write_news(session, None if connection is None else connection.account_id)
        except (LeaseLost, SQLAlchemyError) as error:
            log.warning("news not written reason=%s", error)
        else:
            self._problems.drop_news()
