"""What is wrong, in plain words: raised when it begins, settled when it is over, worst first."""

import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from database import save_journal
from domain.bot_status import BotState, MonitorHealth, Problem, StreamHealth
from domain.exchange import ExchangePosition
from domain.terms import LIVE_PHASES, Severity
from domain.venues import Venue
from domain.wording import format_duration, format_quantity
from engine.cycle import Pass
from engine.reconciliation.positions import place_words
from engine.state.working_set import Memory, Place
from engine.supervision.connection import Connection, NotPossible
from exchange.errors import KeysRefused, PracticeNotRunning, Refused, TradingError
from storage.tables import JournalRow

SILENT_AFTER = timedelta(seconds=15)
NAKED_AFTER = timedelta(seconds=5)
CLOCK_JUMP_SECONDS = 1.0
STREAMS_DOWN_AFTER = timedelta(seconds=15)
NEWS_KEPT = 100
_OUTSIDE = ("locked", "no_keys", "keys", "refused", "unreachable", "practice")  # why the bot is not signed in
_OF_THE_BOT = ("database", "internal", "newer")  # whatever the account; the others are about the one in use
_KNOWN_AGAIN = ("naked", "joined", "silent", "streams")  # each pass says anew whether these last
_BEGAN, _ENDED = "problem_began", "problem_ended"

_WORDS = {
    "database": (
        "The database does not answer",
        "Your positions keep their stops and targets on the exchange. The bot opens nothing new and tries again every "
        "second. If it lasts, check that PostgreSQL is running.",
    ),
    "newer": (
        "The database belongs to a newer version of the bot",
        "This version must not touch it, so it does nothing. Positions keep their stops and targets on the exchange. "
        "Start the newer version.",
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
    "practice": (
        "The practice exchange cannot be started",
        "The bot tries again every 2 seconds. Positions opened before keep their stops and targets there.",
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


@dataclass(frozen=True, slots=True)
class _News:
    """A problem that began, or ended; not in the journal yet."""

    problem: Problem
    ended_at: datetime | None = None

    def write(self, session: Session, account_id: int | None) -> None:
        problem, details = self.problem, {"code": self.problem.code}
        at, severity, event = problem.since, problem.severity, _BEGAN
        text = f"{problem.title}. {problem.text}"
        if self.ended_at is not None:
            at, severity, event = self.ended_at, Severity.GOOD, _ENDED
            text = f"Over after {format_duration(self.ended_at - problem.since)}: {problem.title}."
        save_journal(session, at=at, severity=severity, event=event, text=text, account_id=account_id, details=details)


class Problems:
    """The open problems by code; each beginning and each end goes into the journal, once it can be written."""

    def __init__(self) -> None:
        self._open: dict[str, Problem] = {}
        self._news: deque[_News] = deque(maxlen=NEWS_KEPT)
        self._streams_down_since: datetime | None = None
        self._clock_gap = _clock_gap()

    def listed(self) -> tuple[Problem, ...]:
        """Return the open problems, worst and oldest first."""
        order = list(Severity)
        return tuple(sorted(self._open.values(), key=lambda p: (-order.index(p.severity), p.since)))

    def has_news(self) -> bool:
        """Whether something is to be written that can be: not while the database is what is wrong."""
        return bool(self._news) and "database" not in self._open

    def write_news(self, session: Session, account_id: int | None) -> None:
        """Write what began and what ended into the journal; drop_news() once that is committed."""
        for news in self._news:
            news.write(session, account_id)

    def drop_news(self) -> None:
        """Forget what began and ended: it is written, or another process tells it."""
        self._news.clear()

    def recall(self, session: Session, account_id: int) -> None:
        """Know again what was wrong when the account was last watched: told already, and keeping its beginning."""
        code = JournalRow.details["code"].astext
        newest = (
            select(JournalRow)
            .ext(distinct_on(code))
            .where(JournalRow.account_id == account_id, JournalRow.event.in_((_BEGAN, _ENDED)), code.in_(_KNOWN_AGAIN))
            .order_by(code, JournalRow.id.desc())
        )
        for row in session.scalars(newest):
            if row.event == _BEGAN:
                title, _, text = row.text.partition(". ")
                self._open[row.details["code"]] = Problem(row.details["code"], row.severity, title, text, row.at)

    def raise_(self, code: str, now: datetime) -> None:
        """Open a problem with fixed words; one that is open keeps its beginning."""
        title, text = _WORDS[code]
        self._put(Problem(code, Severity.WARNING, title, text, now))

    def settle(self, code: str, now: datetime) -> None:
        """Close a problem; closed already is fine."""
        known = self._open.pop(code, None)
        if known is not None:
            self._news.append(_News(known, now))

    def cannot_sign_in(self, reason: NotPossible, now: datetime) -> None:
        """Open the problem that there is nobody to sign in as."""
        self._outside(Problem(reason.state.value.lower(), Severity.WARNING, reason.title, reason.text, now))

    def sign_in_failed(self, error: TradingError, now: datetime) -> None:
        """Open the problem that signing in did not work."""
        if isinstance(error, PracticeNotRunning):
            title, text = _WORDS["practice"]
            self._outside(Problem("practice", Severity.WARNING, title, f"{error} {text}", now))
            return
        code = "keys" if isinstance(error, KeysRefused) else "refused" if isinstance(error, Refused) else "unreachable"
        self._outside(Problem(code, Severity.WARNING, *_WORDS[code], now))

    def _outside(self, problem: Problem) -> None:
        for code in _OUTSIDE:
            if code != problem.code:
                self.settle(code, problem.since)
        self._put(problem)

    def signed_in(self, now: datetime) -> None:
        """Close everything that stood in the way of signing in."""
        for code in _OUTSIDE:
            self.settle(code, now)

    def left_account(self) -> None:
        """Forget what was wrong with an account that is not watched any more: nobody knows whether it is over."""
        self._forget(self._open.keys() - {*_OF_THE_BOT, *_OUTSIDE})

    def stand_by(self) -> None:
        """Forget what another process now has to do with."""
        self._forget(self._open.keys() - {*_OF_THE_BOT})

    def _forget(self, codes: set[str]) -> None:
        for code in codes:
            del self._open[code]
        self._streams_down_since = None

    def stood_still(self, seconds: float, now: datetime) -> None:
        """Tell that the bot stood still until now, e.g. because the machine slept."""
        problem = standstill(seconds, now)
        self._news += [_News(problem), _News(problem, now)]

    def judge(self, work: Pass, memory: Memory, connection: Connection, now: datetime) -> None:
        """Open and close what follows from one pass."""
        self._streams(connection, now)
        live = [p for p in work.book.positions.values() if p.phase in LIVE_PHASES]
        self._silence(memory, connection, now, len(live))
        naked = [p for p in live if p.naked_since and now - p.naked_since > NAKED_AFTER]
        self._when(
            "naked",
            bool(naked),
            Severity.DANGER,
            "A position has no stop-loss on the exchange",
            f"{', '.join(place_words(p) for p in naked)}: until it has one, a loss is not limited. The bot "
            "places it again, and closes the position if the exchange does not take it. You can close it yourself with "
            "Close now.",
            now,
            since=min((p.naked_since for p in naked if p.naked_since), default=None),
        )
        joined = [p for p in live if p.foreign_quantity > 0 and not p.own_part_only]
        self._when(
            "joined",
            bool(joined),
            Severity.WARNING,
            "Somebody else added to a position of the bot",
            f"{', '.join(f'{format_quantity(p.foreign_quantity)} of {place_words(p)}' for p in joined)}. Stop-loss "
            "and target would close that too. Say on Positions what is to be done: adopt it, close it or ignore it.",
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
        positions = (
            "position keeps its stop and target" if live == 1 else f"{live} positions keep their stops and targets"
        )
        kept = f"Your {positions} on the exchange. " if live else ""
        lasted = format_duration(now - checked) if checked else ""
        self._when(
            "silent",
            silent,
            Severity.WARNING,
            f"{name} has not answered for {lasted}",
            f"{kept}The bot opens nothing new and tries again every second. You need not do anything.",
            now,
            since=checked,
        )

    def _streams(self, connection: Connection, now: datetime) -> None:
        streams = connection.stream_health()
        up = streams.user_connected and streams.prices_connected
        self._streams_down_since = None if up else self._streams_down_since or now
        since = self._streams_down_since
        self._when(
            "streams",
            since is not None and now - since > STREAMS_DOWN_AFTER,
            Severity.INFO,
            "The live connection to the exchange is interrupted",
            "The bot asks the exchange every 5 seconds instead: prices here may stand still, and a closed trade shows "
            "a little later. Stops and targets work as always. The bot connects again by itself.",
            now,
            since=since,
        )

    def _when(
        self,
        code: str,
        wrong: bool,
        severity: Severity,
        title: str,
        text: str,
        now: datetime,
        *,
        since: datetime | None = None,
        sticky: bool = False,
    ) -> None:
        if wrong:
            self._put(Problem(code, severity, title, text, since or now))
        elif not sticky:
            self.settle(code, now)

    def _put(self, problem: Problem) -> None:
        known = self._open.get(problem.code)
        self._open[problem.code] = replace(problem, since=known.since) if known else problem
        if known is None:
            self._news.append(_News(problem))

    def clock_jumped(self) -> bool:
        """Whether wall clock and monotonic clock have drifted apart since the last call: sleep, or a clock set."""
        gap, self._clock_gap = self._clock_gap, _clock_gap()
        return abs(self._clock_gap - gap) > CLOCK_JUMP_SECONDS


def _clock_gap() -> float:
    return datetime.now(UTC).timestamp() - time.monotonic()


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
        left_alone=left_alone(memory),
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


def left_alone(memory: Memory) -> frozenset[Place]:
    """Return the places whose foreign quantity is the one that the person said to ignore."""
    return frozenset(
        place
        for place, quantity in memory.ignored.items()
        if (reading := memory.places.get(place)) is not None and reading.quantity == quantity
    )
