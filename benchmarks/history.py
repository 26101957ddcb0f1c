"""How soon History shows 10,000 closed trades: `python -m benchmarks.history [TRADES]`, with a Chromium.

Serves the application on practice, writes TRADES closed runs over 90 days into its database, and prints how long it
takes from the press on History to its figures and table, how long a new tab takes from its address (most of it is
Streamlit loading itself, as the same for an empty page beside it shows), and how long a change of the range takes.
"""

import sys
import time
from datetime import UTC, datetime
from statistics import median

from playwright.sync_api import Page, sync_playwright

from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from tests.browser.chromium import find_chromium
from tests.browser.long_past import add_trades
from tests.browser.serving import Served, new_folder

VISITS = 5
TABLE = ".st-key-history_trades tbody tr"


def visit(page: Page, url: str) -> float:
    """Return the seconds from asking for the page to its figures and table."""
    began = time.monotonic()
    page.goto(f"{url}/history", wait_until="commit")
    page.locator(".figure .value").first.wait_for()
    page.locator(TABLE).first.wait_for()
    return time.monotonic() - began


def visit_settings(page: Page, url: str) -> float:
    """Return the seconds from asking for a page without figures to what it shows: what a new tab costs anyway."""
    began = time.monotonic()
    page.goto(f"{url}/settings", wait_until="commit")
    page.get_by_text("How the bot is doing").wait_for()
    return time.monotonic() - began


def press(page: Page) -> tuple[float, float]:
    """Return the seconds from the press on History in the navigation to its figures, and to its table."""
    began = time.monotonic()
    page.get_by_role("link", name="History").first.click()
    page.locator(".figure .note", has_text="trades").first.wait_for()
    painted = time.monotonic() - began
    page.locator(TABLE).first.wait_for()
    return painted, time.monotonic() - began


def narrow(page: Page, days: str) -> float:
    """Return the seconds from a press on another range to its figures."""
    number = page.locator(".figure .note").first
    before = number.inner_text()
    began = time.monotonic()
    page.get_by_text(days, exact=True).click()
    while number.inner_text() == before:
        time.sleep(0.01)
    return time.monotonic() - began


def main(trades: int) -> None:
    """Serve, fill, and print."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium on this machine: `make test` installs one")
    application = Served(new_folder())
    application.start()
    postgres = EmbeddedPostgres.start(application.folder / "data")
    engine = create_database_engine(postgres.url, "bench", 1)
    try:
        with sessions(engine).begin() as session:
            add_trades(session, trades, datetime.now(UTC))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            took: dict[str, list[float]] = {
                what: [] for what in ("press to figures", "press to table", "new tab", "empty new tab", "another range")
            }
            for _ in range(VISITS):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                took["empty new tab"].append(visit_settings(page, application.url))
                painted, all_there = press(page)
                took["press to figures"].append(painted)
                took["press to table"].append(all_there)
                took["another range"].append(narrow(page, "7 days"))
                page.close()
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                took["new tab"].append(visit(page, application.url))
                page.close()
            browser.close()
        for what, seconds in took.items():
            print(f"{trades} closed trades, {what}: median {median(seconds):.2f} s, worst {max(seconds):.2f} s")  # noqa: T201
    finally:
        engine.dispose()
        postgres.stop()
        application.discard()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
