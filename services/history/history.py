"""What History shows: closed positions, sums over them, statements and files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import IO, Final

from sqlalchemy.orm import Session, sessionmaker

from domain.pricing.tie_out import DayBooks
from domain.zones import zone_of
from services.account import current_account_id
from services.errors import reading
from services.feed import MonitorFeed
from services.history.day_rows import load_rows
from services.history.export import csv_pieces, write_workbook
from services.history.queries import load_closed
from services.history.readable_csv import write_readable_csv
from services.history.roll_ups import load_symbols
from services.history.slippage import load_slippage
from services.history.statement import load_statement
from services.history.statistics import load_breakdown, load_equity_curve, load_totals
from services.history.tie_out import load_days, load_first_day
from services.history.views import (
    ClosedPosition,
    EquityCurve,
    HistoryBreakdown,
    HistoryFilter,
    HistorySort,
    HistoryTotals,
    IncomeEntry,
    SlippageReport,
    Statement,
)
from storage.account_epochs import load_epoch_began_at

_ROWS_AT_ONCE: Final = 1000


class History:
    """Closed positions of the account in use; every method may raise NotReadable."""

    def __init__(self, sessions: sessionmaker[Session], feed: MonitorFeed) -> None:
        self._sessions = sessions
        self._feed = feed

    def closed(
        self,
        wanted: HistoryFilter,
        after: ClosedPosition | None,
        limit: int,
        sort: HistorySort = HistorySort.CLOSED,
        descending: bool = True,
    ) -> tuple[ClosedPosition, ...]:
        """Return one page of closed positions; see load_closed."""
        with reading(self._sessions) as session:
            return load_closed(session, self._account_id(session), wanted, after, limit, sort, descending)

    def totals(self, wanted: HistoryFilter) -> HistoryTotals:
        """Return the figures over the whole filter."""
        with reading(self._sessions) as session:
            return load_totals(session, self._account_id(session), wanted)

    def equity_curve(self, wanted: HistoryFilter, timezone: str | None = None) -> EquityCurve:
        """Return how the result of the filter grew; days begin at midnight of timezone (UTC)."""
        with reading(self._sessions) as session:
            account_id = self._account_id(session)
            began_at = load_epoch_began_at(session, account_id)
            if began_at is not None:  # a curve over a reset would join two accounts
                wanted = replace(wanted, since=max(began_at, wanted.since or began_at))
            return load_equity_curve(session, account_id, wanted, zone_of(timezone).key)

    def breakdown(self, wanted: HistoryFilter) -> HistoryBreakdown:
        """Return the figures of each pair and each side."""
        with reading(self._sessions) as session:
            return load_breakdown(session, self._account_id(session), wanted)

    def symbols(self) -> tuple[str, ...]:
        """Return the pairs that closed anything, in alphabetical order."""
        with reading(self._sessions) as session:
            return load_symbols(session, self._account_id(session))

    def statement(self, position_id: int) -> Statement | None:
        """Return everything of one closed position, None when there is none of that id on this account."""
        with reading(self._sessions) as session:
            return load_statement(session, self._account_id(session), position_id)

    def csv(self, wanted: HistoryFilter, timezone: str | None = None) -> Iterator[bytes]:
        """Give every closed position of the filter as CSV, piece by piece; local times are those of timezone (UTC)."""
        return csv_pieces(self._every(wanted), zone_of(timezone))

    def readable_csv(self, wanted: HistoryFilter, timezone: str | None = None) -> Iterator[bytes]:
        """Give the same for people, piece by piece; times are those of timezone (UTC)."""
        return write_readable_csv(self._every(wanted), zone_of(timezone))

    def write_workbook(self, wanted: HistoryFilter, file: IO[bytes], timezone: str | None = None) -> None:
        """Write every closed position of the filter to a file, as an Excel workbook; local times as with csv."""
        write_workbook(lambda: self._every(wanted), zone_of(timezone), file)

    def first_day(self) -> date | None:
        """Return the day of the exchange on which the account was first watched."""
        with reading(self._sessions) as session:
            return load_first_day(session, self._account_id(session))

    def days(self, last: date, number: int) -> tuple[DayBooks, ...]:
        """Return the books of so many days of the exchange, the last one first; see load_days."""
        with reading(self._sessions) as session:
            return load_days(session, self._account_id(session), last, number)

    def income_entries(self, day: date, offset: int, limit: int) -> tuple[tuple[IncomeEntry, ...], int]:
        """Return a page of a day's income history, and how many rows it has."""
        with reading(self._sessions) as session:
            return load_rows(session, self._account_id(session), day, offset, limit)

    def slippage(self, wanted: HistoryFilter, timezone: str | None = None) -> SlippageReport:
        """Return triggers against fills of the filter's newest trades; hours are those of timezone (UTC)."""
        with reading(self._sessions) as session:
            return load_slippage(session, self._account_id(session), wanted, zone_of(timezone).key)

    def _every(self, wanted: HistoryFilter) -> Iterator[ClosedPosition]:
        """Give every closed position of the filter, oldest first.

        Each piece is read in a session of its own: a reader on a slow line holds no transaction open.
        """
        with reading(self._sessions) as session:
            account_id = self._account_id(session)
        last = None
        while True:
            with reading(self._sessions) as session:
                piece = load_closed(session, account_id, wanted, last, _ROWS_AT_ONCE, descending=False)
            yield from piece
            if len(piece) < _ROWS_AT_ONCE:
                return
            last = piece[-1]

    def _account_id(self, session: Session) -> int | None:
        return current_account_id(session, self._feed.health())
