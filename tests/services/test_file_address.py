"""An address of a file says exactly which trades it holds."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest

from domain.terms import CloseReason, Side
from services.history.file_address import CSV, file_address, selection_of
from services.history.views import HistoryFilter

BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "wanted",
    [
        HistoryFilter(),
        HistoryFilter("1000PEPEUSDT", Side.SHORT, CloseReason.SL),
        HistoryFilter("=A&B+ c", since=datetime(2026, 3, 1, tzinfo=BERLIN), until=datetime(2026, 4, 1, tzinfo=UTC)),
    ],
)
def test_what_is_asked_for_comes_back(wanted: HistoryFilter) -> None:
    address = urlsplit(file_address(CSV, wanted, "Europe/Berlin"))
    query = dict(parse_qsl(address.query))

    assert (address.path, query.pop("zone")) == (CSV, "Europe/Berlin")
    assert selection_of(query) == wanted


@pytest.mark.parametrize(
    ("name", "said"),
    [("side", "UP"), ("reason", "luck"), ("since", "yesterday"), ("until", "2026-11-01T00:00:00"), ("pair", "A\0")],
)
def test_what_cannot_be_read_is_named_with_what_would_do(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        selection_of({name: said})


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00-23:59", "9999-12-31T23:59:59+00:00"])
def test_a_moment_at_an_end_of_the_calendar_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="such as 2026"):
        selection_of({"until": said})
