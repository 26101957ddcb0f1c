"""What is wrong, in plain words: raised when it begins, settled when it is over, worst first."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from binance_errors import KeysRefused, Refused, TradingError
from domain.exchange import ExchangePosition
from domain.terms import LIVE_PHASES, Severity
from domain.wording import format_duration, format_quantity
from monitor_book import Memory
from monitor_connection import Connection, NotPossible
from monitor_health import BotState, MonitorHealth, Problem, StreamHealth, Venue
from monitor_pass import Pass
from monitor_positions import place_words

SILENT_AFTER = timedelta(seconds=15)
NAKED_AFTER = timedelta(seconds=5)
CLOCK_JUMP_SECONDS = 1.0

_WORDS = {
    "database": (
        "The database does not answer",
        "Your positions keep their stops and targets on the exchange. The bot opens nothing new and tries again every "
        "second. If it lasts, check that PostgreSQL is running.",
    ),
    "internal": (
        "The bot ran into a fault of its own",
        "It has forgotten what it was doing and asks the exchange for everything again. Your positions keep their "
        "stops and targets. If this stays, look into the log.",
    ),
    "unreachable": (
        "The exchange cannot be reached",
        "The bot tries again every 2 seconds. Positions opened before keep their stops and targets on the exchange. "
        "Check the internet connection if it lasts.",
    ),
    "keys": (
        "The exchange does not accept the API keys",
        "Open Settings and paste keys of the Binance test environment. Nothing is traded until then; stops and "
        "targets stay on the exchange.",
    ),
    "refused": (
        "The account cannot be used yet",
        "The bot needs hedge mode, which Binance only allows while nothing is open. Close positions and orders of "
        "this account on Binance; the bot tries again by itself.",
    ),
}


class Problems:
    """The open problems by code."""

    def __init__(self) -> None:
        self._open: dict[str, Problem] = {}
        self._clock_gap = _clock_gap()

    def listed(self) -> tuple[Problem, ...]:
        """Return the open problems, worst and oldest first."""
        order = list(Severity)
        return tuple(sorted(self._open.values(), key=lambda p: (-order.index(p.severity), p.since)))

    def raise_(self, code: str, now: datetime) -> None:
        """Open a problem with fixed words; one that is open keeps its beginning."""
        title, text = _WORDS[code]
        self._put(Problem(code, Severity.WARNING, title, text, now))

    def settle(self, code: str, now: datetime) -> None:
        """Close a problem; closed already is fine."""
        self._open.pop(code, None)

    def cannot_sign_in(self, reason: NotPossible, now: datetime) -> None:
        """Open the problem that there is nobody to sign in as."""
        self._put(Problem("sign_in", Severity.WARNING, reason.title, reason.text, now))

    def sign_in_failed(self, error: TradingError, now: datetime) -> None:
        """Open the problem that signing in did not work."""
        code = "keys" if isinstance(error, KeysRefused) else "refused" if isinstance(error, Refused) else "unreachable"
        for other in {"keys", "refused", "unreachable"} - {code}:
            self._open.pop(other, None)
        self.raise_(code, now)

    def signed_in(self) -> None:
        """Close everything that stood in the way of signing in."""
        for code in ("sign_in", "keys", "refused", "unreachable"):
            self._open.pop(code, None)

    def judge(self, work: Pass, memory: Memory, connection: Connection, now: datetime) -> None:
        """Open and close what follows from one pass."""
        self._silence(memory, connection, now, live=sum(p.phase in LIVE_PHASES for p in work.book.positions.values()))
        live = [p for p in work.book.positions.values() if p.phase in LIVE_PHASES]
        naked = [p for p in live if p.naked_since and now - p.naked_since > NAKED_AFTER]
        self._when(
            "naked",
            bool(naked),
            Severity.DANGER,
            "A position has no stop-loss on the exchange",
            f"{', '.join(place_words(p) for p in naked)}: the bot places the stop again, and closes the position if "
            "the exchange does not take it. You can close it yourself with Close now.",
            now,
        )
        joined = [p for p in live if p.foreign_quantity > 0 and not p.own_part_only]
        self._when(
            "joined",
            bool(joined),
            Severity.WARNING,
            "Somebody else added to a position of the bot",
            f"{', '.join(f'{format_quantity(p.foreign_quantity)} of {place_words(p)}' for p in joined)}. Stop-loss "
            "and target would close that too. Say on Positions what is to be done: take it over, close it or leave it.",
            now,
        )
        self._when(
            "ledger",
            bool(work.conflicts),
            Severity.WARNING,
            "The exchange changed figures that are booked already",
            f"Nothing was booked over: {'; '.join(work.conflicts)}. Trading goes on.",
            now,
            sticky=True,
        )

    def _silence(self, memory: Memory, connection: Connection, now: datetime, live: int) -> None:
        checked = memory.last_full_check_at
        silent = checked is not None and now - checked > SILENT_AFTER
        name = "The practice exchange" if connection.wanted.venue is Venue.PRACTICE else "Binance"
        kept = f"Your {live} positions keep their stops and targets on the exchange. " if live else ""
        duration = format_duration(now - checked) if checked else ""
        self._open.pop("silent", None) if not silent else None
        if silent and checked is not None:
            title = f"{name} has not answered for {duration}"
            text = f"{kept}The bot opens nothing new and tries again every second. You need not do anything."
            self._open["silent"] = Problem("silent", Severity.WARNING, title, text, checked)

    def _when(
        self, code: str, wrong: bool, severity: Severity, title: str, text: str, now: datetime, *, sticky: bool = False
    ) -> None:
        if wrong:
            self._put(Problem(code, severity, title, text, now))
        elif not sticky:
            self._open.pop(code, None)

    def _put(self, problem: Problem) -> None:
        known = self._open.get(problem.code)
        self._open[problem.code] = replace(problem, since=known.since) if known else problem

    def clock_jumped(self) -> bool:
        """Whether wall clock and monotonic clock have drifted apart since the last call: sleep, or a clock set."""
        gap, self._clock_gap = self._clock_gap, _clock_gap()
        return abs(self._clock_gap - gap) > CLOCK_JUMP_SECONDS


def _clock_gap() -> float:
    return datetime.now(UTC).timestamp() - time.monotonic()


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
    starting = memory.last_full_check_at is None
    state = BotState.DEGRADED if degraded else BotState.STARTING if starting else BotState.TRADING
    return MonitorHealth(
        state=state,
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
    )


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
        if reading.quantity
        and reading.batch >= memory.full_batch
        and (symbol, side) not in memory.our_places
        and memory.ignored.get((symbol, side)) != reading.quantity
    )
