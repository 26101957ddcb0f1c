"""What the page says before anything is open, and how a first visit is led to a live trade."""

from datetime import timedelta

import pytest

from domain.bot_status import BotState
from domain.terms import InstructionKind, Phase
from domain.venues import Venue
from storage.settings import save_setting
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import asked, draw, open_btc
from tests.pages.viewing import (
    press,
    seen_again,
    view,
    words,
)
from tests.services.building import NOW, add_closed, add_plan, bot_health


def test_empty_page_offers_a_sample_trade_on_practice(dashboard: Dashboard) -> None:
    app = view(draw)

    assert "Nothing is open" in words(app)
    assert "invented money" in words(app)
    assert [app.button(key=key).label for key in ("sample", "own", "connect")] == [
        "Open a sample trade",
        "Set up my own",
        "Connect Binance",
    ]


def test_first_visit_is_led_in_three_steps_to_a_live_trade(dashboard: Dashboard) -> None:
    app = view(draw)
    assert "1 of 3" in words(app)

    press(app, "step_next")
    assert "2 of 3" in words(app)
    press(app, "step_next")
    assert "3 of 3" in words(app)
    press(app, "sample")

    assert asked(dashboard) == [(InstructionKind.OPEN, None, None)]


def test_first_steps_can_be_skipped_at_any_of_them(dashboard: Dashboard) -> None:
    app = view(draw)

    press(app, "step_skip")

    assert "of 3" not in words(app)
    assert app.button(key="sample").label == "Open a sample trade"


def test_first_steps_do_not_come_back_when_the_first_trade_has_closed(dashboard: Dashboard) -> None:
    app = view(draw)
    assert "1 of 3" in words(app)

    position = open_btc(dashboard)
    dashboard.clock.pass_seconds(2)
    seen_again(app)
    position.phase = Phase.CLOSED
    dashboard.session.commit()
    dashboard.clock.pass_seconds(2)
    seen_again(app)

    assert "Nothing is open" in words(app)
    assert "of 3" not in words(app)


def test_who_has_traded_before_is_not_led(dashboard: Dashboard) -> None:
    plan = add_plan(dashboard.session, dashboard.account)
    add_closed(dashboard.session, plan, "5", NOW - timedelta(days=1), 1)
    dashboard.session.commit()

    drawn = words(view(draw))
    assert "of 3" not in drawn
    assert "first trade" not in drawn
    assert "What has closed is in History." in drawn


def test_empty_page_says_why_nothing_can_be_opened(dashboard: Dashboard) -> None:
    save_setting(dashboard.session, f"opening_paused_{dashboard.account.id}", {"on": True})
    dashboard.session.commit()
    dashboard.feed.snapshot = bot_health(dashboard.account.id, state=BotState.PAUSED)

    app = view(draw)

    assert "Opening is paused" in words(app)
    assert app.button(key="sample").disabled


def test_empty_page_on_a_binance_venue_offers_no_sample(dashboard: Dashboard) -> None:
    dashboard.feed.snapshot = bot_health(dashboard.account.id, venue=Venue.TESTNET)

    app = view(draw)

    assert "sample" not in [button.key for button in app.button]
    assert "test money" in words(app)


@pytest.mark.parametrize(
    ("state", "sentence"), [(BotState.NO_KEYS, "needs test API keys"), (BotState.LOCKED, "cannot be read")]
)
def test_empty_page_without_usable_keys_leads_to_settings(dashboard: Dashboard, state: BotState, sentence: str) -> None:
    dashboard.feed.snapshot = bot_health(dashboard.account.id, venue=Venue.TESTNET, state=state)

    app = view(draw)

    assert sentence in words(app)
    assert app.button(key="connect").label == "Go to Settings"
    assert "own" not in [button.key for button in app.button]


def test_sample_trade_pressed_twice_is_asked_for_once(dashboard: Dashboard) -> None:
    app = view(draw)

    press(app, "sample")
    seen_again(app)

    assert asked(dashboard) == [(InstructionKind.OPEN, None, None)]
    assert app.button(key="sample").disabled


def test_practice_hint_stays_away_once_read(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    app = view(draw)
    assert "practice exchange" in words(app)

    press(app, "hint_read")

    assert "practice exchange" not in words(app)
