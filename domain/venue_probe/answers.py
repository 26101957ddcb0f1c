"""What the exchange's answers to a probe mean."""

from collections.abc import Sequence

from domain.venue_probe.questions import NOT_MEASURED

_TICK_CODES = frozenset({-4014, -1111})
_BAND_CODES = frozenset({-4210, -4211, -4183, -4184, -4016, -4024, -4006, -4007})
_BOOLEAN_CODES = frozenset({-1130, -1102, -1100})
_WRONG_SIGNATURE_CODE = -1022
_SIGNED_CODES = frozenset({-2013, -1100, -1102, -1105, -1130, -4015})  # of an odd name, once the signature held
_FORMAT_CODES = frozenset({-1104, -1101, -1130})


def trigger_tick(accepted: bool, code: int | None) -> str:
    """Return whether a stop between two ticks is taken."""
    return _either(accepted, code, "free", _TICK_CODES, "enforced")


def stop_band(accepted: bool, code: int | None) -> str:
    """Return whether a stop outside the pair's band is taken."""
    return _either(accepted, code, "free", _BAND_CODES, "bounded")


def booleans(accepted: bool, code: int | None) -> str:
    """Return whether TRUE in capitals is taken."""
    return _either(accepted, code, "accepted", _BOOLEAN_CODES, "refused")


def duplicate_id(accepted: bool, code: int | None) -> str:
    """Return the code that refuses a number in use."""
    return "accepted" if accepted else NOT_MEASURED if code is None else str(code)


def income_page(first: Sequence[int] | None, second: Sequence[int] | None, code: int | None) -> str:
    """Return what becomes of the page, by the ids of the rows on the first and second page of one row each.

    Where the page is ignored both answers are the same; an account without income proves nothing.
    """
    if code is not None:
        return "refused" if code in _FORMAT_CODES else NOT_MEASURED
    if first is None or second is None or not first:
        return NOT_MEASURED
    return "ignored" if first == second else "honoured"


def signature(sent: int | None, decoded: int | None) -> str:
    """Return what is signed, by the codes of two reads of an order that is not there, each signed its own way."""
    holds = {name for name, code in (("sent", sent), ("decoded", decoded)) if code in _SIGNED_CODES}
    fails = {name for name, code in (("sent", sent), ("decoded", decoded)) if code == _WRONG_SIGNATURE_CODE}
    if not holds or len(holds) + len(fails) < 2:
        return NOT_MEASURED
    return "either" if len(holds) == 2 else holds.pop()


def _either(accepted: bool, code: int | None, taken: str, codes: frozenset[int], refused: str) -> str:
    return taken if accepted else refused if code in codes else NOT_MEASURED
