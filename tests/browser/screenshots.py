"""Takes the pictures of docs/screenshots: `python -m tests.browser.screenshots [FOLDER [NAME…]]`, all unless named.

Starts the application in a folder of its own on free ports, lets the bot trade on the practice exchange while prices
are moved, and saves every page at a desk and on a phone, light and dark. Every trade is a real run of the bot; the
times of the closed ones are then spread over the past weeks, so that the history has days to show.
"""

import io
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.serving import ROOT, Served
from tests.browser.trading_day import TradingDay

Colours = Literal["light", "dark"]
PATIENCE_MILLISECONDS = 60_000  # on a machine with other work
SETTLE_MILLISECONDS = 2_500  # fonts, charts and two updates of the live parts
TALLEST = {"desktop": 1300, "phone": 1950}
PALETTE_COLOURS = 256


@dataclass(frozen=True, slots=True)
class Screen:
    """What somebody looks at the dashboard with."""

    name: Literal["desktop", "phone"]
    width: int
    height: int
    sharpness: int  # device pixels per CSS pixel


SCREENS = (Screen("desktop", 1440, 900, 1), Screen("phone", 390, 844, 2))


class Album:
    """Saves pictures of one served application."""

    def __init__(self, playwright: Playwright, chromium: str, url: str, folder: Path, wanted: Sequence[str]) -> None:
        # Canvases ask the browser itself how sharp the screen is, not the window it pretends to have.
        self.browsers = {
            screen.name: playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", f"--force-device-scale-factor={screen.sharpness}"]
            )
            for screen in SCREENS
        }
        self.url = url
        self.folder = folder
        self.wanted = wanted

    def take(
        self, name: str, path: str, before: Callable[[Page], None] = lambda page: None, word: str = "Trading"
    ) -> None:
        """Save one page on both screens in both colours; before brings it into the state to show.

        Args:
            name: of the files, and what main's wanted names.
            path: of the page, below the dashboard's address.
            before: called on the page once it stands.
            word: what the bot's state must be.
        """
        if self.wanted and name not in self.wanted:
            return
        for screen in SCREENS:
            for colours in ("light", "dark"):
                with self._page(screen, colours) as page:
                    page.goto(f"{self.url}/{path}")
                    expect(page.locator(".status .word")).to_have_text(word)
                    page.wait_for_timeout(SETTLE_MILLISECONDS)
                    before(page)
                    page.mouse.move(0, 0)  # charts point out whatever the pointer rests on
                    self._fit(page, screen)
                    self._save(page, f"{name}-{screen.name}-{colours}")

    def close(self) -> None:
        """End the browsers."""
        for browser in self.browsers.values():
            browser.close()

    @contextmanager
    def _page(self, screen: Screen, colours: Colours) -> Iterator[Page]:
        phone = screen.name == "phone"
        context = self.browsers[screen.name].new_context(
            viewport={"width": screen.width, "height": screen.height},
            device_scale_factor=screen.sharpness,
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB",
            color_scheme=colours,
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        yield page
        context.close()

    def _fit(self, page: Page, screen: Screen) -> None:
        """Make the window as tall as what is in it, within reason: the page scrolls inside of itself."""
        needed = page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " main.scrollTo(0, 0); return main.scrollHeight; }"
        )
        height = min(max(int(needed), screen.height), TALLEST[screen.name])
        if height > screen.height:
            page.set_viewport_size({"width": screen.width, "height": height})
            page.wait_for_timeout(SETTLE_MILLISECONDS)

    def _save(self, page: Page, name: str) -> None:
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        file = self.folder / f"{name}.png"
        picture.quantize(PALETTE_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            file, optimize=True
        )
        print(f"{file.name} {file.stat().st_size // 1024} KB", flush=True)


def choose_first_position(page: Page) -> None:
    """Open the panel of the position on top."""
    page.locator(".position").first.click()
    expect(page.locator(".panel canvas").first).to_be_visible()
    page.wait_for_timeout(SETTLE_MILLISECONDS)


def choose_short(page: Page) -> None:
    """Turn the form to the direction that is still free on its pair."""
    page.get_by_text("Short: earns if it falls").click()
    expect(page.locator(".st-key-open_trade button")).to_contain_text("SHORT")
    page.wait_for_timeout(SETTLE_MILLISECONDS)


def ask_for_too_tight_a_stop(page: Page) -> None:
    """Fill the form with a stop-loss that its fees would eat."""
    choose_short(page)
    field = page.get_by_label("Stop loss, USDT")
    field.fill("1")
    field.press("Tab")
    expect(page.locator(".refusal").first).to_be_visible()
    page.evaluate("document.activeElement.blur()")  # the next field would show that a key went there
    page.wait_for_timeout(SETTLE_MILLISECONDS)


def await_external(page: Page) -> None:
    """Wait until the page says what somebody else did on the account."""
    expect(page.locator(".st-key-external_quantities")).to_be_visible()
    expect(page.locator(".st-key-external_positions")).to_be_visible()
    page.wait_for_timeout(SETTLE_MILLISECONDS)


def open_newest_statement(page: Page) -> None:
    """Choose the trade on top of the history."""
    page.locator(".st-key-history_trades .open-line").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(SETTLE_MILLISECONDS)


def main(folder: Path, wanted: Sequence[str]) -> None:
    """Trade, and take the pictures of these names, all when none is given."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium on this machine: `make test` installs one")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    chance = random.Random(110)
    with tempfile.TemporaryDirectory(prefix="trading-bot-pictures-") as served_in, sync_playwright() as playwright:
        # Without a word about the exchange it is practice too, and Settings can be used.
        application = Served(Path(served_in), "--prices", "hold", "--seed", "7", environment={"EXCHANGE": ""})
        application.start()
        album = Album(playwright, chromium, application.url, folder, wanted)
        day = TradingDay(application, chance)
        try:
            album.take("positions-empty", "")
            day.make_history(datetime.now(UTC), timedelta(weeks=6))
            day.open_trades()
            day.let_prices_move(rounds=20, step=Decimal("0.0006"))
            album.take("positions", "")
            album.take("position", "", choose_first_position)
            album.take("new-trade", "new_trade", choose_short)
            album.take("new-trade-refused", "new_trade", ask_for_too_tight_a_stop)
            album.take("history", "history")
            album.take("statement", "history", open_newest_statement)
            album.take("activity", "activity")
            album.take("settings", "settings")
            album.take("practice", "practice")
            day.let_others_trade()
            album.take("positions-external", "", await_external, "Needs attention")
        finally:
            album.close()
            day.close()
            application.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots", sys.argv[2:])
