"""New trade: the verdict follows the fields, a refusal stands beside its field, a press asks once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app_pages.trade_verdict import verdict_html
from app_pages.ui.typed import shown_number, typed_price
from binance_client import BinanceTestnetClient
from database import save_setting
from database_tables import InstructionRow
from domain.refusals import Refusal
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_from_json
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, has_component, press, seen_again, view, words
from tests.practice import PracticeExchange
from tests.services.building import D, add_plan, add_position

slow = pytest.mark.slow


def draw() -> None:
    from app_pages.new_trade import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def market(dashboard: Dashboard, practice_exchange: PracticeExchange) -> Iterator[Dashboard]:
    """Give a dashboard whose pages are signed in to a practice exchange."""
    client = BinanceTestnetClient("practice", "practice", practice_exchange.url, practice_exchange.stream_url)
    dashboard.feed.client = client
    dashboard.feed.rules = dict(client.fetch_symbol_rules())
    yield dashboard
    client.close()


def enter(app: AppTest, field: str, value: float) -> AppTest:
    app.number_input(key=f"trade_{field}").set_value(value)
    return seen_again(app)


def asked_terms(dashboard: Dashboard) -> list[TradeTerms]:
    rows = dashboard.session.scalars(select(InstructionRow).order_by(InstructionRow.created_at))
    return [terms_from_json(row.terms) for row in rows]


def test_form_is_there_before_the_exchange_has_answered(dashboard: Dashboard) -> None:
    dashboard.feed.rules = {}

    app = view(draw)

    assert "No verdict yet" in words(app)
    assert app.button(key="open_trade").disabled
    assert app.selectbox(key="trade_symbol").value == "BTCUSDT"


@slow
def test_standard_trade_is_ready_and_says_what_it_brings(market: Dashboard) -> None:
    app = view(draw)

    assert "Ready to open" in words(app)
    figures = component(app, "figures")["figures"]
    assert [figure["label"] for figure in figures] == ["If the target is reached", "If the stop is hit"]
    assert figures[0]["value"].startswith("+15.")
    assert figures[1]["value"].startswith("−9.9") or figures[1]["value"] == "−10.00"
    assert [line["name"] for line in component(app, "price-chart")["lines"]] == ["entry", "target", "stop"]
    assert app.button(key="open_trade").label == "Open LONG BTC/USDT"


@slow
def test_refusal_stands_beside_its_field_with_a_number_that_works(market: Dashboard) -> None:
    app = view(draw)

    enter(app, "stop", 0.01)

    assert 'class="refusal"' in words(app)
    assert app.button(key="open_trade").disabled

    press(app, "use_sl_usdt")

    assert "Ready to open" in words(app)
    assert not app.button(key="open_trade").disabled


@slow
def test_refused_field_keeps_what_was_typed(market: Dashboard) -> None:
    app = view(draw)

    enter(app, "amount", 1.0)

    assert app.number_input(key="trade_amount").value == 1.0
    assert app.number_input(key="trade_target").value == 15.0


@slow
def test_fields_survive_a_visit_to_another_page(market: Dashboard) -> None:
    app = view(draw)
    enter(app, "amount", 175.0)
    draft = app.session_state["trade_draft"]

    later = view(draw, trade_draft=draft)

    assert later.number_input(key="trade_amount").value == 175.0


@slow
def test_pressing_asks_once_with_exactly_what_the_form_shows(market: Dashboard) -> None:
    app = view(draw)
    enter(app, "amount", 123.45)
    app.segmented_control(key="trade_side").set_value(Side.SHORT)
    seen_again(app)

    press(app, "open_trade")
    seen_again(app)

    reopen = ReopenRule(enabled=True, delay=timedelta(minutes=5), maximum=20)
    assert asked_terms(market) == [
        TradeTerms("BTCUSDT", Side.SHORT, D("123.45"), 20, D("15"), D("10"), Basis.NET, reopen)
    ]
    assert app.button(key="open_trade").disabled
    assert app.button(key="open_trade").label == "Sending…"


@slow
def test_answer_that_opened_nothing_is_shown_and_the_form_stays(market: Dashboard) -> None:
    app = view(draw)
    press(app, "open_trade")
    row = market.session.scalars(select(InstructionRow)).one()
    row.consumed_at, row.outcome = market.clock.at, "Nothing was sent: opening is paused."
    market.session.commit()

    seen_again(app)

    assert "Nothing was sent: opening is paused." in words(app)
    assert app.number_input(key="trade_amount").value == 150.0
    assert not app.button(key="open_trade").disabled


@slow
def test_next_press_after_an_answer_is_a_new_wish(market: Dashboard) -> None:
    app = view(draw)
    press(app, "open_trade")
    row = market.session.scalars(select(InstructionRow)).one()
    row.consumed_at, row.outcome = market.clock.at, "Nothing was sent: no room."
    market.session.commit()
    seen_again(app)

    press(app, "open_trade")

    assert len(asked_terms(market)) == 2


@slow
def test_taken_place_is_refused_beside_the_direction(market: Dashboard) -> None:
    add_position(market.session, add_plan(market.session, market.account))
    market.session.commit()

    app = view(draw)

    assert "There is already an open LONG" in words(app)
    assert app.button(key="open_trade").disabled


@slow
def test_nothing_can_be_opened_while_opening_is_paused(market: Dashboard) -> None:
    save_setting(market.session, f"opening_paused_{market.account.id}", {"on": True})
    market.session.commit()

    app = view(draw)

    assert app.button(key="open_trade").disabled
    assert any("Opening is paused" in caption.value for caption in app.caption)


@slow
def test_silent_exchange_leaves_the_form_and_says_so(market: Dashboard, practice_exchange: PracticeExchange) -> None:
    app = view(draw)
    practice_exchange.kill()
    market.clock.pass_seconds(60)

    seen_again(app)

    assert "does not answer" in words(app)
    assert app.button(key="open_trade").disabled
    assert not has_component(app, "price-chart")


@slow
def test_starting_point_fills_its_fields_and_loses_its_mark_when_they_change(market: Dashboard) -> None:
    app = view(draw)
    app.pills(key="trade_start_Standard").set_value("Careful")
    seen_again(app)
    assert app.number_input(key="trade_leverage").value == 5

    enter(app, "leverage", 6)

    assert app.pills(key="trade_start_None").value is None


def test_first_refusal_is_the_title_and_all_are_said() -> None:
    one = Refusal("sl_usdt", "The stop-loss is too small: fees cost that much. Enter 2.40 USDT or more.", D("2.40"))
    other = Refusal("leverage", "The exchange does not give 125×. Use 50× or less.", D(50))

    box = verdict_html(None, (one, other))

    assert "<strong>The stop-loss is too small: fees cost that much</strong>" in box
    assert "Enter 2.40 USDT or more. The exchange does not give 125×. Use 50× or less." in box


@pytest.mark.parametrize(
    ("shown", "exact"),
    [
        (None, "0"),
        (150.0, "150"),
        (0.1, "0.1"),
        (123.45, "123.45"),
        (12345678.91, "12345678.91"),
        (1e-08, "0.00000001"),
    ],
)
def test_number_field_gives_the_number_it_shows(shown: float | None, exact: str) -> None:
    assert shown_number(shown) == D(exact)


@pytest.mark.parametrize(
    ("text", "price"),
    [("86961.4", "86961.4"), ("86 961.4", "86961.4"), ("86961,4", "86961.4"), ("86,961.4", "86961.4")],
)
def test_prices_are_read_as_people_type_them(text: str, price: str) -> None:
    assert typed_price(text) == D(price)


@pytest.mark.parametrize("text", ["", "abc", "0", "-5", "nan", "inf"])
def test_what_is_no_price_is_none(text: str) -> None:
    assert typed_price(text) is None
