"""The files of History: sent in pieces, named after account and range, refused in words."""

import csv
from io import BytesIO, StringIO
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.applications import Starlette
from starlette.testclient import TestClient

import runtime
from api.history_files import ROUTES
from services.dashboard.snapshot import Dashboard
from services.history.file_address import CSV, READABLE_CSV, WORKBOOK, file_address
from services.history.history import History
from services.history.views import HistoryFilter
from storage.connections import create_database_engine, sessions
from tests.services.building import NOW, SteadyFeed, add_account, add_closed, add_plan, bot_health


def browser(monkeypatch: pytest.MonkeyPatch, factory: sessionmaker[Session], account_id: int) -> TestClient:
    """Return a browser at the files of an account."""
    feed = SteadyFeed(bot_health(account_id))
    parts = SimpleNamespace(history=History(factory, feed), dashboard=Dashboard(factory, feed, lambda: NOW))
    monkeypatch.setattr(runtime, "_runtime", SimpleNamespace(services=parts))
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, session_factory: sessionmaker[Session]) -> TestClient:
    """Give a browser at the files of an account that closed a trade in each of two pairs."""
    with session_factory.begin() as session:
        account = add_account(session)
        add_closed(session, add_plan(session, account), "5", NOW, 1)
        add_closed(session, add_plan(session, account, symbol="ETHUSDT"), "-3", NOW, 1)
    return browser(monkeypatch, session_factory, account.id)


def test_a_selection_comes_as_csv_named_after_account_and_range(files: TestClient) -> None:
    wanted = HistoryFilter("ETHUSDT", since=NOW.replace(day=1, hour=0))

    answer = files.get(file_address(CSV, wanted, "UTC"))

    assert [row["net_usdt"] for row in csv.DictReader(StringIO(answer.text))] == ["-3"]
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="trades-practice-2026-11-01-to-2026-11-22.csv"'
    )


def test_all_trades_come_as_a_workbook(files: TestClient) -> None:
    answer = files.get(file_address(WORKBOOK, HistoryFilter(), "UTC"))

    assert "xl/workbook.xml" in ZipFile(BytesIO(answer.content)).namelist()
    assert answer.headers["content-disposition"].endswith('"trades-practice-all.xlsx"')


def test_the_csv_for_people_has_a_name_of_its_own(files: TestClient) -> None:
    answer = files.get(file_address(READABLE_CSV, HistoryFilter(), "UTC"))

    assert answer.headers["content-disposition"].endswith('"trades-practice-all-for-reading.csv"')
    assert answer.text.splitlines()[-1].startswith("Total,")


def test_an_address_that_cannot_be_read_is_refused_in_words(files: TestClient) -> None:
    answer = files.get(f"{CSV}?since=yesterday")

    assert (answer.status_code, answer.text[:26]) == (400, "since must be a date and t")


@pytest.mark.parametrize("path", [CSV, READABLE_CSV, WORKBOOK])
def test_a_database_that_is_away_is_said_and_no_half_file_is_sent(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, path: str
) -> None:
    nobody_listens = engine.url.set(host="127.0.0.1", port=9).render_as_string(hide_password=False)
    away = create_database_engine(nobody_listens, "test")

    answer = browser(monkeypatch, sessions(away), 1).get(path)

    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert "content-disposition" not in answer.headers
