"""Wanders about the dashboard on a slow line, presses what it finds, and looks for white pages: `make soak`.

    python -m tests.browser.soak ROUNDS SEED

Each round follows a random link and presses something at once, on the page that is left or on the one that comes, while
what the server says is up to three seconds late.
"""

from __future__ import annotations

import random
import sys

from playwright.sync_api import Browser, ConsoleMessage, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.chromium import find_chromium
from tests.browser.conftest import QUIET_CHROMIUM
from tests.browser.seeing import open_sample_trade
from tests.browser.serving import Served, new_folder
from tests.browser.slow_line import SlowLine
from tests.browser.visitors import Motion, new_visitor

WIDTHS = (1440, 390)
LATE_SECONDS = 3.0
SETTLES_WITHIN_MILLISECONDS = 15_000
LOOKS_EVERY = 4  # rounds; in between, pages pile up
# Orders, what cannot be undone, and files, which are gone with the page that offered them.
TOO_MUCH = "Open|Close|Reopen|Delete|Download|CSV|Excel|Save|Remove|Forget|Reset|Sign|Write"

_FOLLOW = """([where]) => {
  const links = [...document.querySelectorAll("[data-testid=stTopNavLink], [class*=st-key-links_] a")];
  const link = links[Math.floor(where * links.length)];
  link?.click();
  return link?.textContent ?? "no link";
}"""
_PRESS = """([which, tooMuch]) => {
  const harmless = (button) => !button.disabled && !new RegExp(tooMuch).test(button.textContent);
  const buttons = [...document.querySelectorAll("[data-testid=stMain] button, [role=dialog] button")].filter(harmless);
  const button = buttons[Math.floor(which * buttons.length)];
  button?.click();
  return button?.textContent ?? "nothing";
}"""
_FOLLOW_AND_PRESS = f"(it) => [({_FOLLOW})([it[0]]), ({_PRESS})([it[1], it[2]])]"
_HAS_CONTENT = """() => {
  const page = document.querySelector(".st-key-page");
  return Boolean(page?.querySelector("[data-testid=stElementContainer]") && document.querySelector(".status .word"));
}"""


class Wanderer:
    """One browser that wanders; found says what it saw that must not be, one line each."""

    def __init__(self, browser: Browser, line: SlowLine, width: int, seed: str, motion: Motion) -> None:
        self.found: list[str] = []
        self._random = random.Random(f"{seed} {width}")
        self._line = line
        self._way: list[str] = []
        self._page = new_visitor(browser, width, motion=motion).new_page()
        self._page.goto(line.url)
        open_sample_trade(self._page)
        self._page.on("pageerror", lambda error: self._note(f"error: {error}"))
        self._page.on("console", self._note_console)
        self._page.on("load", lambda _: self._note("the page had to be loaded anew"))

    def wander(self, rounds: int) -> None:
        """Follow so many links, and press something after each."""
        self._line.longest_seconds = LATE_SECONDS
        for number in range(1, rounds + 1):
            self._one_round()
            if number % LOOKS_EVERY == 0 or number == rounds:
                self._look()
            if self.found:
                break  # what follows would be of a page that is broken already
        self._line.longest_seconds = 0.0
        self._page.context.close()

    def _one_round(self) -> None:
        where, which = self._random.random(), self._random.random()
        if self._random.random() < 0.5:
            self._way.append(" > ".join(self._page.evaluate(_FOLLOW_AND_PRESS, [where, which, TOO_MUCH])))
        else:
            link = self._page.evaluate(_FOLLOW, [where])
            self._page.wait_for_timeout(self._random.uniform(0, 1000 * LATE_SECONDS))
            self._way.append(f"{link} … > {self._page.evaluate(_PRESS, [which, TOO_MUCH])}")
        self._page.wait_for_timeout(self._random.uniform(0, 1500))

    def _look(self) -> None:
        for _ in range(2):  # white pages may come with the next live part
            try:
                self._page.wait_for_function(_HAS_CONTENT, timeout=SETTLES_WITHIN_MILLISECONDS)
            except NotInTime:
                self._note(f"white at {self._page.url}")
                self._page.goto(self._line.url)
            self._page.wait_for_timeout(1_000 * LATE_SECONDS)

    def _note_console(self, message: ConsoleMessage) -> None:
        # Loaded at a page of its own address, Streamlit looks for its server below that address first.
        looks_for_server = "/_stcore/" in message.location["url"] and "404" in message.text
        if message.type == "error" and not looks_for_server:
            self._note(f"console: {message.text}")

    def _note(self, words: str) -> None:
        self.found.append(f"{words} after {'; '.join(self._way[-6:])}")


def soak(browser: Browser, served: Served, rounds: int, seed: str, motion: Motion = "no-preference") -> list[str]:
    """Wander so many rounds, shared among the widths; return what was seen that must not be."""
    found: list[str] = []
    for width in WIDTHS:
        with SlowLine(served.port, f"{seed} {width}").opened() as line:
            wanderer = Wanderer(browser, line, width, seed, motion)
            wanderer.wander(rounds // len(WIDTHS))
            found += [f"{width} px: {words}" for words in wanderer.found]
    return found


def main(rounds: int, seed: str) -> int:
    """Soak a server of its own; return 1 when something was seen."""
    path = find_chromium()
    served = Served(new_folder())
    served.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=QUIET_CHROMIUM)
            found = soak(browser, served, rounds, seed)
            browser.close()
    finally:
        served.discard()
    print(*found, f"{rounds} rounds from seed {seed}: {len(found)} white pages or errors", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
