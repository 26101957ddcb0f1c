"""Practice: prices and the clock, and words where they cannot be moved."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session, sessionmaker

import runtime
from config import Config
from monitor_health import Venue
from services import Services
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, press, seen_again, view, words
from tests.practice import PracticeExchange
from tests.services.building import D, picture


def draw() -> None:
    from app_pages.practice import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def connected(
    dashboard: Dashboard,
    session_factory: sessionmaker[Session],
    practice_exchange: PracticeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Dashboard]:
    """Give a dashboard whose practice exchange runs, BTC at 60 000."""
    practice_exchange.control("price", {"symbol": "BTCUSDT", "price": "60000.0"})
    config = Config.from_environment(
        {"DATABASE_URL": "postgresql://unused", "BINANCE_FUTURES_URL": practice_exchange.url}
    )
    dashboard.feed.prices["BTCUSDT"] = (D("60000"), 0.4)
    services = Services(config, session_factory, dashboard.feed, dashboard.clock)
    monkeypatch.setattr(runtime, "_runtime", replace(dashboard, services=services))
    yield dashboard


def mark(exchange: PracticeExchange) -> str:
    """Return BTC's mark price; setting the last price to 1 leaves the mark where it is."""
    return str(exchange.control("price", {"symbol": "BTCUSDT", "last": "60000.0"})["mark"])


def test_the_price_shows_with_its_age(dashboard: Dashboard) -> None:
    dashboard.feed.prices["BTCUSDT"] = (D("60000"), 0.4)

    figure = component(view(draw), "figures")["figures"][0]

    assert (figure["label"], figure["value"], figure["stale"]) == ("BTC/USDT", "60\u2009000.0", False)


def test_no_price_yet_is_said(dashboard: Dashboard) -> None:
    figure = component(view(draw), "figures")["figures"][0]

    assert (figure["value"], figure["note"], figure["stale"]) == ("–", "no price yet", True)


def test_before_the_pairs_are_read_the_page_says_so(dashboard: Dashboard) -> None:
    dashboard.feed.rules = {}

    assert "The practice exchange is starting" in words(view(draw))


def test_on_binance_there_is_nothing_to_move(dashboard: Dashboard) -> None:
    dashboard.feed.picture = picture(dashboard.account.id, venue=Venue.TESTNET)

    app = view(draw)

    assert "You are not on the practice exchange" in words(app)
    assert len(app.button) == 0


@pytest.mark.parametrize("typed", ["", "much", "0", "-5"])
def test_what_is_no_price_is_refused_in_words(dashboard: Dashboard, typed: str) -> None:
    app = view(draw)

    app.text_input(key="practice_typed").set_value(typed)
    next(button for button in app.button if button.label == "Set price").click()

    assert "Type a price above 0" in seen_again(app).error[0].value


def test_a_price_between_two_steps_is_refused_with_the_step(dashboard: Dashboard) -> None:
    app = view(draw)

    app.text_input(key="practice_typed").set_value("60000.05")
    next(button for button in app.button if button.label == "Set price").click()

    assert "steps of 0.1" in seen_again(app).error[0].value


def test_a_silent_practice_exchange_is_said(
    dashboard: Dashboard, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config.from_environment(
        {"DATABASE_URL": "postgresql://unused", "BINANCE_FUTURES_URL": "http://127.0.0.1:9"}
    )
    services = Services(config, session_factory, dashboard.feed, dashboard.clock)
    monkeypatch.setattr(runtime, "_runtime", replace(dashboard, services=services))

    app = press(view(draw), "practice_hold")

    assert "does not answer" in app.error[0].value


@pytest.mark.slow
def test_a_nudge_moves_the_price_by_a_percent(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    app = press(view(draw), "practice_nudge_-1")

    assert "BTC/USDT is at 59\u2009400.0." in app.toast[0].value
    assert mark(practice_exchange).startswith("59400")


@pytest.mark.slow
def test_a_typed_price_is_set(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    app = view(draw)

    app.text_input(key="practice_typed").set_value("61 234.5")
    next(button for button in app.button if button.label == "Set price").click()
    seen_again(app)

    assert mark(practice_exchange).startswith("61234.5")


@pytest.mark.slow
def test_the_clock_moves_on_by_eight_hours(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    before = practice_exchange.control("ledger")["time"]

    press(view(draw), "practice_jump_28800")

    assert practice_exchange.control("ledger")["time"] - before >= 28_800_000
