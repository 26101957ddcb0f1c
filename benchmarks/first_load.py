"""How long a phone waits for the dashboard: `python -m benchmarks.first_load`, with a Chromium.

Serves the application on practice with one open trade, opens it in a new browser on a line of slow 4G (1.6 Mbit/s,
150 ms, as DevTools slow it down) and prints the bytes that came, when the first something was painted, when the first
live figures stood, the same once more with what the browser has kept, and how long a press waits for the next painted
picture at most. Other work on the machine makes all times longer; the bytes stay what they are.
"""

from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.seeing import open_sample_trade
from tests.browser.serving import Served, new_folder

SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
PATIENCE_MILLISECONDS: Final = 120_000
PRESSES: Final = ("Activity", "History", "New trade", "Positions")
_WATCH_PRESSES: Final = """
window.longestPress = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (entry.interactionId) window.longestPress = Math.max(window.longestPress, entry.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_FIRST_PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_LIVE: Final = (
    "document.querySelector('.st-key-summary .figures .value')?.textContent?.match(/[0-9]/)"
    " && !document.getElementById('skeleton')"
)


class Line:
    """Counts what comes to one page over a slow line."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.bytes = self.requests = 0
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.on("Network.loadingFinished", self._count)

    def _count(self, loaded: dict[str, float]) -> None:
        self.bytes += int(loaded["encodedDataLength"])
        self.requests += 1


def visit(context: BrowserContext, url: str, what: str) -> Page:
    """Open the dashboard and print what came when."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    line = Line(context, page)
    page.goto(url, wait_until="commit")
    while not page.evaluate(_LIVE):  # the page's policy lets nothing wait inside of it
        page.wait_for_timeout(50)
    live, painted = page.evaluate("performance.now()"), page.evaluate(_FIRST_PAINT)
    kilobytes, requests = line.bytes / 1024, line.requests
    print(  # noqa: T201
        f"{what}: {kilobytes:.0f} KB in {requests} answers; first paint {painted / 1000:.1f} s, "
        f"live figures {live / 1000:.1f} s"
    )
    return page


def longest_press(browser: Browser, url: str) -> float:
    """Return how long a press of a walk through the pages waits for the next painted picture at most, milliseconds."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.add_init_script(_WATCH_PRESSES)
    page.goto(url)
    page.locator(".position").first.click()
    expect(page.locator(".panel canvas").first).to_be_visible()
    for name in PRESSES:
        page.locator(".st-key-links_tabs a").filter(has_text=name.split()[0]).click()
        page.locator(f"h1:has-text('{name}')").wait_for(state="attached")
        page.wait_for_timeout(1000)
    longest: float = page.evaluate("window.longestPress")
    return longest


def main() -> None:
    """Serve, and measure."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium on this machine: `make test` installs one")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    application = Served(new_folder())
    application.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            first = browser.new_page()
            first.goto(application.url)
            open_sample_trade(first)
            first.close()
            context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
            visit(context, application.url, "first visit").close()
            visit(context, application.url, "second visit").close()
            print(f"a press waits {longest_press(browser, application.url):.0f} ms for the next picture at most")  # noqa: T201
            browser.close()
    finally:
        application.discard()


if __name__ == "__main__":
    main()
