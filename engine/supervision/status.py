"""Pictures of the monitor: what the rest of the process is told about it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from domain.bot_status import BotState, MonitorHealth, Problem, StreamHealth
from domain.exchange import ExchangePosition
from domain.terms import Severity
from domain.venues import Venue
from domain.wording import format_duration
from engine.state.working_set import Memory, Place
from engine.supervision.connection import Connection


def standstill(seconds: float, now: datetime) -> Problem:
    """Return the problem that the bot has not got on for so long."""
    lasted = timedelta(seconds=seconds)
    return Problem(
        "stuck",
        Severity.DANGER,
        f"The bot stood still for {format_duration(lasted)}",
        "It gave up control meanwhile, so that another bot process could take over, and sent nothing. Positions keep "
        "their stops and targets on the exchange. It begins anew by itself as soon as it gets on; if it does not, "
        "start it again.",
        now - lasted,
    )


def with_standstill(health: MonitorHealth, now: datetime) -> MonitorHealth:
    """Return the picture of a monitor that stands still, which cannot say so itself."""
    problem = standstill(health.last_cycle_age_seconds, now)
    return replace(health, state=BotState.DEGRADED, problems=(problem, *health.problems))


def standing_by(outside: MonitorHealth, problems: tuple[Problem, ...], since: datetime) -> MonitorHealth:
    """Return the picture of a monitor while another process is in charge."""
    problem = Problem(
        "standby",
        Severity.INFO,
        "Another bot process is in charge",
        "It trades and watches; this one takes over by itself when that one stops. What you ask for here is done by "
        "the one in charge.",
        since,
    )
    return replace(outside, state=BotState.STANDBY, holds_lease=False, problems=(*problems, problem))


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
        foreign=(),
        problems=problems,
    )


def health_of(connection: Connection, memory: Memory, problems: tuple[Problem, ...]) -> MonitorHealth:
    """Return the picture of a monitor at work."""
    degraded = any(problem.severity in (Severity.WARNING, Severity.DANGER) for problem in problems)
    return MonitorHealth(
        state=BotState.DEGRADED if degraded else _undisturbed(memory),
        holds_lease=True,
        venue=connection.wanted.venue,
        account_id=connection.account_id,
        account_alias=connection.balance.account_alias,
        last_check_at=memory.last_full_check_at,
        last_cycle_age_seconds=0.0,
        streams=connection.stream_health(),
        clock_offset_ms=connection.clock_offset_ms,
        usage=connection.client.usage(),
        balance=memory.balance,
        foreign=foreign_positions(memory),
        problems=problems,
        ignored=ignored(memory),
    )


def _undisturbed(memory: Memory) -> BotState:
    if memory.last_full_check_at is None:
        return BotState.STARTING
    return BotState.PAUSED if memory.opening_paused else BotState.TRADING


def foreign_positions(memory: Memory) -> tuple[ExchangePosition, ...]:
    """Return what the last full check found on places where no run of ours lives."""
    return tuple(
        ExchangePosition(
            symbol=symbol,
            side=side,
            quantity=reading.quantity,
            entry_price=reading.entry_price,
            mark_price=reading.mark_price or Decimal(0),
            liquidation_price=reading.liquidation_price,
            unrealised_usdt=reading.unrealised_usdt,
        )
        for (symbol, side), reading in memory.places.items()
        if reading.quantity and reading.batch >= memory.full_batch and (symbol, side) not in memory.our_places
    )


def ignored(memory: Memory) -> frozenset[Place]:
    """Return the places whose foreign quantity is the one that the person said to ignore."""
    return frozenset(
        place
        for place, quantity in memory.ignored.items()
        if (reading := memory.places.get(place)) is not None and reading.quantity == quantity
    )
