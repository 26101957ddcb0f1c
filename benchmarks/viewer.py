"""What one viewer of Positions costs: `python -m benchmarks.viewer [POSITIONS [TRADES]]`, with a Chromium.

Serves the application on practice with walking prices, writes TRADES closed runs (10,000) into its database, lets the
bot open POSITIONS trades (50), and prints the server's share of a core without and with a page open on Positions, the
requests to the exchange in the same time, and how long it takes from the press on Positions to the last row. The
share is CPU time, so other work on the machine hardly changes it; the seconds do depend on it.
"""

import json
import os
import sys
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from uuid import uuid4

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Basis, InstructionKind, Phase, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_to_json
from storage.bot_tables import InstructionRow
from storage.connections import create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from storage.tables import AccountRow, PositionRow
from tests.browser.chromium import find_chromium
from tests.browser.long_past import add_trades
from tests.browser.serving import Served, new_folder

ONCE = ReopenRule(enabled=False, delay=timedelta(0))
WATCHED_SECONDS = 30  # six checks of the bot
VISITS = 7
OPEN_WITHIN_SECONDS = 240.0


def open_trades(application: Served, make: sessionmaker[Session], positions: int) -> None:
    """Let the bot open that many trades on the exchange's pairs, stops and targets far enough to live on."""
    address = f"http://127.0.0.1:{application.practice_port}/fapi/v1/premiumIndex"
    with urllib.request.urlopen(address, timeout=10) as answer:
        symbols = sorted(row["symbol"] for row in json.load(answer))[:positions]
    for symbol in symbols:
        terms = TradeTerms(symbol, Side.LONG, Decimal(60), 5, Decimal(90), Decimal(45), Basis.NET, ONCE)
        now = datetime.now(UTC)
        with make.begin() as session:
            session.add(
                InstructionRow(
                    id=uuid4().hex,
                    account_id=session.scalars(select(AccountRow.id)).one(),
                    kind=InstructionKind.OPEN,
                    position_id=None,
                    terms=terms_to_json(terms),
                    created_at=now,
                    lapses_at=now + timedelta(minutes=5),
                )
            )
    deadline = time.monotonic() + OPEN_WITHIN_SECONDS
    while True:
        with make() as session:
            live = session.scalar(select(func.count()).select_from(PositionRow).where(PositionRow.phase == Phase.OPEN))
        if live == positions:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"only {live} of {positions} trades opened\n{application.logs()}")
        time.sleep(0.5)


def cpu_seconds(process_id: int) -> float:
    """Return the CPU time a process has used so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch(application: Served, page: Page | None) -> tuple[float, Counter[str]]:
    """Return the server's share of a core in per cent over WATCHED_SECONDS, and the exchange's requests by path."""
    asked = len(application.control("ledger")["requests"])
    cpu, began = cpu_seconds(application.process_id), time.monotonic()
    if page is None:
        time.sleep(WATCHED_SECONDS)
    else:
        page.wait_for_timeout(WATCHED_SECONDS * 1000)
    share = 100 * (cpu_seconds(application.process_id) - cpu) / (time.monotonic() - began)
    requests = application.control("ledger")["requests"][asked:]
    return share, Counter(request["path"] for request in requests if not request["path"].startswith("/control"))


def press(page: Page, positions: int) -> float:
    """Return the seconds from the press on Positions in the navigation to its last row."""
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_text("How the bot is doing").wait_for()
    page.wait_for_timeout(500)
    began = time.monotonic()
    page.get_by_role("link", name="Positions").first.click()
    page.locator(".position").nth(positions - 1).wait_for()
    return time.monotonic() - began


def measure(application: Served, make: sessionmaker[Session], chromium: str, positions: int, trades: int) -> None:
    """Fill, watch, and print."""
    with make.begin() as session:
        add_trades(session, trades, datetime.now(UTC))
    open_trades(application, make, positions)
    shipped: list[int] = []
    with sync_playwright() as playwright:
        time.sleep(10)  # the fills are recorded
        idle, asked_idle = watch(application, None)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("websocket", lambda line: line.on("framereceived", lambda frame: shipped.append(len(frame))))
        page.goto(application.url)
        page.locator(".position").nth(positions - 1).wait_for()
        page.wait_for_timeout(3000)
        shipped.clear()
        share, asked = watch(application, page)
        kilobytes = sum(shipped) / WATCHED_SECONDS / 1024
        seconds = [press(page, positions) for _ in range(VISITS)]
        browser.close()
    print(f"{positions} positions, nobody looking: {idle:.1f} % of a core, {asked_idle.total()} requests")  # noqa: T201
    print(f"{positions} positions, one viewer: {share:.1f} %, {asked.total()} requests")  # noqa: T201
    print(f"the viewer costs {share - idle:.1f} % of a core; other requests than before: {dict(asked - asked_idle)}")  # noqa: T201
    print(f"shipped to the viewer: {kilobytes:.1f} KB a second")  # noqa: T201
    print(f"press on Positions to the last row: median {median(seconds):.2f} s, worst {max(seconds):.2f} s")  # noqa: T201


def main(positions: int, trades: int) -> None:
    """Serve, and measure."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium on this machine: `make test` installs one")
    application = Served(new_folder(), "--prices", "walk", "--seed", "3", "--symbols", str(positions + 10))
    application.start()
    postgres = EmbeddedPostgres.start(application.folder / "data")
    engine = create_database_engine(postgres.url, "bench", 1)
    try:
        measure(application, sessions(engine), chromium, positions, trades)
    finally:
        engine.dispose()
        postgres.stop()
        application.discard()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
