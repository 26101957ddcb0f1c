"""The addresses that files of closed trades are fetched under, and what such an address asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from domain.terms import CloseReason, Side
from services.history.views import HistoryFilter

CSV: Final = "/export/trades.csv"
READABLE_CSV: Final = "/export/trades-for-reading.csv"
WORKBOOK: Final = "/export/trades.xlsx"
_YEARS: Final = (2000, 2200)  # in which every zone has every moment: the calendar's own ends lie outside some


def file_address(path: str, wanted: HistoryFilter, timezone: str) -> str:
    """Return where the file of a selection is fetched.

    Args:
        path: CSV, READABLE_CSV or WORKBOOK.
        wanted: which positions.
        timezone: IANA name of the zone of local times.
    """
    said = {
        "pair": wanted.symbol,
        "side": wanted.side,
        "reason": wanted.reason,
        "since": wanted.since and wanted.since.isoformat(),
        "until": wanted.until and wanted.until.isoformat(),
        "zone": timezone,
    }
    return f"{path}?{urlencode({name: value for name, value in said.items() if value})}"


def selection_of(query: Mapping[str, str]) -> HistoryFilter:
    """Return the selection that an address of file_address asks for.

    Raises:
        ValueError: one of its parts cannot be read; the text says which, and what would do.
    """
    side, reason = query.get("side"), query.get("reason")
    if side and side not in list(Side):
        raise ValueError(f"side must be one of {', '.join(Side)}.")
    if reason and reason not in list(CloseReason):
        raise ValueError(f"reason must be one of {', '.join(CloseReason)}.")
    pair = query.get("pair") or None
    if pair is not None and not pair.isprintable():
        raise ValueError("pair must be the name of one, such as BTCUSDT.")
    return HistoryFilter(
        pair,
        Side(side) if side else None,
        CloseReason(reason) if reason else None,
        _moment(query, "since"),
        _moment(query, "until"),
    )


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    said = query.get(name)
    if not said:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError(f"{name} must be a date and time with its offset, such as 2026-11-01T00:00:00+00:00.")
    return moment
