"""What the exchange's refusal of an order means for the next step, whatever number it came with."""

from enum import StrEnum


class Rejection(StrEnum):
    """Why the exchange did not take an order."""

    WOULD_TRIGGER_NOW = "WOULD_TRIGGER_NOW"  # the mark price is past the trigger price already
    NO_POSITION_YET = "NO_POSITION_YET"  # a closePosition order before the entry's fill is known there
    ANOTHER_RESTS = "ANOTHER_RESTS"  # a closePosition order of this kind rests already
    NOT_EXECUTED = "NOT_EXECUTED"  # overload, limits, clock: the same order may be sent again
    NOTHING_TO_CLOSE = "NOTHING_TO_CLOSE"
    DUPLICATE_ID = "DUPLICATE_ID"  # an order with this client id exists: the first try arrived
    MODE_WRONG = "MODE_WRONG"  # one-way mode, or several assets as margin
    MARGIN_SHORT = "MARGIN_SHORT"
    THIN_BOOK = "THIN_BOOK"
    NO_ROOM_FOR_STOPS = "NO_ROOM_FOR_STOPS"
    SYMBOL_RESTRICTED = "SYMBOL_RESTRICTED"  # only closing orders at the moment
    KEYS_REFUSED = "KEYS_REFUSED"
    PRECISION = "PRECISION"  # not a multiple of the pair's steps: they have changed, and are read anew
    TERMS_REFUSED = "TERMS_REFUSED"  # size, leverage
    OTHER = "OTHER"
