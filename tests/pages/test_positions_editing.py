"""Moving stop and target, and the terms of the next round."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app_pages.ui.reopening import fields_of_rule, rule_of_fields, rule_words
from domain.exchange import Balance
from domain.terms import InstructionKind, ReopenRule
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import draw, open_btc
from tests.pages.viewing import (
    number_field,
    press,
    press_send,
    seen_again,
    send_button,
    type_text,
    view,
    words,
)
from tests.services.building import D, bot_health


def test_moved_stop_is_asked_for_without_the_unchanged_target(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")

    app.segmented_control(key=f"edit_unit:{position.id}").set_value("Price")
    seen_again(app)
    type_text(app, f"edit_stop:{position.id}", "99 900")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.terms) == (
        InstructionKind.EDIT_PROTECTION,
        {"stop_price": "99900", "target_price": None},
    )


def test_stop_is_set_by_what_it_may_cost(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")
    assert number_field(app, f"edit_stop:{position.id}")["text"] == "8.4"  # −6 − 1.2 − 0.03 × 99 800 × 0.0004

    type_text(app, f"edit_stop:{position.id}", "-5.40")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms == {"stop_price": "99900.00", "target_price": None}  # −5.3988: never more than asked for


def test_unit_is_changed_without_losing_what_was_typed(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")
    type_text(app, f"edit_stop:{position.id}", "-5.40")

    app.segmented_control(key=f"edit_unit:{position.id}").set_value("% of price")
    seen_again(app)

    assert number_field(app, f"edit_stop:{position.id}")["text"] == "0.1"
    assert number_field(app, f"edit_target:{position.id}")["text"] == "0.7"


def test_impossible_stop_is_refused_with_the_reason(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")

    type_text(app, f"edit_stop:{position.id}", "+50")

    assert "The stop must lie below the price of 100\u202f200.0." in words(app)
    assert send_button(app, "edit_confirmed")["disabled"]


def test_stop_far_beyond_the_wallet_is_refused_as_on_new_trade(dashboard: Dashboard) -> None:
    balance = Balance("SgsR", D("200"), D("200"), D("0"), D("200"))
    dashboard.feed.snapshot = bot_health(dashboard.account.id, balance=balance)
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")

    type_text(app, f"edit_stop:{position.id}", "2900")

    assert "exchange would close the trade first" in words(app)
    assert send_button(app, "edit_confirmed")["disabled"]


def test_edit_speaks_the_units_and_signs_of_new_trade(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")

    texts = {}
    for unit in ("USDT", "Price", "% of price", "% of margin"):
        app.segmented_control(key=f"edit_unit:{position.id}").set_value(unit)
        seen_again(app)
        texts[unit] = [number_field(app, f"edit_{name}:{position.id}")["text"] for name in ("stop", "target")]

    assert texts["Price"] == ["99800", "100700"]
    assert all(not text.startswith(("+", "−")) for pair in texts.values() for text in pair)
    assert send_button(app, "edit_confirmed")["why"] == "Nothing is changed yet."


def test_stop_moved_in_another_tab_is_not_put_back(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")
    position.stop_price = D("99900")
    dashboard.session.commit()
    dashboard.clock.pass_seconds(5)

    type_text(app, f"edit_target:{position.id}", "20")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms["stop_price"] is None


def test_stop_moves_to_break_even_in_two_presses(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})

    press(app, "panel_break_even")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms == {"stop_price": "100080.10", "target_price": None}  # 3001.2 / (0.03 × 0.9996), up


def test_break_even_is_not_offered_before_the_price_is_beyond_it(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, mark="100050")

    app = view(draw, address={"position": str(position.id)})

    assert "panel_break_even" not in [button.key for button in app.button]


def test_next_round_is_changed_and_the_open_one_is_not(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_plan")
    assert send_button(app, "plan_confirmed")["disabled"]

    type_text(app, f"plan_amount:{position.plan_id}", "200.0")
    press_send(app, "plan_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.plan_id) == (InstructionKind.EDIT_PLAN, position.plan_id)
    assert (row.terms["amount_usdt"], row.terms["leverage"], row.terms["sl_usdt"]) == ("200", 20, "10")


def test_next_round_may_open_again_after_other_ends_than_this_one(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_plan")
    plan = position.plan_id

    app.pills(key=f"plan_again:{plan}").set_value(["A win"])
    app.selectbox(key=f"plan_wait:{plan}").set_value(timedelta(hours=1))
    type_text(app, f"plan_maximum:{plan}", "3")
    press_send(app, "plan_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms["reopen"] == {
        "enabled": True,
        "delay_seconds": 3600,
        "maximum": 3,
        "after_target": True,
        "after_stop": False,
    }


def test_next_round_after_nothing_is_no_next_round(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_plan")

    app.pills(key=f"plan_again:{position.plan_id}").set_value([])
    seen_again(app)
    said = [caption.value for caption in app.caption]
    press_send(app, "plan_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert "Choose a win, a loss or both; with neither it does not open again." in said
    assert row.terms["reopen"]["enabled"] is False


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (ReopenRule(enabled=True), "5 minutes after a win or a loss"),
        (ReopenRule(enabled=True, delay=timedelta(seconds=90), after_target=False), "1.5 minutes after a loss"),
        (ReopenRule(enabled=True, delay=timedelta(hours=1), after_stop=False), "1 hour after a win"),
        (ReopenRule(enabled=False), "no"),
    ],
)
def test_a_rule_is_said_in_words(rule: ReopenRule, said: str) -> None:
    assert rule_words(rule) == said
    assert rule_of_fields(fields_of_rule(rule)) == rule
