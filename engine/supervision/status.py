"""Pictures of the monitor: what the rest of the process is told about it."""

import logging
import time
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from domain.bot_status import Alert, BotState, MonitorHealth, StreamHealth
from domain.exchange import ExchangePosition
from domain.position_key import PositionKey
from domain.terms import Severity
from domain.venues import Venue
from engine.state.engine_state import EngineState
from engine.state.row_mapping import key_of
from engine.supervision.alert_texts import stall, standby
from engine.supervision.alerts import Alerts
from engine.supervision.connection import Connection
from engine.supervision.sign_in import ConnectionSupervisor
from engine.supervision.watchdog import Watchdog
from storage.lease import Lease, LeaseLost

log = logging.getLogger(__name__)


def with_stall(health: MonitorHealth, now: datetime) -> MonitorHealth:
    """Return the picture of a monitor that stands still, which cannot say so itself."""
    alert = stall(health.last_cycle_age_seconds, now)
    return replace(health, state=BotState.DEGRADED, alerts=(alert, *health.alerts))


def standing_by(outside: MonitorHealth, alerts: tuple[Alert, ...], since: datetime) -> MonitorHealth:
    """Return the picture of a monitor while another process is in charge."""
    return replace(outside, state=BotState.STANDBY, holds_lease=False, alerts=(*alerts, standby(since)))


def not_signed_in(venue: Venue, state: BotState, alerts: tuple[Alert, ...]) -> MonitorHealth:
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
        alerts=alerts,
    )


def health_of(connection: Connection, state: EngineState, alerts: tuple[Alert, ...]) -> MonitorHealth:
    """Return the picture of a monitor at work."""
    degraded = any(alert.severity in (Severity.WARNING, Severity.DANGER) for alert in alerts)
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
        alerts=alerts,
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
        alerts: Alerts,
    ) -> None:
        self._sessions = sessions
        self._lease = lease
        self._watchdog = watchdog
        self._supervisor = supervisor
        self._alerts = alerts
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
        alerts = self._alerts.listed()
        if not self._lease.held:
            since = next((p.since for p in self._health.alerts if p.code == "standby"), self._supervisor.now())
            self._health = standing_by(self._outside(()), alerts, since)
        elif connection is None:
            self._health = self._outside(alerts)
        else:
            state.exchange.follow_clock(self._supervisor.now(), time.monotonic())
            self._health = health_of(connection, state, alerts)

    def _outside(self, alerts: tuple[Alert, ...]) -> MonitorHealth:
        return not_signed_in(self._supervisor.outside.venue, self._supervisor.outside.state, alerts)

    def write_alerts(self) -> None:
        """Write what began and what ended into the journal; what cannot be written now is written later."""
        if not self._lease.held or not self._alerts.has_pending():
            return
        connection = self._supervisor.connection
        try:
            with self._sessions.begin() as session:
                self._lease.guard(session)
                self._alerts.write_pending(session, None if connection is None else connection.account_id)
        except (LeaseLost, SQLAlchemyError) as error:
            log.warning("alerts not written reason=%s", error)
        else:
            self._alerts.drop_pending()
