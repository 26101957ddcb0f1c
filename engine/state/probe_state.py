"""What the actor knows of measuring the exchange: whether it is wanted, under way, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.venue_probe.habits import VenueHabits
from exchange.private_forms import KeyPlace, PrivateForm


@dataclass(slots=True)
class ProbeState:
    """One account's; the actor's alone, but for has_room()."""

    wanted: bool = False
    running: int | None = None  # the probe whose report is awaited
    cleaning: bool = False  # a clean-up is under way
    unfinished: bool = True  # some row may be unfinished: looked at after a sign-in, and after each probe
    no_trade_needs_requests: bool = False
    habits: VenueHabits = field(default_factory=VenueHabits)
    heard: tuple[PrivateForm, ...] = ()  # forms in which news was heard, the best first

    def has_room(self) -> bool:
        """Whether no trade needs the requests; asked by the probe's own thread between two steps."""
        return self.no_trade_needs_requests


def forms_heard(stored: Sequence[Sequence[str]] | None) -> tuple[PrivateForm, ...]:
    """Return the forms in which a stored probe heard news."""
    return tuple(PrivateForm(url, KeyPlace(place)) for url, place in stored or ())
