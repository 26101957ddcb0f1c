"""Keys of a Binance test account: refused with words, stored, kept over a restart, deleted, never shown."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.seeing import go_to
from tests.browser.serving import Answer, Served, new_folder
from tests.support.practice import PracticeExchange

# A server is started twice and ended twice: on a busy machine that takes its time.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KEY, SECRET = "a-key-for-tests-1f3e", "a-secret-that-nobody-may-see"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Give a server that takes an exchange of its own for the testnet: account a-key-for-tests with 2500 USDT."""
    folder = new_folder()
    exchange = PracticeExchange(
        folder / "exchange.state", "--prices", "hold", "--seed", "1", "--account", f"{KEY}:{SECRET}:2500"
    )
    exchange.start()
    application = Served(
        folder,
        environment={
            "EXCHANGE": "testnet",
            "BINANCE_FUTURES_URL": exchange.url,
            "BINANCE_STREAM_URL": exchange.stream_url,
        },
    )
    application.start(ready=lambda health: health.get("state") == "NO_KEYS")
    yield application
    application.stop()
    exchange.stop()
    application.discard()


def test_keys_are_checked_kept_and_deleted(server: Served, desk: Page) -> None:
    desk.goto(f"{server.url}/settings")
    expect(facts(desk)).to_contain_text("No keys yet")
    expect(desk.locator(".status")).to_contain_text("Binance testnet")

    give_keys(desk, KEY, "not-the-secret-of-this-key")
    expect(desk.get_by_text("These keys were not saved")).to_be_visible()
    expect(desk.get_by_text("The secret key does not belong to this API key")).to_be_visible()
    expect(facts(desk)).to_contain_text("No keys yet")
    assert server.health()["state"] == "NO_KEYS"

    give_keys(desk, "an-unknown-key", SECRET)
    expect(desk.get_by_text("The secret key does not belong to this API key")).to_have_count(0)
    expect(desk.get_by_text("These keys were not saved")).to_be_visible()
    expect(desk.get_by_text("Nothing was saved")).to_be_visible()

    give_keys(desk, KEY, SECRET)
    expect(desk.get_by_text("The wallet holds 2\u202f500.00 USDT")).to_be_visible()
    expect(facts(desk)).to_contain_text(f"ends in {KEY[-4:]}")
    expect(desk.locator(".status .word")).to_have_text("Trading")
    assert not answer(desk)

    desk.goto("about:blank")  # a page that is open meanwhile says that its server is gone
    server.stop()
    server.start()
    desk.goto(f"{server.url}/settings")
    expect(facts(desk)).to_contain_text(f"ends in {KEY[-4:]}")
    expect(desk.get_by_text("2\u202f500.00 USDT on Binance testnet")).to_be_visible()
    assert not answer(desk)

    desk.get_by_role("button", name="Delete saved keys").click()
    expect(desk.get_by_role("dialog")).to_contain_text("cannot trade on Binance until you save keys again")
    desk.get_by_role("button", name="Delete them").click()
    expect(desk.get_by_text("The saved keys are deleted")).to_be_visible()
    expect(facts(desk)).to_contain_text("No keys yet")
    go_to(desk, "Activity")
    expect(desk.get_by_text(f"You deleted the saved API keys (ending in {KEY[-4:]})")).to_be_visible()
    assert not answer(desk)


def facts(page: Page) -> Locator:
    """Return the facts about the keys in use."""
    return page.locator(".facts", has_text="In use")


def give_keys(page: Page, key: str, secret: str) -> None:
    """Paste both and send them."""
    page.get_by_role("textbox", name=re.compile("^API key")).fill(key)
    page.get_by_role("textbox", name=re.compile("^Secret key")).fill(secret)
    page.get_by_role("button", name="Check and save").click()


def answer(page: Page) -> Answer:
    """Return which of the two parts can be found in the page after a look at every field; nothing should be."""
    fields = page.evaluate("[...document.querySelectorAll('input')].map((field) => field.value)")
    seen = page.content() + " ".join(fields)
    return {part: True for part in (KEY, SECRET) if part in seen}
