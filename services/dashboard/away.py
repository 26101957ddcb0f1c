"""While you were away: what happened between the last visit and this one, told once."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.journal.events import JournalEvent
from domain.terms import CloseReason, Phase
from services.account import current_account_id
from services.errors import reading
from services.feed import MonitorFeed
from storage.bot_tables import JournalRow
from storage.preferences import LastVisit, load_last_visit, save_last_visit
from storage.tables import PositionRow

AWAY_AFTER = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)
_EVENTS = (
    JournalEvent.PROTECTED,
    JournalEvent.STOP_GONE,
    JournalEvent.STOP_MOVED,
    JournalEvent.BRACKET_ADJUSTED,
    JournalEvent.LIMIT_REACHED,
    JournalEvent.LIMIT_LIFTED,
    JournalEvent.NOT_REOPENED,
)


@dataclass(frozen=True, slots=True)
class AwayTrade:
    """A trade that closed meanwhile; net_usdt None = not known."""

    net_usdt: Decimal | None
    reason: CloseReason | None


@dataclass(frozen=True, slots=True)
class AwayEvent:
    """A line of the journal from meanwhile; seconds_without is set where a stop was placed."""

    event: str
    seconds_without: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AwaySummary:
    """What happened since somebody last looked.

    result_usdt is Σ net of the trades closed meanwhile whose result is known, trades how many these are; unknown counts
    the others. The counts below are of what the bot did by itself. seconds_without_stop is the longest that a trade was
    without one, None where no stop was placed.
    """

    since: datetime
    until: datetime
    result_usdt: Decimal
    trades: int
    won: int
    lost: int
    unknown: int
    reopened: int
    stops_lost: int
    stops_moved: int
    stops_adjusted: int
    closed_unprotected: int
    closed_by_time: int
    limits_reached: int
    limits_lifted: int
    plans_paused: int
    seconds_without_stop: Decimal | None


def summarise(
    since: datetime, until: datetime, trades: Iterable[AwayTrade], events: Iterable[AwayEvent], reopened: int
) -> AwaySummary:
    """Return the summary of these trades and journal lines; a result of exactly zero is neither won nor lost."""
    trades, events = tuple(trades), tuple(events)
    known = [trade.net_usdt for trade in trades if trade.net_usdt is not None]
    without = [event.seconds_without for event in events if event.seconds_without is not None]

    def count(kind: JournalEvent) -> int:
        return sum(1 for event in events if event.event == kind)

    return AwaySummary(
        since=since,
        until=until,
        result_usdt=sum(known, Decimal(0)),
        trades=len(known),
        won=sum(1 for net in known if net > 0),
        lost=sum(1 for net in known if net < 0),
        unknown=len(trades) - len(known),
        reopened=reopened,
        stops_lost=count(JournalEvent.STOP_GONE),
        stops_moved=count(JournalEvent.STOP_MOVED),
        stops_adjusted=count(JournalEvent.BRACKET_ADJUSTED),
        closed_unprotected=sum(1 for trade in trades if trade.reason is CloseReason.UNPROTECTED),
        closed_by_time=sum(1 for trade in trades if trade.reason is CloseReason.TIME),
        limits_reached=count(JournalEvent.LIMIT_REACHED),
        limits_lifted=count(JournalEvent.LIMIT_LIFTED),
        plans_paused=count(JournalEvent.NOT_REOPENED),
        seconds_without_stop=max(without, default=None),
    )


class Away:
    """Notes that somebody is there, and tells what happened while nobody was."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        feed: MonitorFeed,
        now: Callable[[], datetime],
        clock: Callable[[], datetime],
    ) -> None:
        """Remember the parts.

        Args:
            sessions: of the pages' own engine.
            feed: the running bot.
            now: the exchange's time, in which trades close.
            clock: this machine's time, by which a person is away: the practice exchange's can be moved on.
        """
        self._sessions = sessions
        self._feed = feed
        self._now = now
        self._clock = clock
        self._visiting = threading.Lock()
        self._noted_at: datetime | None = None
        self._away_since: datetime | None = None

    def visit(self) -> datetime | None:
        """Note that somebody looks, at most once in SEEN_EVERY, and return since when they were away.

        Returns:
            None when there is nothing to tell, or it was read already. May raise NotReadable.
        """
        with self._visiting:
            at = self._clock()
            if self._noted_at is None or abs(at - self._noted_at) >= SEEN_EVERY:
                with reading(self._sessions) as session:
                    last = load_last_visit(session)
                    away_since = None if last is None else last.away_since
                    if last is not None and away_since is None and at - last.seen_at >= AWAY_AFTER:
                        away_since = last.exchange_at
                    save_last_visit(session, LastVisit(at, self._now(), away_since))
                self._noted_at, self._away_since = at, away_since
            return self._away_since

    def dismiss(self) -> None:
        """Note that it was read. May raise NotReadable."""
        with self._visiting:
            at = self._clock()
            with reading(self._sessions) as session:
                save_last_visit(session, LastVisit(at, self._now(), None))
            self._noted_at, self._away_since = at, None

    def summary(self, since: datetime) -> AwaySummary | None:
        """Return what happened on the account in use since then, None before there is one. May raise NotReadable."""
        with reading(self._sessions) as session:
            account_id = current_account_id(session, self._feed.health())
            return None if account_id is None else load_away(session, account_id, since, self._now())


def load_away(session: Session, account_id: int, since: datetime, until: datetime) -> AwaySummary:
    """Return what happened on an account in a period, both ends included."""
    closed = select(PositionRow.net_usdt, PositionRow.close_reason).where(
        PositionRow.account_id == account_id,
        PositionRow.phase == Phase.CLOSED,
        PositionRow.closed_at.between(since, until),
    )
    journal = select(JournalRow.event, JournalRow.details["seconds_without"].astext).where(
        JournalRow.account_id == account_id,
        JournalRow.at.between(since, until),
        JournalRow.event.in_([event.value for event in _EVENTS]),
    )
    opened_again = select(PositionRow.id).where(
        PositionRow.account_id == account_id, PositionRow.opened_at.between(since, until), PositionRow.sequence > 1
    )
    return summarise(
        since,
        until,
        [AwayTrade(net, reason) for net, reason in session.execute(closed)],
        [AwayEvent(event, None if text is None else Decimal(text)) for event, text in session.execute(journal)],
        len(session.scalars(opened_again).all()),
    )
