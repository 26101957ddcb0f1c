"""The life of a position: the one table of moves between phases."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.terms import Phase


class Event(StrEnum):
    """What can happen to a position."""

    FIRST_FILL = "FIRST_FILL"
    ENTRY_REJECTED = "ENTRY_REFUSED"
    ENTRY_EXPIRED = "ENTRY_EXPIRED"  # final without a fill
    ENTRY_ABSENT = "ENTRY_ABSENT"  # proven never to have arrived
    FLAT = "FLAT"  # own quantity zero, with evidence
    CLOSE_INTENT = "CLOSE_INTENT"
    CLOSE_ENDED_WITH_QUANTITY = "CLOSE_ENDED_WITH_QUANTITY"  # close final or refused, quantity left
    WRITTEN_OFF = "WRITTEN_OFF"  # by the person: the exchange no longer knows the position
    LATE_FILL = "LATE_FILL"


MOVES: Mapping[tuple[Phase, Event], Phase] = MappingProxyType(
    {
        (Phase.ENTERING, Event.FIRST_FILL): Phase.OPEN,
        (Phase.ENTERING, Event.ENTRY_REJECTED): Phase.FAILED,
        (Phase.ENTERING, Event.ENTRY_EXPIRED): Phase.FAILED,
        (Phase.ENTERING, Event.ENTRY_ABSENT): Phase.FAILED,
        (Phase.OPEN, Event.FLAT): Phase.CLOSED,
        (Phase.OPEN, Event.CLOSE_INTENT): Phase.CLOSING,
        (Phase.OPEN, Event.WRITTEN_OFF): Phase.CLOSED,
        # A reset takes a trade wherever it stands: its entry executed and unread, its close without an answer.
        (Phase.ENTERING, Event.WRITTEN_OFF): Phase.CLOSED,
        (Phase.CLOSING, Event.WRITTEN_OFF): Phase.CLOSED,
        (Phase.CLOSING, Event.FLAT): Phase.CLOSED,
        (Phase.CLOSING, Event.CLOSE_ENDED_WITH_QUANTITY): Phase.OPEN,
        (Phase.FAILED, Event.LATE_FILL): Phase.OPEN,
        # An absent entry stays on watch: learning afterwards how it ended unfilled changes nothing.
        (Phase.FAILED, Event.ENTRY_REJECTED): Phase.FAILED,
        (Phase.FAILED, Event.ENTRY_EXPIRED): Phase.FAILED,
        (Phase.FAILED, Event.ENTRY_ABSENT): Phase.FAILED,
    }
)


class ImpossibleMove(Exception):
    """The rules do not know this move: leave the phase as it is and show the position to the person."""

    def __init__(self, phase: Phase, event: Event) -> None:
        super().__init__(f"a position that is {phase} cannot take {event}")
        self.phase = phase
        self.event = event


def next_phase(phase: Phase, event: Event) -> Phase:
    """Return the phase a position is in after event.

    Raises:
        ImpossibleMove: the table has no such move; CLOSED has none at all.
    """
    try:
        return MOVES[phase, event]
    except KeyError:
        raise ImpossibleMove(phase, event) from None
