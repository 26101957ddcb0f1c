"""The CSV file and the workbook keep every digit."""

import csv
from datetime import datetime
from io import BytesIO, StringIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session, sessionmaker

from services.history.export import COLUMNS, exact_number
from services.history.history import History
from services.history.views import HistoryFilter
from tests.services.building import NOW, D, SteadyFeed, add_account, add_closed, add_many_closed, add_plan, bot_health

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def history_of(session_factory: sessionmaker[Session], account_id: int) -> History:
    return History(session_factory, SteadyFeed(bot_health(account_id)))


def exported(
    session_factory: sessionmaker[Session], account_id: int, wanted: HistoryFilter, zone: str = "UTC"
) -> list[dict[str, str]]:
    text = b"".join(history_of(session_factory, account_id).csv(wanted, zone)).decode()
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
        add_many_closed(session, plan, map(str, range(1, 1203)), NOW)
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


def workbook_of(session_factory: sessionmaker[Session], account_id: int, zone: str) -> bytes:
    file = BytesIO()
    history_of(session_factory, account_id).write_workbook(HistoryFilter(), file, zone)
    return file.getvalue()


def cells_of(workbook: bytes) -> dict[str, tuple[str, str]]:
    """Return the second row of a workbook by column name: (kind, content); kind n is a number, s is text."""
    rows = rows_of(workbook, "sheet1")
    return dict(zip([name for _, name in rows[0]], rows[1], strict=False))


def rows_of(workbook: bytes, sheet: str) -> list[list[tuple[str, str]]]:
    """Return the rows of a sheet."""
    with ZipFile(BytesIO(workbook)) as file:
        table = ElementTree.fromstring(file.read(f"xl/worksheets/{sheet}.xml"))
    return [
        [
            ("s", "".join(cell.itertext())) if cell.get("t") == "inlineStr" else ("n", cell.findtext(f"{NS}v", ""))
            for cell in row.iter(f"{NS}c")
        ]
        for row in table.iter(f"{NS}row")
    ]


def test_the_workbook_holds_numbers_and_keeps_every_digit(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_closed(
            session, add_plan(session, account), "-0.00000012", NOW, 1, exit_price=D("0.000000123456789012345678")
        )

    row = cells_of(workbook_of(session_factory, account.id, "America/New_York"))

    assert tuple(row) == COLUMNS
    assert (row["net_usdt"][0], D(row["net_usdt"][1])) == ("n", D("-0.00000012"))
    assert row["exit_price"] == ("s", "0.000000123456789012345678")
    assert row["closed_at_utc"] == ("s", "2026-11-22T12:00:00Z")
    assert row["closed_at_local"] == ("s", "2026-11-22 07:00:00")


def test_numbers_in_the_workbook_read_back_as_they_were(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_closed(session, add_plan(session, account), "-9.3", NOW, 1, exit_price=D("0.00001234"))

    row = cells_of(workbook_of(session_factory, account.id, "UTC"))

    assert row["net_usdt"] == ("n", "-9.3")
    assert (row["exit_price"][0], D(row["exit_price"][1])) == ("n", D("0.00001234"))


def test_a_full_sheet_is_followed_by_another(
    session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.history.export.SHEET_ROWS", 2)
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        for number in range(1, 6):
            add_closed(session, plan, f"{number}.5", NOW, number)

    workbook = workbook_of(session_factory, account.id, "UTC")

    net = COLUMNS.index("net_usdt")
    sheets = [[row[net][1] for row in rows_of(workbook, f"sheet{number}")] for number in (1, 2, 3)]
    assert sheets == [["net_usdt", "1.5", "2.5"], ["net_usdt", "3.5", "4.5"], ["net_usdt", "5.5"]]


def test_csv_comes_before_all_rows_were_read(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_many_closed(session, add_plan(session, account), map(str, range(1, 1100)), NOW)

    pieces = history_of(session_factory, account.id).csv(HistoryFilter())
    first = next(pieces)
    rest = list(pieces)

    assert first.count(b"\n") == 2  # the names and the first trade
    assert [piece.count(b"\n") for piece in rest] == [1000, 98]


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("123456.7", 123456.7), ("0.00001234", 0.00001234), ("-1234567.12345678", -1234567.12345678)],
)
def test_a_number_a_spreadsheet_can_hold(text: str, number: float | None) -> None:
    assert exact_number(text) == number


def test_sixteen_digits_stay_text() -> None:
    assert exact_number("1234567.123456789") is None


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_begins_like_a_formula_is_no_formula_in_a_spreadsheet(
    session_factory: sessionmaker[Session], sign: str
) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account, symbol=f"{sign}HYPERLINK")
        add_closed(session, plan, "-9.3", NOW, 1)

    text = b"".join(history_of(session_factory, account.id).csv(HistoryFilter())).decode()
    row = next(csv.DictReader(StringIO(text, newline="")))

    assert row["pair"] == f"'{sign}HYPERLINK"
    assert row["net_usdt"] == "-9.3"


def test_people_read_words_dates_the_screens_signs_and_a_total(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        for sequence, net in enumerate(("12.5", "-5.25"), start=1):
            add_closed(session, plan, net, NOW, sequence, fees_usdt=D("1.5"))

    workbook = workbook_of(session_factory, account.id, "America/New_York")
    rows, summary = rows_of(workbook, "sheet2"), rows_of(workbook, "sheet3")

    headings = [words for _, words in rows[0]]
    trade = dict(zip(headings, (words for _, words in rows[1]), strict=True))
    assert headings[:5] == ["Closed", "Opened", "Pair", "Direction", "Why it closed"]
    assert trade["Why it closed"] == "Take-profit"
    assert round(D(trade["Closed"]) % 1 * 24, 6) == 7  # a real date: noon UTC is seven in New York
    assert D(trade["Fees, USDT"]) == D("-1.5")
    assert rows[-1][0][1] == "Total"
    assert D(rows[-1][-1][1]) == D("7.25")
    assert [words for _, words in summary[0]] == ["Closed trades", "2"]


def test_the_csv_for_people_reads_like_the_sheet_and_holds_no_formula(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account, symbol="=BTCUSDT")
        for sequence, net in enumerate(("12.504", "-5.25"), start=1):
            add_closed(session, plan, net, NOW, sequence, fees_usdt=D("1.5"))

    text = b"".join(history_of(session_factory, account.id).readable_csv(HistoryFilter(), "America/New_York")).decode()
    trade, lost, total = csv.DictReader(text.removeprefix("\ufeff").splitlines())

    assert text.startswith("\ufeffClosed,Opened,Pair,")
    assert trade["Closed"] == "2026-11-22 07:00:00"
    assert (trade["Pair"], trade["Why it closed"], trade["Fees, USDT"]) == ("'=BTCUSDT", "Take-profit", "-1.50")
    assert (trade["Result, USDT"], lost["Result, USDT"]) == ("12.50", "-5.25")
    assert (total["Closed"], total["Result, USDT"]) == ("Total", "7.25")
