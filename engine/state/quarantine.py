"""One thing that cannot be processed must not stop the others: it is named, left out, and shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError

from storage.lease import LeaseLost


@dataclass(frozen=True, slots=True)
class Blamed:
    """What a pass stumbled over; exactly one is set."""

    seen_number: int | None = None  # place of an observation among those of the pass
    position_id: int | None = None
    instruction_id: str | None = None


class Stuck(Exception):
    """A pass stumbled over one thing: roll back, leave it out, do the rest again."""

    def __init__(self, blamed: Blamed) -> None:
        super().__init__(f"stuck at {blamed}")
        self.blamed = blamed


@contextmanager
def blaming(
    *, seen_number: int | None = None, position_id: int | None = None, instruction_id: str | None = None
) -> Iterator[None]:
    """Turn a mistake inside into Stuck; trouble with the database or the lease concerns everything and passes through.

    Raises:
        Stuck: naming what was being processed.
    """
    try:
        yield
    except (OperationalError, InterfaceError, LeaseLost, Stuck):
        raise
    except Exception as error:
        raise Stuck(Blamed(seen_number, position_id, instruction_id)) from error
