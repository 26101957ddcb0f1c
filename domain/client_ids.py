"""Client order ids: which install, position, purpose and attempt an order on the exchange belongs to."""

import re
from dataclasses import dataclass

from domain.terms import Purpose

MAX_LENGTH = 36
_INSTALL = re.compile(r"[a-z0-9]{6}")
_OURS = re.compile(r"t1-([a-z0-9]{6})-([1-9][0-9]*)-([estcb])-(0|[1-9][0-9]*)")
_PURPOSES = {purpose.letter: purpose for purpose in Purpose}


class ImpossibleClientId(ValueError):
    """These parts make no id the exchange would take: a programming error, nothing may be sent."""

    def __init__(self, text: str) -> None:
        super().__init__(f"not a client order id: {text!r}")
        self.text = text


@dataclass(frozen=True, slots=True)
class ParsedId:
    """The parts of an id of this bot's form; it may still be another install's."""

    install: str
    position_id: int
    purpose: Purpose
    attempt: int


def client_order_id(install: str, position_id: int, purpose: Purpose, attempt: int) -> str:
    """Return the id of one order, e.g. "t1-x7k2p9-42-e-1", for ordinary and conditional orders alike.

    Args:
        install: six characters of a-z and 0-9, made with the database.
        position_id: the position's id, > 0.
        purpose: what the order is for; its first letter is used.
        attempt: number of the order among those of its position and purpose, >= 0; an id is sent once in its life.

    Raises:
        ImpossibleClientId: a part is out of range, or the whole is longer than 36 characters.
    """
    text = f"t1-{install}-{position_id}-{purpose.letter}-{attempt}"
    if not _OURS.fullmatch(text) or len(text) > MAX_LENGTH:
        raise ImpossibleClientId(text)
    return text


def parse_client_order_id(text: str) -> ParsedId | None:
    """Return the parts of an id, or None if it has not this bot's form. Inverse of client_order_id."""
    match = _OURS.fullmatch(text)
    if match is None or len(text) > MAX_LENGTH:
        return None
    install, position_id, letter, attempt = match.groups()
    return ParsedId(install, int(position_id), _PURPOSES[letter], int(attempt))


def belongs_to_install(text: str, install: str) -> bool:
    """Return whether an id was made by this install.

    Necessary, not sufficient, for an order to be ours: ours is what has a row in the database.
    """
    parsed = parse_client_order_id(text)
    return parsed is not None and parsed.install == install
