"""Exits that move an open position: said on its panel, changed in the dialog that edits stop and target."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app_pages.positions.panel import chart_lines
from domain.exit_plan import NO_EXITS, ExitPlan, LockIn, PartialTarget, Trail, TrailUnit
from domain.exit_plan_json import loaded_exits, stored_exits
from domain.terms import Purpose
from storage.bot_tables import InstructionRow
from storage.exit_tables import ExitProgressRow
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import draw, open_btc, the_view
from tests.pages.viewing import (
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
from tests.services.building import add_order

pytestmark = pytest.mark.slow
D = Decimal
EVEN = ExitPlan(break_even_after_usdt=D(9))
HALVES = ExitPlan(targets=(PartialTarget(D(9), D(50)), PartialTarget(D(18), D(50))), stop_follows_targets=True)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_the_panel_says_the_next_step_and_who_keeps_the_stop_while_the_bot_is_off(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, exits=stored_exits(EVEN))

    shown = plain(words(view(draw, address={"position": str(position.id)})))

    assert "At 100 380.2 the stop moves to break-even, 100 080.1." in shown  # 11.4/0.03 above, over 0.9996
    assert "While the bot is off, the last stop stands on the exchange" in shown
    assert [line.title for line in chart_lines(the_view(dashboard))][-1] == "Break-even from here"


def test_the_best_price_so_far_is_what_the_bot_has_kept(dashboard: Dashboard) -> None:
    plan = ExitPlan(trail=Trail(TrailUnit.PRICE, D(100)))
    position = open_btc(dashboard, exits=stored_exits(plan))
    dashboard.session.add(ExitProgressRow(position_id=position.id, best_mark=D(100_300), dropped_targets=[]))
    dashboard.session.commit()

    shown = plain(words(view(draw, address={"position": str(position.id)})))

    assert "The stop trails 100.0 behind the best price, 100 300.0 so far." in shown


def test_a_target_that_was_taken_is_drawn_no_more(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, exits=stored_exits(HALVES))
    add_order(dashboard.session, position, Purpose.TARGET, target_number=1, executed_quantity=D("0.015"))
    dashboard.session.commit()

    lines = [line.name for line in chart_lines(the_view(dashboard)) if line.name.startswith("target")]

    assert lines == ["target_at_2"]


def test_steps_to_come_can_be_moved_on_the_chart_by_what_the_whole_trade_wins_there(dashboard: Dashboard) -> None:
    plan = ExitPlan(lock_ins=(LockIn(D(4), D(2)), LockIn(D(12), D(6))), trail=Trail(TrailUnit.PERCENT, D(1), D(9)))
    position = open_btc(dashboard, exits=stored_exits(plan))
    moving = the_view(dashboard).moving
    assert moving is not None
    dashboard.session.add(
        ExitProgressRow(position_id=position.id, best_mark=moving.prices.at_result(D(5)), dropped_targets=[])
    )
    dashboard.session.commit()
    dashboard.clock.pass_seconds(5)

    steps = {line.name: line for line in chart_lines(the_view(dashboard)) if "after" in line.name}

    assert set(steps) == {"lock_after_2", "trail_after"}  # the first was reached
    money = steps["trail_after"].money
    assert money is not None
    assert (money.word, money.quantity, money.entry) == ("Trails at", position.entry_quantity, position.entry_price)


def test_targets_stay_where_they_are_once_the_first_was_taken(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, exits=stored_exits(HALVES))

    def movable() -> list[bool]:
        lines = chart_lines(the_view(dashboard))
        return [line.money is not None for line in lines if line.name.startswith("target")]

    before = movable()
    add_order(dashboard.session, position, Purpose.TARGET, target_number=1, executed_quantity=D("0.015"))
    dashboard.session.commit()
    dashboard.clock.pass_seconds(5)

    assert (before, movable()) == ([True, True], [False])


def test_a_step_let_go_elsewhere_is_asked_about_with_its_amount_there(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, exits=stored_exits(EVEN))
    app = view(draw, address={"position": str(position.id)})

    trigger(app, "position_panel", "dropped", {"line": "even_after", "price": "100280.2", "id": position.id})

    assert Decimal(number_field(app, f"edit_exits_{position.id}_even_after")["text"]) == 6
    press_send(app, "edit_confirmed")
    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert loaded_exits(row.terms["exits"]) == ExitPlan(break_even_after_usdt=D(6))
    assert (row.terms["stop_price"], row.terms["target_price"]) == (None, None)


def test_exits_are_asked_for_beside_stop_and_target_with_what_was_seen(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")
    prefix = f"edit_exits_{position.id}"

    app.toggle(key=f"{prefix}_even").set_value(True)
    seen_again(app)
    type_text(app, f"{prefix}_even_after", "9")
    assert "the stop goes to" in words(app)
    type_text(app, f"edit_stop:{position.id}", "-5.40")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms["stop_price"] == "99900.00"
    assert (loaded_exits(row.terms["exits"]), loaded_exits(row.terms["seen_exits"])) == (EVEN, NO_EXITS)


def test_edit_refuses_the_exits_that_new_trade_refuses(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")
    prefix = f"edit_exits_{position.id}"

    app.toggle(key=f"{prefix}_even").set_value(True)
    seen_again(app)
    type_text(app, f"{prefix}_even_after", "999")

    assert "would never begin" in words(app)
    assert send_button(app, "edit_confirmed")["disabled"]


def test_several_targets_take_the_place_of_take_profit(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")

    app.toggle(key=f"edit_exits_{position.id}_targets").set_value(True)
    seen_again(app)
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms["target_price"] is None
    assert [t.share_percent for t in loaded_exits(row.terms["exits"]).targets] == [50, 50]


def test_exits_changed_in_another_tab_are_shown_or_stop_the_press(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_edit")
    prefix = f"edit_exits_{position.id}"
    position.exits = stored_exits(EVEN)
    dashboard.session.commit()
    dashboard.clock.pass_seconds(5)

    seen_again(app)
    assert app.toggle(key=f"{prefix}_even").value

    type_text(app, f"{prefix}_even_after", "7")
    position.exits = stored_exits(HALVES)
    dashboard.session.commit()
    dashboard.clock.pass_seconds(5)
    seen_again(app)

    assert "Changed meanwhile in another window" in words(app)
    assert send_button(app, "edit_confirmed")["disabled"]


def test_the_next_trade_gets_other_exits_and_the_plan_an_end(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_plan")
    prefix = f"plan_exits_{position.plan_id}"

    for name in ("trail", "expires"):
        app.toggle(key=f"{prefix}_{name}").set_value(True)
        seen_again(app)
    press_send(app, "plan_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    exits = loaded_exits(row.terms["exits"])
    assert exits.trail == Trail(TrailUnit.PERCENT, D("0.5"))
    assert exits.expires_at is not None
