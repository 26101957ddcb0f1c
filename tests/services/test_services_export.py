"""The CSV file keeps every digit."""

import csv
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from services_export import COLUMNS, load_csv
from services_views import HistoryFilter
from tests.services.building import NOW, D, add_account, add_closed, add_plan


def exported(
    session_factory: sessionmaker[Session], account_id: int, wanted: HistoryFilter, zone: str = "UTC"
) -> list[dict[str, str]]:
    with session_factory() as session:
        text = load_csv(session, account_id, wanted, ZoneInfo(zone)).decode()
    return list(csv.DictReader(text.splitlines()))


def test_decimals_are_exact_and_never_in_exponents(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_closed(
            session, add_plan(session, account), "-0.00000012", NOW, 1, exit_price=D("0.000000123456789012345678")
        )

    row = exported(session_factory, account.id, HistoryFilter())[0]

    assert row["net_usdt"] == "-0.00000012"
    assert row["exit_price"] == "0.000000123456789012345678"
    assert D(row["gross_usdt"]) - D(row["fees_usdt"]) + D(row["funding_usdt"]) == D(row["net_usdt"])


def test_utc_and_local_time_stand_side_by_side(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_closed(session, add_plan(session, account), "5", NOW, 1)

    row = exported(session_factory, account.id, HistoryFilter(), "America/New_York")[0]

    assert row["closed_at_utc"] == "2026-11-22T12:00:00Z"
    assert row["closed_at_local"] == "2026-11-22 07:00:00"
    assert row["time_zone"] == "America/New_York"
    assert datetime.fromisoformat(row["opened_at_utc"]).tzinfo is not None


def test_all_of_the_filter_is_exported_oldest_first(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        for sequence in range(1, 1203):
            add_closed(session, plan, str(sequence), NOW, sequence)
        add_closed(session, add_plan(session, account, symbol="ETHUSDT"), "1", NOW, 1)

    rows = exported(session_factory, account.id, HistoryFilter(symbol="BTCUSDT"))

    assert [row["net_usdt"] for row in rows] == [str(sequence) for sequence in range(1, 1203)]


def test_an_unknown_result_is_an_empty_cell(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_closed(session, add_plan(session, account), None, NOW, 1)

    row = exported(session_factory, account.id, HistoryFilter())[0]

    assert (row["net_usdt"], row["reason"], row["result_final"]) == ("", "LOST", "no")
    assert tuple(row) == COLUMNS
