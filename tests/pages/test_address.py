"""What is chosen stays through links that leave it out, and goes when the viewer goes back to before it."""

import pytest

from app_pages.ui import address
from app_pages.ui.address import address_value, choose_elsewhere, set_address_value


class Browser:
    """What a viewer's browser says with each run, and what the session remembers."""

    def __init__(self) -> None:
        self.query_params: dict[str, str] = {}
        self.session_state: dict[str, str | None] = {}
        self.went_back = False


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    browser = Browser()
    monkeypatch.setattr(address, "st", browser)
    monkeypatch.setattr(address, "_went_back", lambda: browser.went_back)
    return browser


def test_a_link_that_leaves_it_out_takes_nothing_away(browser: Browser) -> None:
    set_address_value("position", "5")
    browser.query_params.clear()

    assert address_value("position") == "5"


def test_gone_back_to_an_address_without_it_nothing_is_chosen(browser: Browser) -> None:
    set_address_value("position", "5")
    browser.query_params.clear()
    browser.went_back = True
    address_value("position")
    browser.went_back = False

    assert address_value("position") is None


def test_what_the_address_says_counts_more_than_what_was_chosen(browser: Browser) -> None:
    choose_elsewhere("trade", "7")
    assert address_value("trade") == "7"

    browser.query_params["trade"] = "8"

    assert address_value("trade") == "8"


def test_what_nobody_chose_stays_out_of_the_address(browser: Browser) -> None:
    set_address_value("position", "5", chosen=False)

    assert browser.query_params == {}
    assert address_value("position") == "5"
