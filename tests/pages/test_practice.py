"""Practice: prices and the clock, and words where they cannot be moved."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

import runtime
from app_pages.practice import clock_words
from config import Config
from domain.venues import Venue
from services.facade import build_services
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, press_send, said, seen_again, send_button, type_text, view, words
from tests.services.building import D, add_plan, add_position, bot_health
from tests.support.practice import PracticeExchange


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
    """Give a dashboard whose practice exchange trades, BTC at 60 000."""
    practice_exchange.control("price", {"symbol": "BTCUSDT", "price": "60000.0"})
    config = Config.from_environment(
        {"DATABASE_URL": "postgresql://unused", "BINANCE_FUTURES_URL": practice_exchange.url}
    )
    dashboard.feed.prices["BTCUSDT"] = (D("60000"), 0.4)
    services = build_services(config, session_factory, dashboard.feed, dashboard.clock)
    monkeypatch.setattr(runtime, "_runtime", replace(dashboard, services=services))
    yield dashboard


def strips(app: AppTest) -> list[list[dict[str, Any]]]:
    """Return the figures of each strip."""
    return [
        json.loads(one.proto.json)["figures"]
        for one in app.get("bidi_component")
        if one.proto.component_name == "bot.figures"
    ]


def mark(exchange: PracticeExchange) -> str:
    """Return BTC's mark price; setting the last price to 1 leaves the mark where it is."""
    return str(exchange.control("price", {"symbol": "BTCUSDT", "last": "60000.0"})["mark"])


def test_the_price_shows_with_its_age(dashboard: Dashboard) -> None:
    dashboard.feed.prices["BTCUSDT"] = (D("60000"), 0.4)

    figure = strips(view(draw))[0][0]

    assert (figure["label"], figure["value"], figure["stale"]) == ("BTC/USDT", "60\u202f000.0", False)


def test_no_price_yet_is_said(dashboard: Dashboard) -> None:
    figure = strips(view(draw))[0][0]

    assert (figure["value"], figure["note"], figure["stale"]) == ("–", "no price yet", True)


def test_before_the_pairs_are_read_the_page_says_so(dashboard: Dashboard) -> None:
    dashboard.feed.rules = {}

    assert "The practice exchange is starting" in words(view(draw))


def test_on_binance_there_is_nothing_to_move(dashboard: Dashboard) -> None:
    dashboard.feed.snapshot = bot_health(dashboard.account.id, venue=Venue.TESTNET)

    app = view(draw)

    assert "You are not on the practice exchange" in words(app)
    assert len(app.button) == 0


PRICE = "practice_price:BTCUSDT"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("much", "not a number"),
        ("0", "Type a price above 0"),
        ("-5", "type it without the minus"),
        ("60000.05", "steps of 0.1"),
        ("1.000", "Do you mean 1000 or 1.000?"),
    ],
)
def test_what_is_no_price_is_refused_in_words(dashboard: Dashboard, typed: str, why: str) -> None:
    app = type_text(view(draw), PRICE, typed)

    button = send_button(app, "practice_set")

    assert button["disabled"]
    assert why in button["why"]


def test_a_silent_practice_exchange_is_said(
    dashboard: Dashboard, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config.from_environment(
        {"DATABASE_URL": "postgresql://unused", "BINANCE_FUTURES_URL": "http://127.0.0.1:9"}
    )
    services = build_services(config, session_factory, dashboard.feed, dashboard.clock)
    monkeypatch.setattr(runtime, "_runtime", replace(dashboard, services=services))

    dashboard.feed.prices["BTCUSDT"] = (D("60000"), 0.4)
    app = view(draw)
    shown = words(app)
    app = press(app, "practice_nudge_1")

    assert "The practice exchange cannot be moved right now" in shown
    assert "does not answer" in app.error[0].value


@pytest.mark.slow
def test_a_nudge_moves_the_price_by_a_percent(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    app = press(view(draw), "practice_nudge_-1")

    assert "BTC/USDT is at 59\u202f400.0." in said(app)[0]
    assert mark(practice_exchange).startswith("59400")


@pytest.mark.slow
def test_a_typed_price_is_set(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    app = view(draw)

    type_text(app, PRICE, "61 234,5")
    press_send(app, "practice_set")

    assert mark(practice_exchange).startswith("61234.5")


@pytest.mark.slow
def test_prices_stand_or_move_and_the_page_shows_which(
    connected: Dashboard, practice_exchange: PracticeExchange
) -> None:
    practice_exchange.control("prices", {"mode": "walk"})
    app = view(draw)
    moving = "They wander" in app.caption[1].value

    app.segmented_control(key="practice_mode_walk").set_value("hold")
    seen_again(app)

    assert moving
    assert said(app)[-1] == "Prices stand still until you set one."
    assert app.segmented_control(key="practice_mode_hold").value == "hold"
    assert "They move only when you set them" in app.caption[1].value


@pytest.mark.slow
def test_a_trade_is_led_to_its_stop_by_one_press(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    trade = add_position(connected.session, add_plan(connected.session, connected.account), stop_price=D("59500"))
    connected.session.commit()

    app = view(draw)
    shown = words(app)
    press(app, f"practice_stop_{trade.id}")

    assert "target at 100\u202f700.0" in shown
    assert "Stop at 59\u202f500.0, −0.8\u202f%" in shown
    assert mark(practice_exchange).startswith("59500")


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(milliseconds=-900), "same as your clock"),
        (timedelta(minutes=10), "10\u202fmin ahead of yours"),
        (timedelta(hours=-8), "8\u202fh behind yours"),
    ],
)
def test_the_clock_says_how_far_it_is_from_this_machines(ahead: timedelta, words: str) -> None:
    assert clock_words(ahead) == words


@pytest.mark.slow
def test_the_clock_moves_on_by_eight_hours(connected: Dashboard, practice_exchange: PracticeExchange) -> None:
    before = practice_exchange.control("ledger")["time"]

    press(view(draw), "practice_jump_28800")

    assert practice_exchange.control("ledger")["time"] - before >= 28_800_000
