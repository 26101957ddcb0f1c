"""The waits after wrong tries: longer for each address, and shorter ones for all together; kept in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.wording import counted
from storage.access_tables import AccessDelayRow

EVERYBODY: Final = ""  # the key of all addresses together
LONGEST_ADDRESS: Final = 100


@dataclass(frozen=True, slots=True)
class DelayRule:
    """How waits grow: free tries, then one second, doubled with each further one up to longest."""

    free: int
    longest: timedelta
    forgotten_after: timedelta  # without a try

    def wait(self, tries: int) -> timedelta:
        """Return how long to wait after so many tries in a row that were not right."""
        beyond = tries - self.free
        if beyond <= 0:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(beyond - 1, 30)), self.longest)


PER_ADDRESS: Final = DelayRule(free=3, longest=timedelta(minutes=15), forgotten_after=timedelta(hours=24))
# Short at most: whoever tries from many addresses must not be able to keep the owner out for long.
OVERALL: Final = DelayRule(free=20, longest=timedelta(seconds=30), forgotten_after=timedelta(hours=1))


def charge(session: Session, address: str, known: bool, now: datetime) -> timedelta:
    """Count a try before it is looked at, so that many at once cannot pass together.

    Args:
        session: a transaction to commit before the try is looked at.
        address: key of where the try comes from.
        known: somebody is signed in from there: only its own wait counts.
        now: the time.

    Returns:
        How long to wait; zero when the try may be looked at. A try that came too early is not counted.
    """
    keys = [(address[:LONGEST_ADDRESS], PER_ADDRESS)] if known else [(EVERYBODY, OVERALL), (address, PER_ADDRESS)]
    rows = [(_locked(session, key, rule, now), rule) for key, rule in keys]
    wait = max((_remaining(row, rule, now) for row, rule in rows), default=timedelta(0))
    if wait > timedelta(0):
        return wait
    for row, rule in rows:
        row.tries += 1
        row.tried_at = now
        row.not_before = now + rule.wait(row.tries)
    return timedelta(0)


def forgive(session: Session, address: str, now: datetime) -> None:
    """Forget the tries of an address after a right one."""
    session.execute(delete(AccessDelayRow).where(AccessDelayRow.address == address[:LONGEST_ADDRESS]))
    overall = session.get(AccessDelayRow, EVERYBODY, with_for_update=True)
    if overall is not None:
        overall.tries = max(0, overall.tries - 1)
        overall.not_before = now
    session.execute(
        delete(AccessDelayRow).where(
            AccessDelayRow.tried_at < now - PER_ADDRESS.forgotten_after, AccessDelayRow.address != EVERYBODY
        )
    )


def _locked(session: Session, key: str, rule: DelayRule, now: datetime) -> AccessDelayRow:
    """Return the row of a key, locked, as new when it is missing, forgotten, or from a clock that was ahead."""
    made = insert(AccessDelayRow).values(address=key[:LONGEST_ADDRESS], tries=0, tried_at=now, not_before=now)
    session.execute(made.on_conflict_do_nothing())
    locked = select(AccessDelayRow).where(AccessDelayRow.address == key[:LONGEST_ADDRESS]).with_for_update()
    row = session.scalars(locked).one()
    if not row.tried_at <= now < row.tried_at + rule.forgotten_after:
        row.tries, row.tried_at, row.not_before = 0, now, now
    return row


def _remaining(row: AccessDelayRow, rule: DelayRule, now: datetime) -> timedelta:
    return min(max(row.not_before - now, timedelta(0)), rule.longest)


def wait_words(wait: timedelta) -> str:
    """Return a wait as a person reads it, rounded up."""
    seconds = -(-int(wait.total_seconds() * 1000) // 1000)
    if seconds < 60:
        return counted(max(seconds, 1), "second")
    return counted(-(-seconds // 60), "minute")
