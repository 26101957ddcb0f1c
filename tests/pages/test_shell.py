"""The frame: navigation by venue, the state line, the banner."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app_pages.shell import pages
from app_pages.ui.ages import format_age, is_stale
from app_pages.ui.banner import alerts_html, notice_html
from app_pages.ui.status_line import status_facts, status_values, tab_title
from app_pages.ui.stopping import stop_words
from domain.bot_status import Alert, BotState
from domain.terms import InstructionKind, Severity
from domain.venues import Venue
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, has_component, press, seen_again, trigger, view, words
from tests.services.building import NOW, add_plan, add_position, bot_health

ROOT = Path(__file__).resolve().parents[2]
SILENT = Alert(
    code="silent",
    severity=Severity.WARNING,
    title="Binance has not answered for 42 seconds",
    text="Your 7 positions keep their stops and targets on the exchange.",
    since=NOW - timedelta(seconds=42),
)


def draw() -> None:
    from app_pages.shell import run  # noqa: PLC0415  a page's text is run on its own

    run()


def test_practice_is_a_page_only_on_the_practice_exchange() -> None:
    assert list(pages(Venue.PRACTICE))[-1] == "practice"
    assert "practice" not in pages(Venue.TESTNET)


def test_first_page_is_positions_with_the_state_line_on_top(dashboard: Dashboard) -> None:
    app = view(draw)

    status = component(app, "status-line")
    assert (status["venue"], status["practice"]) == ("Practice", True)
    assert "Open positions" in words(app)


def test_bot_that_says_the_same_for_long_is_not_taken_for_silent(dashboard: Dashboard) -> None:
    dashboard.feed.snapshot = bot_health(None, state=BotState.NO_KEYS, last_check_at=None)
    app = view(draw)
    first = component(app, "status-line")

    dashboard.clock.pass_seconds(1)

    assert component(seen_again(app), "status-line") != first


def test_pairs_in_a_sentence_are_written_as_everywhere() -> None:
    notice = notice_html("warning", "BTCUSDT LONG", "Binance merges 1000PEPEUSDT; 5 USDT stay, BTCUSDT_251226 too.")

    assert "BTC/USDT LONG" in notice
    assert "Binance merges 1000PEPE/USDT; 5 USDT stay, BTCUSDT_251226 too." in notice


def test_five_tabs_lead_to_the_pages_of_a_phone(dashboard: Dashboard) -> None:
    app = view(draw)

    assert [link.proto.label for link in app.get("page_link")] == [
        "Positions",
        "New",
        "History",
        "Activity",
        "Settings",
        "Practice",  # out of sight: the way that a press on the venue takes
    ]


def test_healthy_bot_shows_no_banner(dashboard: Dashboard) -> None:
    assert 'class="notice' not in words(view(draw))


def test_alert_stands_on_top_and_goes_when_it_is_over(dashboard: Dashboard) -> None:
    dashboard.feed.snapshot = bot_health(dashboard.account.id, state=BotState.DEGRADED, alerts=(SILENT,))
    app = view(draw)
    assert "Binance has not answered for 42 seconds" in words(app)

    dashboard.feed.snapshot = bot_health(dashboard.account.id)
    dashboard.clock.pass_seconds(1)
    seen_again(app)

    assert "Binance has not answered" not in words(app)


def test_only_the_worst_alert_is_spelled_out() -> None:
    other = replace(SILENT, title="Prices are 40 seconds old")

    banner = alerts_html((SILENT, other))

    assert "Binance has not answered" in banner
    assert "Prices are" not in banner
    assert "and 1 more, see Activity" in banner


def test_alert_text_is_never_html() -> None:
    assert "<script>" not in notice_html("warning", "<script>", "<script>")


def test_bold_words_are_marked_and_nothing_else() -> None:
    assert "<p>You risk <b>10.00</b> &lt;now&gt;</p>" in notice_html("up", "Ready", "You risk **10.00** <now>")


def test_the_state_line_says_live_until_something_is_old(dashboard: Dashboard) -> None:
    status = dashboard.services.dashboard.snapshot().status

    fresh = status_values(replace(status, price_age_seconds=0.2, check_age_seconds=1.2))
    stale = status_values(replace(status, price_age_seconds=42.0, check_age_seconds=44.0))
    old_prices = status_values(replace(status, price_age_seconds=42.0, check_age_seconds=1.2))
    unknown = status_values(replace(status, price_age_seconds=None, check_age_seconds=None))

    assert (fresh["fresh"], fresh["stale"]) == ("Live", False)
    assert fresh["ages"] == "Prices 0.2\u202fs old, last check 1.2\u202fs ago"
    assert (stale["fresh"], stale["stale"]) == ("Checked 44\u202fs ago", True)
    assert (old_prices["fresh"], old_prices["stale"]) == ("Prices 42\u202fs old", True)
    assert (unknown["fresh"], unknown["stale"]) == ("Not checked yet", True)


def test_menu_behind_the_line_has_the_rest(dashboard: Dashboard) -> None:
    status = dashboard.services.dashboard.snapshot().status

    known = {
        fact.label: fact.text for fact in status_facts(replace(status, clock_offset_ms=600_000, holds_lease=False))
    }
    unknown = {fact.label: fact.text for fact in status_facts(replace(status, clock_offset_ms=None, weight_used=None))}

    assert known["Requests"] == "2.0 % of the request limit"
    assert known["Clock"] == "10\u202fmin behind the exchange"
    assert known["Orders"] == "sent by another server; this one stands by"
    assert (unknown["Requests"], unknown["Clock"]) == ("not known yet", "not compared yet")


def test_every_state_of_the_bot_has_a_tone(dashboard: Dashboard) -> None:
    status = dashboard.services.dashboard.snapshot().status

    tones = {state: status_values(replace(status, state=state))["tone"] for state in BotState}

    assert tones[BotState.TRADING] == "up"
    assert tones[BotState.LOCKED] == "down"
    assert set(tones) == set(BotState)


@pytest.mark.parametrize(
    ("seconds", "words_"),
    [
        (None, "–"),
        (-1.0, "0.0 s"),
        (0.24, "0.2 s"),
        (9.96, "10 s"),
        (119.0, "119 s"),
        (185.0, "3 min"),
        (7300.0, "2 h"),
    ],
)
def test_ages_are_short(seconds: float | None, words_: str) -> None:
    assert format_age(seconds) == words_.replace(" ", "\u202f")


def test_unknown_age_is_stale() -> None:
    assert is_stale(None)
    assert not is_stale(5.0)
    assert is_stale(5.1)


def test_badge_of_a_binance_venue_is_not_practice(dashboard: Dashboard) -> None:
    dashboard.feed.snapshot = bot_health(dashboard.account.id, venue=Venue.DEMO)

    app = view(draw)

    assert component(app, "status-line")["practice"] is False
    assert has_component(app, "figures")


def test_pages_are_changed_by_the_browser_alone() -> None:
    # docs/decisions/0050-a-left-page-asks-for-nothing.md
    calls = re.compile(r"\bst\.(switch_page|fragment)\(")
    drawn = [file for file in (ROOT / "app_pages").rglob("*.py") if file.name != "live.py"]

    assert [file.name for file in drawn if calls.search(file.read_text()) or "@st.fragment" in file.read_text()] == []


def test_everything_is_closed_and_opening_stopped_from_any_page_after_one_question(dashboard: Dashboard) -> None:
    add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    dashboard.session.commit()
    app = trigger(view(draw), "status", "stop", True)
    asked = "\n".join(element.value for element in app.markdown)
    rows = dashboard.session.scalars(select(InstructionRow)).all()
    app = press(app, "close_everything_confirmed")

    assert "This closes 1 position at the market price now" in asked
    assert "Nothing new opens until you press Resume opening" in asked
    assert rows == []
    (row,) = dashboard.session.scalars(select(InstructionRow)).all()
    assert row.kind is InstructionKind.CLOSE_ALL
    assert not [button for button in app.button if button.key == "close_everything_confirmed"]


def test_what_stopping_means_with_nothing_open_is_said_too(dashboard: Dashboard) -> None:
    words_of_nothing = stop_words(dashboard.services.dashboard.snapshot())

    assert words_of_nothing == "No position is open. Nothing new opens until you press Resume opening on Positions."


def test_the_tab_says_open_result_and_count_with_a_mark_where_one_must_look(dashboard: Dashboard) -> None:
    quiet = dashboard.services.dashboard.snapshot()
    add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    dashboard.session.commit()
    dashboard.services.dashboard.forget()
    busy = dashboard.services.dashboard.snapshot()

    assert tab_title(quiet) == ""
    assert tab_title(busy).endswith("1 open")
    assert tab_title(replace(busy, status=replace(busy.status, alerts=(SILENT,)))).startswith("● ")


def test_each_page_has_one_heading(dashboard: Dashboard) -> None:
    assert words(view(draw)).count("<h1") == 1
