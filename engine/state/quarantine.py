"""One thing that cannot be processed must not stop the others: it is named, left out, and shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError

from storage.lease import LeaseLost


@dataclass(frozen=True, slots=True)
class Culprit:
    """What a cycle stumbled over; exactly one is set."""

    seen_number: int | None = None  # place of an observation among those of the cycle
    position_id: int | None = None
    instruction_id: str | None = None


class Unprocessable(Exception):
    """A cycle stumbled over one thing: roll back, leave it out, do the rest again."""

    def __init__(self, culprit: Culprit) -> None:
        super().__init__(f"stuck at {culprit}")
        self.culprit = culprit


@contextmanager
def isolating(
    *, seen_number: int | None = None, position_id: int | None = None, instruction_id: str | None = None
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
        raise Unprocessable(Culprit(seen_number, position_id, instruction_id)) from error
