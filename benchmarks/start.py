"""How long a start takes: `python -m benchmarks.start [STARTS]`, with a Chromium.

Starts the application on practice, opens a trade, ends it as Ctrl-C does, and starts it again STARTS times (5). Prints
the seconds from the command to a page of Positions with live figures in a browser that is already open, and what the
process then holds in memory.
"""

import re
import statistics
import sys
import time

from playwright.sync_api import Error, Page, expect, sync_playwright

from benchmarks.running import megabytes
from tests.browser.chromium import find_chromium
from tests.browser.seeing import open_sample_trade
from tests.browser.serving import Served, new_folder

WITHIN_SECONDS = 60.0


def seconds_to_live(application: Served, page: Page) -> float:
    """Start the application and return the seconds until its page shows the trade with a price of now."""
    began = time.monotonic()
    application.start(ready=bool)
    while True:
        try:
            page.goto(application.url)
            break
        except Error:
            if time.monotonic() > began + WITHIN_SECONDS:
                raise
    young = page.locator(".position .age", has_text=re.compile(r"^[0-2]\.\d\ss$"))
    expect(young.first).to_be_visible(timeout=WITHIN_SECONDS * 1000)
    return time.monotonic() - began


def main(starts: int) -> None:
    """Measure and print."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium on this machine: `make test` installs one")
    application = Served(new_folder(), "--prices", "walk", "--seed", "3")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            application.start()
            page.goto(application.url)
            open_sample_trade(page)
            seconds = []
            for _ in range(starts):
                page.goto("about:blank")
                application.stop()
                seconds.append(seconds_to_live(application, page))
            memory = megabytes(application.process_id, "VmRSS")
            browser.close()
    finally:
        application.discard()
    print(f"start to live figures: median {statistics.median(seconds):.1f} s, worst {max(seconds):.1f} s")  # noqa: T201
    print(f"memory of the bot with one page: {memory:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
