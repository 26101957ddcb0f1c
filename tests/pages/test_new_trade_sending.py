"""Sending: one press asks once, for what the form shows; several pairs are several instructions."""

from datetime import timedelta

from sqlalchemy import select

from domain.terms import Basis, ReopenRule, Side, TradeTerms
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.new_trade_page import asked_terms, button_words, draw, enter, is_closed, number, press_open, slow
from tests.pages.viewing import (
    component,
    press,
    press_send,
    said,
    seen_again,
    send_button,
    trigger,
    view,
    words,
)
from tests.services.building import D, add_plan, add_position


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
def test_next_press_after_an_answer_is_a_new_request(market: Dashboard) -> None:
    app = view(draw)
    press_open(app)
    row = market.session.scalars(select(InstructionRow)).one()
    row.consumed_at, row.outcome = market.clock.at, "Nothing was sent: no room."
    market.session.commit()
    seen_again(app)

    press_open(app)

    assert len(asked_terms(market)) == 2


@slow
def test_several_pairs_are_one_instruction_each(market: Dashboard) -> None:
    app = view(draw, draft_asked=True)
    app.multiselect(key="trade_more").set_value(["ETHUSDT", "SOLUSDT"])
    seen_again(app)
    lines, button = words(app), button_words(app)

    press_open(app)

    assert lines.count("Ready: ") == 3
    assert button == "Open LONG in 3 pairs"
    assert sorted(terms.symbol for terms in asked_terms(market)) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert {terms.amount_usdt for terms in asked_terms(market)} == {D("150")}
    # A browser that is loaded anew from here on does not choose them for the next trade.
    assert component(app, "draft-keeper")["fields"]["more"] == []


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
    assert later.session_state["undo_offered"].words == "My way is deleted."


@slow
def test_what_was_typed_as_the_button_was_pressed_is_shown_before_it_is_sent(market: Dashboard) -> None:
    app = view(draw)

    press_send(app, "open_trade", trade_stop="30")

    assert asked_terms(market) == []
    assert number(app, "stop") == 30
    assert "The numbers changed as you pressed" in " ".join(said(app))

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
