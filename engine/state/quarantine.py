"""One thing that cannot be processed must not stop the others: it is named, left out, and shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from engine.state.backoff import QUARANTINE_FOR
from storage.lease import LeaseLost


@dataclass(frozen=True, slots=True)
class Culprit:
    """What a cycle stumbled over; exactly one is set."""

    report_number: int | None = None  # index of a report among those of the cycle
    position_id: int | None = None
    instruction_id: str | None = None


class Unprocessable(Exception):
    """A cycle stumbled over one thing: roll back, leave it out, do the rest again."""

    def __init__(self, culprit: Culprit) -> None:
        super().__init__(f"stuck at {culprit}")
        self.culprit = culprit


@contextmanager
def isolating(
    *, report_number: int | None = None, position_id: int | None = None, instruction_id: str | None = None
) -> Iterator[None]:
    """Turn a mistake inside into Stuck; trouble with the database or the lease concerns everything and passes through.

    Raises:
        Stuck: naming what was being processed.
    """
    try:
        yield
    except (OperationalError, InterfaceError, LeaseLost, Unprocessable):
        raise
    except Exception as error:
        raise Unprocessable(Culprit(report_number, position_id, instruction_id)) from error


@dataclass(slots=True)
class Quarantine:
    """What cycles stumbled over and leave out for now."""

    positions: dict[int, datetime] = field(default_factory=dict)  # until when, exchange time
    instructions: set[str] = field(default_factory=set)

    def add(self, culprit: Culprit, now: datetime) -> None:
        """Leave out a trade for a while, an instruction for good."""
        if culprit.position_id is not None:
            self.positions[culprit.position_id] = now + QUARANTINE_FOR
        elif culprit.instruction_id is not None:
            self.instructions.add(culprit.instruction_id)

    def holds(self, position_id: int, now: datetime) -> bool:
        """Whether a trade is left out now."""
        until = self.positions.get(position_id)
        return until is not None and now < until
