"""New trade: the verdict follows the fields, a refusal stands beside its field, a press asks once."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app_pages.new_trade.verdict import verdict_html
from app_pages.ui.draft import fields_of_terms
from binance_client import BinanceTestnetClient
from domain.exchange import Balance
from domain.preview.refusals import Refusal
from domain.risk.limits import RiskLimits
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.terms_json import terms_from_json
from storage.bot_tables import InstructionRow
from storage.settings import save_setting
from tests.pages.conftest import Dashboard
from tests.pages.viewing import (
    component,
    has_component,
    number_field,
    press,
    press_send,
    seen_again,
    send_button,
    trigger,
    type_text,
    view,
    words,
)
from tests.services.building import D, add_plan, add_position, bot_health
from tests.support.practice import PracticeExchange

slow = pytest.mark.slow


def draw() -> None:
    from app_pages.new_trade.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def market(dashboard: Dashboard, practice_exchange: PracticeExchange) -> Iterator[Dashboard]:
    """Give a dashboard whose pages are signed in to a practice exchange."""
    client = BinanceTestnetClient("practice", "practice", practice_exchange.url, practice_exchange.stream_url)
    dashboard.feed.client = client
    dashboard.feed.rules = dict(client.fetch_symbol_rules())
    yield dashboard
    client.close()


def enter(app: AppTest, field: str, value: object) -> AppTest:
    return type_text(app, f"trade_{field}", str(value))


def is_closed(app: AppTest) -> bool:
    """Return whether the button that opens the trade can not be pressed."""
    return bool(send_button(app, "open_trade")["disabled"])


def button_words(app: AppTest) -> str:
    return str(send_button(app, "open_trade")["label"])


def press_open(app: AppTest, **typed: str) -> AppTest:
    press_send(app, "open_trade", **typed)
    return seen_again(app)


def refusal_words(app: AppTest) -> str:
    """Return what stands beside the fields, without the verdict."""
    return " ".join(re.findall(r'<p class="refusal"[^>]*>(.*?)</p>', words(app)))


def asked_terms(dashboard: Dashboard) -> list[TradeTerms]:
    rows = dashboard.session.scalars(select(InstructionRow).order_by(InstructionRow.created_at))
    return [terms_from_json(row.terms) for row in rows]


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
def test_pressing_asks_once_with_exactly_what_the_form_shows(market: Dashboard) -> None:
    app = view(draw)
    enter(app, "amount", 123.45)
    app.segmented_control(key="trade_side").set_value(Side.SHORT)
    seen_again(app)

    press_open(app)
    seen_again(app)

    reopen = ReopenRule(enabled=True, delay=timedelta(minutes=5), maximum=20)
    assert asked_terms(market) == [
        TradeTerms("BTCUSDT", Side.SHORT, D("123.45"), 20, D("15"), D("10"), Basis.NET, reopen)
    ]
    assert is_closed(app)
    assert button_words(app) == "Sending…"
    assert [(bar.proto.value, bar.proto.text) for bar in app.get("progress")] == [
        (50, "Sent to the bot; waiting for the exchange.")
    ]


@slow
def test_answer_that_opened_nothing_is_shown_and_the_form_stays(market: Dashboard) -> None:
    app = view(draw)
    press_open(app)
    row = market.session.scalars(select(InstructionRow)).one()
    row.consumed_at, row.outcome = market.clock.at, "Nothing was sent: opening is paused."
    market.session.commit()

    seen_again(app)

    assert "Nothing was sent: opening is paused." in words(app)
    assert number(app, "amount") == 150
    assert not is_closed(app)


@slow
def test_next_press_after_an_answer_is_a_new_wish(market: Dashboard) -> None:
    app = view(draw)
    press_open(app)
    row = market.session.scalars(select(InstructionRow)).one()
    row.consumed_at, row.outcome = market.clock.at, "Nothing was sent: no room."
    market.session.commit()
    seen_again(app)

    press_open(app)

    assert len(asked_terms(market)) == 2


@slow
def test_taken_place_is_refused_beside_the_direction(market: Dashboard) -> None:
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


def choose_unit(app: AppTest, field: str, unit: str) -> AppTest:
    app.segmented_control(key=f"trade_{field}").set_value(unit)
    return seen_again(app)


def number(app: AppTest, field: str) -> D:
    return D(number_field(app, f"trade_{field}")["text"])


@slow
def test_another_unit_of_the_amount_means_the_same_trade(market: Dashboard) -> None:
    app = view(draw)

    choose_unit(app, "amount_in", "Position")
    position = number(app, "amount")
    choose_unit(app, "amount_in", "Margin %")
    percent = number(app, "amount")
    press_open(app)

    assert (position, percent) == (D(3000), D("1.5228"))  # of 9 850 free
    assert asked_terms(market)[0].amount_usdt == D("149.99580000")


@slow
def test_prices_typed_are_kept_as_usdt(market: Dashboard) -> None:
    app = view(draw)
    app.toggle(key="trade_after_fees").set_value(False)
    seen_again(app)
    choose_unit(app, "exit_in", "Price")
    entry, target = component(app, "price-chart")["lines"][0]["price"], number(app, "target")

    enter(app, "target", round(D(str(entry)) + 2 * (target - D(str(entry))), 1))
    press_open(app)

    terms = asked_terms(market)[0]
    assert abs(terms.tp_usdt - 30) < D("0.1")
    assert number_field(app, "trade_target")["label"] == "Take profit, price"


@slow
def test_percents_of_the_stake_are_kept_as_usdt(market: Dashboard) -> None:
    app = view(draw)

    choose_unit(app, "exit_in", "% of margin")
    shown = number(app, "target"), number(app, "stop")
    press_open(app)

    terms = asked_terms(market)[0]
    assert shown == (D(10), D("6.6667"))
    assert (terms.tp_usdt, terms.sl_usdt) == (D("15"), D("10.00005"))


@slow
def test_a_price_follows_the_direction_and_a_refusal_speaks_prices(market: Dashboard) -> None:
    app = view(draw)
    choose_unit(app, "exit_in", "Price")
    long_target = number(app, "target")

    app.segmented_control(key="trade_side").set_value(Side.SHORT)
    seen_again(app)
    short_target = number(app, "target")
    enter(app, "target", long_target)
    refused = words(app)
    press(app, "use_tp_usdt")

    assert short_target < D(str(component(app, "price-chart")["lines"][0]["price"])) < long_target
    assert 'class="refusal"' in refused
    assert "Ready to open" in words(app)


@slow
@pytest.mark.parametrize(
    ("unit", "side", "field", "typed", "ending"),
    [
        ("Price", Side.LONG, "target", 50000.0, "or higher."),
        ("Price", Side.SHORT, "target", 99000.0, "or lower."),
        ("Price", Side.LONG, "stop", 99000.0, "or lower."),
        ("Price", Side.SHORT, "stop", 50000.0, "or higher."),
        ("% of price", Side.LONG, "target", 0.01, "% or more."),
        ("% of margin", Side.LONG, "stop", 0.01, "% or more."),
        ("USDT", Side.LONG, "stop", 0.01, "USDT or more."),
    ],
)
def test_a_refusal_speaks_in_the_unit_that_was_typed_in(
    market: Dashboard, unit: str, side: Side, field: str, typed: float, ending: str
) -> None:
    app = view(draw)
    app.segmented_control(key="trade_side").set_value(side)
    choose_unit(app, "exit_in", unit)
    use = "use_tp_usdt" if field == "target" else "use_sl_usdt"

    enter(app, field, typed)
    refused, number_words = refusal_words(app), app.button(key=use).label.removeprefix("Use ")
    press(app, use)

    assert refused.endswith(ending)
    assert f"Enter {number_words}" in refused
    assert ("USDT" in refused) == (unit == "USDT")
    assert not refusal_words(app)


@slow
def test_a_stop_price_behind_the_liquidation_is_refused_with_a_nearer_price(market: Dashboard) -> None:
    app = view(draw)
    for field, number_typed in (("amount", 9000.0), ("target", 600.0), ("stop", 400.0)):
        enter(app, field, number_typed)
    choose_unit(app, "exit_in", "Price")

    enter(app, "stop", 100.0)

    assert "behind the liquidation price" in refusal_words(app)
    assert refusal_words(app).endswith("or higher.")


@slow
def test_a_position_too_large_is_refused_in_what_the_position_may_be_worth(market: Dashboard) -> None:
    app = view(draw)
    choose_unit(app, "amount_in", "Position")

    enter(app, "amount", 9000000.0)
    refused, offered = words(app), app.button(key="use_amount_usdt").label
    press(app, "use_amount_usdt")

    assert f"Enter {offered.removeprefix('Use ')} or less." in refused
    assert "or less" not in refusal_words(app)


@slow
def test_units_that_need_a_price_stay_away_until_there_is_one(dashboard: Dashboard) -> None:
    app = view(draw)

    choose_unit(app, "exit_in", "Price")

    assert app.segmented_control(key="trade_exit_in").value == "USDT"
    assert number(app, "target") == 15.0


@slow
def test_several_pairs_are_one_instruction_each(market: Dashboard) -> None:
    app = view(draw)
    app.multiselect(key="trade_more").set_value(["ETHUSDT", "SOLUSDT"])
    seen_again(app)
    lines, button = words(app), button_words(app)

    press_open(app)

    assert lines.count("Ready: ") == 3
    assert button == "Open LONG in 3 pairs"
    assert sorted(terms.symbol for terms in asked_terms(market)) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert {terms.amount_usdt for terms in asked_terms(market)} == {D("150")}


@slow
def test_a_pair_that_is_refused_says_why_and_the_others_go(market: Dashboard) -> None:
    add_position(market.session, add_plan(market.session, market.account, symbol="ETHUSDT"))
    market.session.commit()
    app = view(draw)
    app.multiselect(key="trade_more").set_value(["ETHUSDT"])
    seen_again(app)

    assert button_words(app) == "Open LONG in 1 of 2 pairs"
    assert "There is already an open LONG" in words(app)

    press_open(app)

    assert [terms.symbol for terms in asked_terms(market)] == ["BTCUSDT"]


@slow
def test_pairs_that_are_too_much_together_are_not_sent(market: Dashboard) -> None:
    app = view(draw)
    for field, number_typed in (("amount", 6000.0), ("leverage", 2), ("target", 90.0), ("stop", 60.0)):
        enter(app, field, number_typed)
    app.multiselect(key="trade_more").set_value(["ETHUSDT"])
    seen_again(app)

    assert "Together they are too much" in words(app)
    assert is_closed(app)


@slow
def test_a_form_saved_under_a_name_is_a_start_the_next_time(market: Dashboard) -> None:
    app = view(draw)
    enter(app, "amount", 175.0)
    app.text_input(key="preset_name").set_value("My way")
    seen_again(app)
    press(app, "preset_save")
    marked = app.pills(key="trade_start_My way").value

    later = view(draw)
    later.pills(key="trade_start_Standard").set_value("My way")
    seen_again(later)
    amount = number(later, "amount")
    press(later, "preset_delete_My way")

    assert (marked, amount) == ("My way", D(175))
    assert market.services.presets.load() == ()


def test_again_like_this_one_spells_the_same_terms(dashboard: Dashboard) -> None:
    rule = ReopenRule(enabled=True, delay=timedelta(minutes=15), maximum=None, after_stop=False)
    terms = TradeTerms("ETHUSDT", Side.SHORT, D("80.5"), 7, D("6.25"), D("3"), Basis.GROSS, rule)

    app = view(draw, trade_draft=fields_of_terms(terms))

    assert app.selectbox(key="trade_symbol").value == "ETHUSDT"
    assert number(app, "amount") == D("80.5")
    assert app.session_state["trade_meant"] == terms


def test_first_refusal_is_the_title_and_all_are_said() -> None:
    one = Refusal("sl_usdt", "The stop-loss is too near: fees cost that much.", D("2.40"), shown="2.40 USDT or more")
    other = Refusal("leverage", "The exchange does not give 125×.", D(50), shown="50× or less")

    box = verdict_html(None, (one, other))

    assert "<strong>The stop-loss is too near: fees cost that much</strong>" in box
    assert "Enter 2.40 USDT or more. The exchange does not give 125×. Enter 50× or less." in box


@slow
def test_what_was_typed_as_the_button_was_pressed_is_shown_before_it_is_sent(market: Dashboard) -> None:
    app = view(draw)

    press_send(app, "open_trade", trade_stop="30")

    assert asked_terms(market) == []
    assert number(app, "stop") == 30
    assert "The numbers changed as you pressed" in " ".join(toast.value for toast in app.toast)

    press_open(app)

    assert [terms.sl_usdt for terms in asked_terms(market)] == [30]


@slow
def test_press_on_what_is_no_longer_shown_sends_nothing(market: Dashboard) -> None:
    app = view(draw)
    shown = send_button(app, "open_trade")["shown"]
    enter(app, "amount", 200)

    texts = send_button(app, "open_trade")["texts"]
    trigger(app, "open_trade", "pressed", {"texts": texts, "shown": shown})

    assert asked_terms(market) == []


@slow
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Stop loss: Type a number."),
        ("abc", "Stop loss: This is not a number."),
        ("1.000", "Stop loss: Do you mean 1000 or 1.000?"),
        ("+5", "Stop loss: A new trade cannot keep a profit at its stop."),
    ],
)
def test_nothing_is_sent_while_a_field_is_not_understood(market: Dashboard, text: str, why: str) -> None:
    app = view(draw)

    enter(app, "stop", text)

    assert is_closed(app)
    assert send_button(app, "open_trade")["why"].startswith(why)
    assert "You risk" not in words(app)
    press_open(app)
    assert asked_terms(market) == []


@slow
def test_a_stop_typed_with_a_minus_is_the_same_loss(market: Dashboard) -> None:
    app = view(draw)

    enter(app, "stop", "-10")
    press_open(app)

    assert number_field(app, "trade_stop")["words"] == "a loss of 10.00 USDT"
    assert [terms.sl_usdt for terms in asked_terms(market)] == [10]


TYPED = (
    *(
        "5",
        "5.5",
        "5,5",
        "05",
        ".5",
        ",5",
        "5.",
        "1 000,50",
        "1,000.50",
        "1.000,50",
        "1'000.50",
        "1\u202f000",
        "12.3456",
    ),
    *("1.000", "1,000", "12.345", "1.000.000", "1,00,000", "0", "0.01", "0,01", "-5", "−5,25", "+5", "-0", "150 USDT"),
    *(
        "20x",
        "5 %",
        "٥٫٥",
        "１５",
        "",
        "   ",
        "abc",
        "nan",
        "1e30",
        "1e2",
        "5-3",
        "--5",
        "1,00.5",
        "10 0",
        "9" * 16,
        "126",
    ),
)
TERM = {"amount": "amount_usdt", "leverage": "leverage", "stop": "sl_usdt", "target": "tp_usdt"}


@slow
@pytest.mark.timeout(400)  # a page drawn some hundred times
@pytest.mark.parametrize("field", TERM)
def test_what_is_shown_is_what_the_verdict_says_and_what_is_sent(market: Dashboard, field: str) -> None:
    app = view(draw)
    sent = 0
    for text in TYPED:
        enter(app, field, text)
        shown, button = number_field(app, f"trade_{field}"), send_button(app, "open_trade")
        assert shown["text"] == text
        press_open(app)
        asked = asked_terms(market)

        if button["disabled"]:
            assert len(asked) == sent, text
            assert button["why"], text
            continue
        sent += 1
        assert len(asked) == sent, text
        digits = re.sub(r"[^0-9.]", "", shown["words"])
        assert D(digits) == getattr(unanswered_terms(market), TERM[field]), text
        answer_last(market)
        seen_again(app)
    assert sent >= 3


def unanswered_terms(dashboard: Dashboard) -> TradeTerms:
    """Return what was asked for last."""
    row = dashboard.session.scalars(select(InstructionRow).where(InstructionRow.consumed_at.is_(None))).one()
    return terms_from_json(row.terms)


def answer_last(dashboard: Dashboard) -> None:
    """Let the bot have answered that nothing was opened."""
    dashboard.session.expire_all()
    for row in dashboard.session.scalars(select(InstructionRow).where(InstructionRow.consumed_at.is_(None))):
        row.consumed_at, row.outcome = dashboard.clock.at, "Nothing was sent."
    dashboard.session.commit()
