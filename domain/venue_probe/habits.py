"""How the exchange was seen to behave, as far as the bot acts on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.venue_probe.questions import Question


@dataclass(frozen=True, slots=True)
class VenueHabits:
    """What is acted on; each default is what holds as long as nothing was measured.

    Attributes:
        duplicate_id_code: the code that refuses a stop whose number is in use; None = only the documented one.
        stops_bounded: a stop outside the pair's band is refused.
        closers_collide: stop and target for the whole position cannot wait side by side.
    """

    duplicate_id_code: int | None = None
    stops_bounded: bool = True
    closers_collide: bool = False


def habits_of(findings: Mapping[str, str]) -> VenueHabits:
    """Return what follows from the answers of a probe; an answer that is not there, or not known, changes nothing."""
    code = findings.get(Question.DUPLICATE_ID, "")
    return VenueHabits(
        duplicate_id_code=int(code) if code.removeprefix("-").isdecimal() else None,
        stops_bounded=findings.get(Question.STOP_BAND) != "free",
        closers_collide=findings.get(Question.CLOSERS) == "direction",
    )
