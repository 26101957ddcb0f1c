"""How long trades of the bot had no stop on the exchange, by its own ledger, and what that comes to over many plays."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal.events import JournalEvent
from domain.terms import Purpose
from storage.bot_tables import JournalRow
from storage.tables import FillRow, OrderRow, PositionRow
from tests.support.practice import PracticeExchange
from tests.system.flow.past import Past

PAUSE_MS = 3000  # the longest that an exchange which limits requests asks for here
PAUSING = ("rate_limited", "banned")
Span = tuple[int, int]  # milliseconds of exchange time


class After(StrEnum):
    """What began a time without a stop."""

    FILL = "a fill"
    STOP_GONE = "a stop vanished"


LONGEST_MS = {After.FILL: 5000, After.STOP_GONE: 10_000}  # what is promised


@dataclass(frozen=True, slots=True)
class Gap:
    """One time without a stop, milliseconds; what the exchange could not be reached in is left out."""

    after: After
    position_id: int
    milliseconds: int

    @property
    def is_too_long(self) -> bool:
        """Whether it is longer than promised."""
        return self.milliseconds > LONGEST_MS[self.after]


def gaps(
    session: Session, exchange: PracticeExchange, out_of_reach: Sequence[Span], killed_at: Sequence[int], past: Past
) -> list[Gap]:
    """Return every time in which a trade that held something had no stop, each trade's first one included.

    Left out are the spans in which exchange or bot stood still, pauses that the exchange asked for, and the time from
    a kill until the bot has signed in again: nobody is there to act.
    """
    answer = exchange.control("ledger")
    ledger, now = answer["accounts"]["practice"], int(answer["time"])
    orders = [*past.algo_orders, *ledger["algoOrders"]]
    pauses = [(row["at"], row["at"] + PAUSE_MS) for row in answer["requests"] if row["fault"] in PAUSING]
    pauses += [(at, min([*_signed_in(session, at), now])) for at in killed_at]
    found: list[Gap] = []
    for run in session.scalars(select(PositionRow).order_by(PositionRow.id)):
        held = _held(session, run, now, past.ended_ms)
        if held is None:
            continue
        stops = _stops(orders, run, now)
        covered = [*stops, *out_of_reach, *pauses]
        for begin, end in _without(held, stops):
            left = sum(until - since for since, until in _without((begin, end), covered))
            found.append(Gap(After.FILL if begin == held[0] else After.STOP_GONE, run.id, left))
    return found


def _signed_in(session: Session, after: int) -> list[int]:
    moments = session.scalars(select(JournalRow.at).where(JournalRow.event == JournalEvent.SIGNED_IN))
    return [_ms(at) for at in moments if _ms(at) > after]


def _held(session: Session, run: PositionRow, now: int, resets: Sequence[int]) -> Span | None:
    """Return from when until when a trade held something; one that was taken over is the bot's from then on.

    A reset of the account takes what was held.

    None for one that held nothing, and for what somebody else opened and the bot only closes, as it was asked to.
    """
    purposes = set(session.scalars(select(OrderRow.purpose).where(OrderRow.position_id == run.id)))
    if purposes <= {Purpose.CLOSE}:
        return None
    fills = session.scalars(select(FillRow).where(FillRow.position_id == run.id).order_by(FillRow.traded_at)).all()
    opened = [_ms(fill.traded_at) for fill in fills if fill.opening]
    closed = [_ms(fill.traded_at) for fill in fills if not fill.opening]
    if not opened:
        return None
    flat = run.entry_quantity == run.exit_quantity and closed
    begin = max(opened[0], _ms(run.created_at))
    return begin, min([closed[-1] if flat else now, *(at for at in resets if at >= begin)])


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _stops(orders: Iterable[dict[str, Any]], run: PositionRow, now: int) -> list[Span]:
    return [
        (row["createTime"], now if row["algoStatus"] == "NEW" else row["updateTime"])
        for row in orders
        if row["orderType"] == "STOP_MARKET" and (row["symbol"], row["positionSide"]) == (run.symbol, run.side)
    ]


def _without(span: Span, covered: Iterable[Span]) -> list[Span]:
    """Return the parts of a span that none of the others covers."""
    begin, end = span
    left: list[Span] = []
    for since, until in sorted(covered):
        if since > begin and begin < end:
            left.append((begin, min(since, end)))
        begin = max(begin, until)
    return [*left, (begin, end)] if begin < end else left


def distribution(found: Iterable[Gap]) -> list[str]:
    """Return a line for each beginning: how many, p50, p99 and the longest, seconds.

    A trade whose stop came within the millisecond counts with none.
    """
    lines = []
    all_gaps = list(found)
    for after in After:
        ordered = sorted(gap.milliseconds / 1000 for gap in all_gaps if gap.after is after)
        if not ordered:
            continue
        p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
        lines.append(
            f"without a stop after {after}: {len(ordered)} times, p50 {statistics.median(ordered):.3f} s, "
            f"p99 {p99:.3f} s, longest {ordered[-1]:.3f} s"
        )
    return lines
