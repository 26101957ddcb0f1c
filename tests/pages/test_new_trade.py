"""New trade: the verdict follows the fields, a refusal stands beside its field."""

from datetime import timedelta

from app_pages.new_trade.verdict import verdict_html
from app_pages.ui.draft_fields import fields_of_terms
from domain.exchange import Balance
from domain.preview.refusals import Refusal
from domain.risk.limits import RiskLimits
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from storage.settings import save_setting
from tests.pages.conftest import Dashboard
from tests.pages.new_trade_page import button_words, draw, enter, is_closed, number, refusal_words, slow
from tests.pages.viewing import (
    component,
    has_component,
    press,
    seen_again,
    send_button,
    view,
    words,
)
from tests.services.building import D, add_plan, add_position, bot_health
from tests.support.practice import PracticeExchange


def test_form_is_there_before_the_exchange_has_answered(dashboard: Dashboard) -> None:
    dashboard.feed.rules = {}

    app = view(draw)

    assert "Cannot check this trade yet" in words(app)
    assert is_closed(app)
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
    assert button_words(app) == "Open LONG BTC/USDT"


@slow
def test_the_length_of_a_candle_is_chosen_and_kept(market: Dashboard) -> None:
    app = view(draw)
    at_first = component(app, "price-chart")["label"]

    app.segmented_control(key="verdict_interval").set_value("4h")
    seen_again(app)

    assert (at_first, component(app, "price-chart")["label"]) == ("Candles of 15m, BTC/USDT", "Candles of 4h, BTC/USDT")
    assert app.query_params["form-candles"] == "4h"


@slow
def test_liquidation_that_the_wallet_does_not_cover_is_a_line_too(market: Dashboard) -> None:
    market.feed.snapshot = bot_health(market.account.id, balance=Balance("SgsR", D("200"), D("200"), D("0"), D("200")))

    app = view(draw)

    lines = {line["name"]: line for line in component(app, "price-chart")["lines"]}
    assert lines["liquidation"]["price"] < lines["stop"]["price"]
    assert not lines["liquidation"]["fit"]
    assert "% away" in words(app)


@slow
def test_refusal_stands_beside_its_field_with_a_number_that_works(market: Dashboard) -> None:
    app = view(draw)

    enter(app, "stop", 0.01)

    assert 'class="refusal"' in words(app)
    assert is_closed(app)

    press(app, "use_sl_usdt")

    assert "Ready to open" in words(app)
    assert not is_closed(app)


@slow
def test_a_limit_that_bites_is_said_above_the_fields(market: Dashboard) -> None:
    market.services.limits.save(RiskLimits(day_loss_usdt=D(8)))

    app = view(draw)

    # the standard trade may lose 10, and 5 % for slippage at least
    assert "This trade could cost 10.50 USDT, more than your limit of 8.00 USDT a day." in refusal_words(app)
    assert is_closed(app)


@slow
def test_refused_field_keeps_what_was_typed(market: Dashboard) -> None:
    app = view(draw)

    enter(app, "amount", 1.0)

    assert number(app, "amount") == 1
    assert number(app, "target") == 15


@slow
def test_fields_survive_a_visit_to_another_page(market: Dashboard) -> None:
    app = view(draw)
    enter(app, "amount", 175.0)
    draft = app.session_state["trade_draft"]

    later = view(draw, trade_draft=draft)

    assert number(later, "amount") == 175


@slow
def test_taken_key_is_refused_beside_the_direction(market: Dashboard) -> None:
    add_position(market.session, add_plan(market.session, market.account))
    market.session.commit()

    app = view(draw)

    assert "There is already an open LONG" in words(app)
    assert is_closed(app)


@slow
def test_nothing_can_be_opened_while_opening_is_paused(market: Dashboard) -> None:
    save_setting(market.session, f"opening_paused_{market.account.id}", {"on": True})
    market.session.commit()

    app = view(draw)

    assert is_closed(app)
    assert "New trades are stopped" in send_button(app, "open_trade")["why"]


@slow
def test_silent_exchange_leaves_the_form_and_says_so(market: Dashboard, practice_exchange: PracticeExchange) -> None:
    app = view(draw)
    practice_exchange.kill()
    market.clock.pass_seconds(60)

    seen_again(app)

    assert "does not answer" in words(app)
    assert is_closed(app)
    assert not has_component(app, "price-chart")


@slow
def test_starting_point_fills_its_fields_and_loses_its_mark_when_they_change(market: Dashboard) -> None:
    app = view(draw)
    app.pills(key="trade_start_Standard").set_value("Careful")
    seen_again(app)
    assert number(app, "leverage") == 5

    enter(app, "leverage", 6)

    assert app.pills(key="trade_start_None").value is None


def test_again_like_this_one_spells_the_same_terms(dashboard: Dashboard) -> None:
    rule = ReopenRule(enabled=True, delay=timedelta(minutes=15), maximum=None, after_stop=False)
    terms = TradeTerms("ETHUSDT", Side.SHORT, D("80.5"), 7, D("6.25"), D("3"), Basis.GROSS, rule)

    app = view(draw, trade_draft=fields_of_terms(terms))

    assert app.selectbox(key="trade_symbol").value == "ETHUSDT"
    assert number(app, "amount") == D("80.5")
    assert app.session_state["trade_last_valid"] == terms


def test_first_refusal_is_the_title_and_all_are_said() -> None:
    one = Refusal("sl_usdt", "The stop-loss is too near: fees cost that much.", D("2.40"), shown="2.40 USDT or more")
    other = Refusal("leverage", "The exchange does not give 125×.", D(50), shown="50× or less")

    box = verdict_html(None, (one, other))

    assert "<strong>The stop-loss is too near: fees cost that much</strong>" in box
    assert "Enter 2.40 USDT or more. The exchange does not give 125×. Enter 50× or less." in box
