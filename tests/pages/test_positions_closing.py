"""Closing one, some or all, in part or whole, and what is opened again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from app_pages.positions.closing import close_words, part_words
from domain.journal.texts import MISSING_NOTE
from domain.terms import InstructionKind, PlanState, ReopenState, Side
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import asked, draw, open_btc, the_view
from tests.pages.viewing import (
    component,
    press,
    seen_again,
    view,
    words,
)
from tests.services.building import NOW, D, add_closed, add_plan, add_position


def test_closing_is_asked_about_once_and_says_what_it_lands(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})

    press(app, "panel_close")

    assert asked(dashboard) == []
    assert any("Closing at the market price now will give about" in text.value for text in app.markdown)

    press(app, "close_confirmed")

    assert asked(dashboard) == [(InstructionKind.CLOSE, position.id, None)]
    assert app.button(key="panel_close").disabled


def test_pausing_is_confirmed_first(dashboard: Dashboard) -> None:
    app = view(draw)

    press(app, "pause_opening")
    assert asked(dashboard) == []
    press(app, "pause_confirmed")

    assert asked(dashboard) == [(InstructionKind.PAUSE_ALL, None, None)]


def test_half_of_a_position_is_closed_after_saying_what_becomes_of_the_rest(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, address={"position": str(position.id)})
    press(app, "panel_close")

    app.segmented_control(key=f"close_share:{position.id}").set_value("50\u202f%")
    seen_again(app)

    said = " ".join(text.value for text in app.markdown)
    assert "This closes 0.015 BTC at the market price" in said
    assert "The other 0.015 BTC keeps its stop at 99\u202f800.0 and its target at 100\u202f700.0" in said

    press(app, "close_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.position_id, row.terms) == (InstructionKind.CLOSE, position.id, {"share": "0.5"})


def test_part_too_small_to_trade_is_not_offered(dashboard: Dashboard) -> None:
    open_btc(dashboard)

    assert "too small" in part_words(the_view(dashboard), D(0))


def test_all_are_closed_after_one_question_that_names_the_sum(dashboard: Dashboard) -> None:
    first = open_btc(dashboard)
    plan = add_plan(dashboard.session, dashboard.account, side=Side.SHORT)
    second = add_position(dashboard.session, plan, stop_price=D("100400"), target_price=D("99300"))
    dashboard.session.commit()
    app = view(draw)

    press(app, "close_all")

    assert asked(dashboard) == []
    assert any("Closing 2 positions at the market price now will give about" in text.value for text in app.markdown)

    press(app, "close_many_confirmed")

    assert sorted(asked(dashboard)) == [
        (InstructionKind.CLOSE, first.id, None),
        (InstructionKind.CLOSE, second.id, None),
    ]


def test_closing_all_names_what_still_opens_again_and_stops_that_too_if_wished(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    waiting = add_closed(
        dashboard.session,
        add_plan(dashboard.session, dashboard.account, side=Side.SHORT),
        "5",
        NOW,
        1,
        reopen_state=ReopenState.WAITING,
        reopen_not_before=NOW + timedelta(seconds=42),
        reopen_lapses_at=NOW + timedelta(seconds=642),
    )
    dashboard.session.commit()
    app = view(draw)

    press(app, "close_all")
    said = " ".join(text.value for text in app.markdown).replace("\\", "")
    assert "1 trade waiting to open again still opens, in 0:42." in said
    press(app, "close_many_confirmed_also")

    assert sorted(asked(dashboard)) == [
        (InstructionKind.CLOSE, position.id, None),
        (InstructionKind.SKIP_REOPEN, waiting.id, None),
    ]


def test_ticked_positions_are_closed_and_the_others_are_not(dashboard: Dashboard) -> None:
    first = open_btc(dashboard)
    add_position(dashboard.session, add_plan(dashboard.session, dashboard.account, side=Side.SHORT))
    dashboard.session.commit()
    app = view(draw)
    press(app, "select_several")
    assert component(app, "positions-table")["selecting"]
    assert app.button(key="close_selected").disabled

    app.session_state["ticked_positions"] = [first.id]
    seen_again(app)
    press(app, "close_selected")
    press(app, "close_many_confirmed")

    assert asked(dashboard) == [(InstructionKind.CLOSE, first.id, None)]
    assert not component(app, "positions-table")["selecting"]


def test_waiting_trade_counts_down_and_can_be_opened_or_skipped(dashboard: Dashboard) -> None:
    plan = add_plan(dashboard.session, dashboard.account)
    trade = add_closed(
        dashboard.session,
        plan,
        "-6.04",
        NOW - timedelta(minutes=2),
        1,
        reopen_state=ReopenState.WAITING,
        reopen_not_before=NOW + timedelta(seconds=185),
        reopen_lapses_at=NOW + timedelta(seconds=785),
    )
    dashboard.session.commit()
    app = view(draw)

    assert "in 3:05" in words(app)
    assert "Closed by stop-loss, −6.04 USDT after fees" in words(app)

    press(app, f"skip_{trade.id}")

    assert asked(dashboard) == [(InstructionKind.SKIP_REOPEN, trade.id, None)]
    assert app.button(key=f"open_{trade.id}").disabled
    assert app.session_state["undo_offered"].words == "BTC/USDT LONG does not open again."


def test_paused_plan_offers_reopen_now_from_its_last_trade(dashboard: Dashboard) -> None:
    plan = add_plan(
        dashboard.session, dashboard.account, state=PlanState.PAUSED, state_reason="It missed its time to open again."
    )
    trade = add_closed(dashboard.session, plan, "5", NOW - timedelta(hours=1), 1)
    dashboard.session.commit()
    app = view(draw)

    assert "It missed its time to open again." in words(app)

    press(app, f"reopen_{plan.id}")

    assert asked(dashboard) == [(InstructionKind.REOPEN_NOW, trade.id, None)]


def test_closing_words_name_the_result_after_fees(dashboard: Dashboard) -> None:
    open_btc(dashboard)

    sentence = close_words(replace(the_view(dashboard), result_usdt=Decimal("-2.57")))

    assert "−2.57 USDT after fees" in sentence
    assert "not opened again" in sentence


def test_position_the_exchange_forgot_is_written_off_after_a_question(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, phase_note="The exchange does not know this position any more.")
    app = view(draw, address={"position": str(position.id)})

    press(app, "panel_write_off")
    assert asked(dashboard) == []
    press(app, "write_off_confirmed")

    assert asked(dashboard) == [(InstructionKind.WRITE_OFF, position.id, None)]


def test_several_trades_that_are_gone_are_written_off_together_after_one_question(dashboard: Dashboard) -> None:
    plan = add_plan(dashboard.session, dashboard.account, symbol="ETHUSDT")
    gone = [
        open_btc(dashboard, phase_note=MISSING_NOTE),
        add_position(dashboard.session, plan, phase_note=MISSING_NOTE),
    ]
    dashboard.session.commit()
    app = view(draw)

    press(app, "write_off_gone")
    assert asked(dashboard) == []
    press(app, "write_off_many_confirmed")

    assert asked(dashboard) == [(InstructionKind.WRITE_OFF, position.id, None) for position in gone]
