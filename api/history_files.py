"""GET /export/trades.csv, trades-for-reading.csv, trades.xlsx: the trades of a selection, sent while they are read."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import IO, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from domain.zones import zone_of
from runtime import get_runtime
from services.errors import NotReadable
from services.history.file_address import CSV, READABLE_CSV, WORKBOOK, selection_of
from services.history.views import HistoryFilter

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE: Final = 1 << 16


async def csv_file(request: Request) -> Response:
    """Send the trades as CSV; the first line leaves as soon as the first trades are read."""
    return await run_in_threadpool(_answer, request, "csv")


async def workbook_file(request: Request) -> Response:
    """Send the trades as an Excel workbook, made on disk."""
    return await run_in_threadpool(_answer, request, "xlsx")


async def readable_csv_file(request: Request) -> Response:
    """Send the trades as CSV for people, as csv_file does."""
    return await run_in_threadpool(_answer, request, "reading.csv")


ROUTES: Final = [Route(CSV, csv_file), Route(READABLE_CSV, readable_csv_file), Route(WORKBOOK, workbook_file)]


def _answer(request: Request, ending: str) -> Response:
    try:
        wanted = selection_of(request.query_params)
    except ValueError as unread:
        return PlainTextResponse(str(unread), status_code=400)
    zone = request.query_params.get("zone")
    try:
        pieces = _workbook_pieces(wanted, zone) if ending == "xlsx" else _csv_pieces(wanted, zone, ending)
        headers = {"content-disposition": f'attachment; filename="{_file_name(wanted, zone, ending)}"'}
    except NotReadable as silent:
        return PlainTextResponse(str(silent), status_code=503)
    return StreamingResponse(pieces, media_type=_XLSX if ending == "xlsx" else "text/csv", headers=headers)


def _csv_pieces(wanted: HistoryFilter, zone: str | None, ending: str) -> Iterator[bytes]:
    history = get_runtime().services.history
    pieces = history.csv(wanted, zone) if ending == "csv" else history.readable_csv(wanted, zone)
    # Read before the answer begins: a database that is silent is said in words, not with half a file.
    return chain([next(pieces)], pieces)


def _workbook_pieces(wanted: HistoryFilter, zone: str | None) -> Iterator[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- open until it is sent; it has no name that anybody could open
    try:
        get_runtime().services.history.write_workbook(wanted, file, zone)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return _read(file)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_AT_ONCE):
            yield piece


def _file_name(wanted: HistoryFilter, timezone: str | None, ending: str) -> str:
    """Return a name that tells files of several accounts and ranges apart: "trades-practice-2026-09-01-to-….csv"."""
    seen = get_runtime().services.dashboard.snapshot()
    zone = zone_of(timezone)
    range_words = ["all"]
    if wanted.since is not None or wanted.until is not None:
        last = seen.taken_at if wanted.until is None else wanted.until - timedelta.resolution
        first = [] if wanted.since is None else [wanted.since.astimezone(zone).date().isoformat()]
        range_words = [*first, "to", last.astimezone(zone).date().isoformat()]
    words = "-".join(["trades", *seen.status.venue_label.lower().split(), *range_words])
    return f"{words}-for-{ending}" if ending == "reading.csv" else f"{words}.{ending}"
