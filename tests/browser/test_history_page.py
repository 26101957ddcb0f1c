"""History with thousands of trades: sorted in full, turned page by page, opened, exported; at a desk and on a phone."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from playwright.sync_api import Locator, Page, expect

from domain.terms import CloseReason
from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from storage.preferences import LastVisit, save_last_visit
from tests.browser.conftest import Contexts, OpenPage
from tests.browser.long_past import add_trade, add_trades
from tests.browser.seeing import choose, figure, findings, open_sample_trade, sideways_scroll, usdt
from tests.browser.serving import Served
from tests.browser.truth import made_on_the_exchange

pytestmark = pytest.mark.slow

D = Decimal
MANY = 3000
GREAT = D("1234567.89")
LONG_NAME = "1000000BABYDOGELONGNAMEUSDT"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def traded(served: Served, contexts: Contexts) -> Iterator[Served]:
    """Give a server with thousands of closed trades; the newest is a real one, that met its stop.

    Before the first look at it nobody had looked for an hour.
    """
    postgres = EmbeddedPostgres.start(served.folder / "data")
    engine = create_database_engine(postgres.url, "history", 1)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with sessions(engine).begin() as session:
        save_last_visit(session, LastVisit(an_hour_ago, an_hour_ago, None))
    page = contexts().new_page()
    page.goto(served.url)
    open_sample_trade(page)
    served.set_price("BTCUSDT", served.trigger_price("BTCUSDT", "STOP_MARKET"))
    expect(page.get_by_role("button", name="Open now")).to_be_visible()
    page.close()
    earlier = datetime.now(UTC) - timedelta(hours=2)
    with sessions(engine).begin() as session:
        add_trades(session, MANY, earlier)
        add_trade(session, LONG_NAME, earlier, net_usdt=GREAT, gross_usdt=GREAT + D("2.95"))
        unknown = dict.fromkeys(("net_usdt", "gross_usdt", "fees_usdt", "funding_usdt"))
        add_trade(session, "WIPEDUSDT", earlier, close_reason=CloseReason.LOST, result_final=False, **unknown)
    yield served
    engine.dispose()
    postgres.stop()


def lines(page: Page) -> Locator:
    """Return the lines of the table of trades."""
    return page.locator(".st-key-history_trades tbody tr")


def amount(words: str) -> Decimal:
    """Return the number in an amount as the page writes it."""
    return D(re.sub(r"[^\d.\-]", "", words.replace("\u2212", "-")))


def test_what_happened_while_away_is_read_on_a_phone_and_put_away(traded: Served, phone: Page) -> None:
    phone.goto(traded.url)
    card = phone.locator(".st-key-away")
    expect(card).to_contain_text("While you were away")
    expect(card).to_contain_text("the last 1 h")
    lost = usdt(made_on_the_exchange(traded))
    expect(card.locator(".facts")).to_contain_text(f"Result{lost} USDT, 1 trade: 0 won, 1 lost")
    expect(card).to_contain_text(re.compile(r"Longest without a stop\s*[\d.]+\ss"))
    expect(card).to_contain_text("Needs an answer")
    assert (findings(phone), sideways_scroll(phone)) == ([], 0)

    card.get_by_role("button", name="OK").tap()
    expect(card).to_have_count(0)
    phone.reload()
    expect(phone.get_by_text("Waiting to open again")).to_be_visible()
    expect(card).to_have_count(0)


def test_all_trades_are_sorted_and_turned_page_by_page(traded: Served, desk: Page) -> None:
    desk.goto(f"{traded.url}/history")
    expect(lines(desk)).to_have_count(50)
    expect(desk.get_by_text("1 trade without a known result is in the table but not in these figures")).to_be_visible()

    head = desk.locator(".st-key-history_trades th.result")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(lines(desk).first.locator(".result")).to_contain_text("+1 234 567.89")
    head.get_by_role("button").click()
    expect(lines(desk).first.locator(".result")).to_have_text("−12.00")

    desk.get_by_role("button", name="Next").click()
    expect(desk.locator(".pager")).to_contain_text("51 to 100 of 2")
    expect(lines(desk)).to_have_count(50)


def test_a_statement_opens_by_keyboard_and_adds_up(traded: Served, desk: Page) -> None:
    desk.goto(f"{traded.url}/history")
    newest = lines(desk).first.locator(".open-line")
    newest.focus()
    desk.keyboard.press("Enter")
    statement = desk.get_by_role("dialog")
    expect(statement.locator(".sum .total")).to_contain_text("adds up to the last digit")

    gross, slipped, fees, funding, net = map(amount, statement.locator(".sum td").all_inner_texts())
    together = statement.locator("tfoot td").all_inner_texts()

    assert gross + fees + funding == net
    assert (amount(together[3]), amount(together[4])) == (fees, gross)
    assert slipped <= 0
    expect(statement.locator("table", has_text="Stop-loss").locator("tbody")).to_contain_text("Filled")
    assert findings(desk) == []


def test_what_is_chosen_is_exported_and_read_back(traded: Served, desk: Page) -> None:
    desk.goto(f"{traded.url}/history")
    choose(desk, "Pair", "ETH/USDT")
    expect(desk.locator(".pager")).to_have_text(re.compile(r" of \d{3}$"))
    chosen = desk.locator(".figure .note").first.inner_text()
    number = int(amount(chosen))
    net = amount(figure(desk, "Result after fees").inner_text())
    desk.get_by_role("button", name="Export").click()

    rows = list(csv.DictReader(io.StringIO(downloaded(desk, "CSV, for any program").decode())))
    table = workbook_rows(downloaded(desk, "Excel"))

    assert {row["pair"] for row in rows} == {"ETHUSDT"}
    assert len(rows) == number
    assert sum(D(row["net_usdt"]) for row in rows) == net
    assert rows[0]["closed_at_utc"].endswith("Z")
    assert [D(row["net_usdt"]) for row in table] == [D(row["net_usdt"]) for row in rows]
    assert [row["closed_at_local"] for row in table] == [row["closed_at_local"] for row in rows]


def test_history_is_accessible_and_a_phone_shows_cards(traded: Served, desk: Page, phone: Page) -> None:
    desk.goto(f"{traded.url}/history")
    expect(lines(desk)).to_have_count(50)
    desk.locator(".stMain canvas").first.wait_for()
    assert findings(desk) == []

    phone.goto(f"{traded.url}/history")
    expect(lines(phone)).to_have_count(50)
    expect(phone.locator(".st-key-history_trades thead")).to_be_hidden()
    assert findings(phone) == []
    assert sideways_scroll(phone) == 0
    assert cut_off(phone, ".figure .value, .st-key-history_trades td .first") == []

    phone.get_by_label("Sorted by").first.select_option("result")
    lines(phone).first.tap()
    statement = phone.get_by_role("dialog")
    expect(statement).to_contain_text("USDT after fees")
    assert sideways_scroll(phone) == 0
    assert findings(phone) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_seven_digits_and_long_names_fit(traded: Served, open_page: OpenPage, width: int) -> None:
    page = open_page(width)
    page.goto(f"{traded.url}/history")
    choose(page, "Pair", "1000000BABYDOGELONGNAME/USDT")

    expect(lines(page)).to_have_count(1)
    expect(figure(page, "Result after fees")).to_contain_text("1 234 567.89")
    assert cut_off(page, ".figure .value, .st-key-history_trades td .first") == []
    assert sideways_scroll(page) == 0


def cut_off(page: Page, what: str) -> list[str]:
    """Return the texts that reach beyond the right end of the box they stand in."""
    found: list[str] = page.evaluate(
        """what => [...document.querySelectorAll(what)].filter((part) => {
            const text = document.createRange();
            text.selectNodeContents(part);
            const box = part.closest('.figure, td').getBoundingClientRect();
            return box.width && text.getBoundingClientRect().right > box.right + 1;
        }).map((part) => part.textContent)""",
        what,
    )
    return found


def downloaded(page: Page, label: str) -> bytes:
    """Return the file that a button gives."""
    with page.expect_download() as download:
        page.get_by_role("link", name=label).click()
    return download.value.path().read_bytes()


def workbook_rows(workbook: bytes) -> list[dict[str, str]]:
    """Return the rows of a workbook's sheet by column name, numbers as they are written."""
    with ZipFile(io.BytesIO(workbook)) as file:
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    rows = [[cell_text(cell) for cell in row.iter(f"{SHEET}c")] for row in sheet.iter(f"{SHEET}row")]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def cell_text(cell: ElementTree.Element) -> str:
    """Return what a cell holds: a text stands in the cell itself, for the file is written row by row."""
    inline = cell.find(f"{SHEET}is")
    return cell.findtext(f"{SHEET}v", "") if inline is None else "".join(inline.itertext())
