"""Positions: empty, one, many, degraded; closing and pausing are asked about once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app_pages.positions.closing import close_words, part_words
from app_pages.positions.panel import chart_lines
from app_pages.ui.figures import tone_of
from app_pages.ui.position_values import bar_fractions, panel_facts, row_values
from app_pages.ui.reopening import fields_of_rule, rule_of_fields, rule_words
from domain.bot_status import BotState
from domain.exchange import Balance, ExchangePosition
from domain.terms import InstructionKind, Phase, PlanState, ReopenRule, ReopenState, Side
from domain.venues import Venue
from services.dashboard.views import PositionView
from storage.bot_tables import InstructionRow
from storage.settings import save_setting
from storage.tables import PositionRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import (
    component,
    has_component,
    number_field,
    press,
    press_send,
    seen_again,
    send_button,
    type_text,
    view,
    words,
)
from tests.services.building import NOW, D, add_account, add_closed, add_fill, add_plan, add_position, bot_health


def draw() -> None:
    from app_pages.positions.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def open_btc(dashboard: Dashboard, mark: str = "100200", **changes: object) -> PositionRow:
    """Insert BTC LONG bought at 100 000, stop 99 800, target 100 700, and give its mark price."""
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account), **changes)
    add_fill(dashboard.session, position, trade_id=1)
    dashboard.session.commit()
    dashboard.feed.prices["BTCUSDT"] = (D(mark), 0.4)
    return position


def the_view(dashboard: Dashboard) -> PositionView:
    return dashboard.services.dashboard.snapshot().positions[0]


def asked(dashboard: Dashboard) -> list[tuple[InstructionKind, int | None, int | None]]:
    rows = dashboard.session.scalars(select(InstructionRow).order_by(InstructionRow.created_at))
    return [(row.kind, row.position_id, row.plan_id) for row in rows]


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

    assert "of 3" not in words(view(draw))


def test_liquidation_that_no_market_reaches_is_no_line_on_the_chart(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    far = replace(the_view(dashboard), liquidation_price=D("7352577432"), liquidation_percent=D("8738186"))

    assert "liquidation" not in [line.name for line in chart_lines(far)]


@pytest.mark.parametrize(
    ("price", "percent", "row", "fact"),
    [
        ("95000.1", "5.2", ["5.2\u202f% away", "at 95\u202f000.1"], "95\u202f000.1, 5.2\u202f% away"),
        ("418000.2", "318", ["far away", "at 418\u202f000.2"], "418\u202f000.2, far away"),
        ("7352577432", "8738186", ["far away", ""], "far away"),
        (None, None, ["none", "wallet covers it"], "far away"),
    ],
)
def test_liquidation_is_said_in_words_where_a_number_says_nothing(
    dashboard: Dashboard, price: str | None, percent: str | None, row: list[str], fact: str
) -> None:
    open_btc(dashboard)
    changes = {name: None if text is None else D(text) for name, text in (("price", price), ("percent", percent))}
    position = replace(the_view(dashboard), liquidation_price=changes["price"], liquidation_percent=changes["percent"])

    assert row_values(position, NOW)["liquidation"] == row
    assert next(one.text for one in panel_facts(position, NOW) if one.label == "Liquidation") == fact


@pytest.mark.parametrize(("amount", "tone"), [("0.004", "plain"), ("-0.004", "plain"), ("0.01", "up"), ("-1", "down")])
def test_what_reads_as_zero_has_no_colour(amount: str, tone: str) -> None:
    assert tone_of(D(amount)) == tone


def test_two_hundred_positions_are_two_hundred_rows(dashboard: Dashboard) -> None:
    for number in range(200):
        plan = add_plan(dashboard.session, dashboard.account, symbol=f"PAIR{number}USDT", reopen_enabled=False)
        add_position(dashboard.session, plan)
    dashboard.session.commit()

    app = view(draw)

    assert len(component(app, "positions-table")["rows"]) == 200
    assert "200</span>" in words(app)


def test_fills_are_marked_on_the_chart_by_what_they_did(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    add_fill(dashboard.session, position, trade_id=2, opening=False, traded_at=NOW)
    dashboard.session.commit()

    marks = dashboard.services.dashboard.fills(position.id)

    assert [(mark.opening, mark.quantity) for mark in marks] == [(True, D("0.03")), (False, D("0.03"))]


@pytest.mark.parametrize(
    ("tick", "price", "shown"),
    [("0.00000001", "0.00001234", "0.00001234"), ("0.1", "123456.7", "123\u202f456.7")],
)
def test_tiny_and_large_prices_are_shown_with_all_their_digits(
    dashboard: Dashboard, tick: str, price: str, shown: str
) -> None:
    open_btc(dashboard)
    position = replace(the_view(dashboard), tick_size=D(tick), mark_price=D(price), entry_price=D(price))

    assert row_values(position, NOW)["price"] == [shown, f"from {shown}"]


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


def test_open_position_is_one_row_with_its_bar(dashboard: Dashboard) -> None:
    open_btc(dashboard, mark="100250")

    app = view(draw)

    rows = component(app, "positions-table")["rows"]
    assert [(row["base"], row["side"]) for row in rows] == [("BTC", "LONG 20×")]
    assert rows[0]["at"] == 0.5  # 450 of the 900 from stop 99 800 to target 100 700
    assert rows[0]["entry"] == pytest.approx(200 / 900, abs=1e-4)
    assert rows[0]["price"] == ["100\u202f250.0", "from 100\u202f000.0"]
    assert rows[0]["protection"][0] == "✓ Protected"
    assert "all protected" in words(app)


def test_many_positions_keep_the_order_of_the_snapshot(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    for symbol in ("ETHUSDT", "SOLUSDT", "XRPUSDT"):
        add_position(dashboard.session, add_plan(dashboard.session, dashboard.account, symbol=symbol))
    dashboard.session.commit()

    app = view(draw)

    rows = component(app, "positions-table")["rows"]
    assert [row["id"] for row in rows] == [
        position.id for position in dashboard.services.dashboard.snapshot().positions
    ]
    assert len({row["id"] for row in rows}) == 4


def test_position_without_a_stop_is_said_on_top(dashboard: Dashboard) -> None:
    open_btc(dashboard, protected_at=None)

    app = view(draw)

    assert "all protected" not in words(app)


def test_unknown_price_is_stale_and_never_a_zero(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    dashboard.feed.prices.clear()

    app = view(draw)

    row = component(app, "positions-table")["rows"][0]
    assert row["stale"]
    assert row["result"][0] == "–"
    assert row["at"] is None


def test_old_price_greys_the_row(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    dashboard.feed.prices["BTCUSDT"] = (D("100200"), 42.0)

    row = component(view(draw), "positions-table")["rows"][0]

    assert row["stale"]


def test_chosen_position_opens_the_panel_with_five_facts(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)

    app = view(draw, **{"address:position": str(position.id)})

    panel = component(app, "position-panel")
    assert [fact["label"] for fact in panel["facts"]] == ["Target", "Stop", "Entry", "Liquidation", "Size"]
    assert [line["name"] for line in panel["chart"]["lines"]] == ["entry", "stop", "target"]
    assert component(app, "positions-table")["selected"] == position.id


def test_panel_goes_when_its_position_is_gone(dashboard: Dashboard) -> None:
    app = view(draw, **{"address:position": "99"})

    assert not has_component(app, "position-panel")


def test_chart_says_so_when_the_exchange_sends_no_candles(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)

    panel = component(view(draw, **{"address:position": str(position.id)}), "position-panel")

    assert panel["chart"]["candles"] == []
    assert "tries again" in panel["chart"]["note"]


def test_closing_is_asked_about_once_and_says_what_it_lands(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})

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


def test_moved_stop_is_asked_for_without_the_unchanged_target(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
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
    app = view(draw, **{"address:position": str(position.id)})
    press(app, "panel_edit")
    assert number_field(app, f"edit_stop:{position.id}")["text"] == "8.4"  # −6 − 1.2 − 0.03 × 99 800 × 0.0004

    type_text(app, f"edit_stop:{position.id}", "-5.40")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms == {"stop_price": "99900.00", "target_price": None}  # −5.3988: never more than asked for


def test_unit_is_changed_without_losing_what_was_typed(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
    press(app, "panel_edit")
    type_text(app, f"edit_stop:{position.id}", "-5.40")

    app.segmented_control(key=f"edit_unit:{position.id}").set_value("% of price")
    seen_again(app)

    assert number_field(app, f"edit_stop:{position.id}")["text"] == "0.1"
    assert number_field(app, f"edit_target:{position.id}")["text"] == "0.7"


def test_impossible_stop_is_refused_with_the_reason(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
    press(app, "panel_edit")

    type_text(app, f"edit_stop:{position.id}", "+50")

    assert "The stop must lie below the price of 100\u202f200.0." in words(app)
    assert send_button(app, "edit_confirmed")["disabled"]


def test_stop_far_beyond_the_wallet_is_refused_as_on_new_trade(dashboard: Dashboard) -> None:
    balance = Balance("SgsR", D("200"), D("200"), D("0"), D("200"))
    dashboard.feed.snapshot = bot_health(dashboard.account.id, balance=balance)
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
    press(app, "panel_edit")

    type_text(app, f"edit_stop:{position.id}", "2900")

    assert "exchange would close the trade first" in words(app)
    assert send_button(app, "edit_confirmed")["disabled"]


def test_edit_speaks_the_units_and_signs_of_new_trade(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
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
    app = view(draw, **{"address:position": str(position.id)})
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
    app = view(draw, **{"address:position": str(position.id)})

    press(app, "panel_break_even")
    press_send(app, "edit_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert row.terms == {"stop_price": "100080.10", "target_price": None}  # 3001.2 / (0.03 × 0.9996), up


def test_break_even_is_not_offered_before_the_price_is_beyond_it(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, mark="100050")

    app = view(draw, **{"address:position": str(position.id)})

    assert "panel_break_even" not in [button.key for button in app.button]


def test_half_of_a_position_is_closed_after_saying_what_becomes_of_the_rest(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
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


def test_next_round_is_changed_and_the_open_one_is_not(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
    press(app, "panel_plan")
    assert send_button(app, "plan_confirmed")["disabled"]

    type_text(app, f"plan_amount:{position.plan_id}", "200.0")
    press_send(app, "plan_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.plan_id) == (InstructionKind.EDIT_PLAN, position.plan_id)
    assert (row.terms["amount_usdt"], row.terms["leverage"], row.terms["sl_usdt"]) == ("200", 20, "10")


def test_next_round_may_open_again_after_other_ends_than_this_one(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)
    app = view(draw, **{"address:position": str(position.id)})
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
    app = view(draw, **{"address:position": str(position.id)})
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


def test_waiting_run_counts_down_and_can_be_opened_or_skipped(dashboard: Dashboard) -> None:
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


def test_paused_plan_offers_reopen_now_from_its_last_run(dashboard: Dashboard) -> None:
    plan = add_plan(
        dashboard.session, dashboard.account, state=PlanState.PAUSED, state_reason="It missed its time to open again."
    )
    trade = add_closed(dashboard.session, plan, "5", NOW - timedelta(hours=1), 1)
    dashboard.session.commit()
    app = view(draw)

    assert "It missed its time to open again." in words(app)

    press(app, f"reopen_{plan.id}")

    assert asked(dashboard) == [(InstructionKind.REOPEN_NOW, trade.id, None)]


def with_external(dashboard: Dashboard) -> None:
    external = ExchangePosition("XLMUSDT", Side.LONG, D("120"), D("0.2412"), D("0.2420"), None, D("0.10"))
    dashboard.feed.snapshot = bot_health(dashboard.account.id, external_positions=(external,))


def test_external_position_is_shown_with_what_can_be_done(dashboard: Dashboard) -> None:
    with_external(dashboard)

    app = view(draw)

    assert words(app).index("Not opened by this bot") < words(app).index("Open positions")
    assert "120 XLM at 0.2412, +0.10 USDT before fees." in words(app)
    keys = ("adopt_XLMUSDT-LONG", "close_external_XLMUSDT-LONG", "ignore_external_XLMUSDT-LONG")
    assert [app.button(key=key).label for key in keys] == ["Adopt", "Close", "Ignore"]


def test_what_the_person_ignores_stays_in_sight_and_can_still_be_adopted(dashboard: Dashboard) -> None:
    with_external(dashboard)
    dashboard.feed.snapshot = replace(dashboard.feed.snapshot, ignored=frozenset({("XLMUSDT", Side.LONG)}))

    app = view(draw)

    assert "Ignored, as you said: the bot asks again when its size changes." in words(app)
    assert words(app).index("Not opened by this bot") > words(app).index("Open positions")
    keys = {button.key for button in app.button}
    assert {"adopt_XLMUSDT-LONG", "close_external_XLMUSDT-LONG"} <= keys
    assert "ignore_external_XLMUSDT-LONG" not in keys


@pytest.mark.parametrize(
    ("verb", "kind", "terms"),
    [
        ("adopt", InstructionKind.ADOPT, {"tp_usdt": "15", "sl_usdt": "10"}),
        ("close_external", InstructionKind.CLOSE_EXTERNAL, {}),
        ("ignore_external", InstructionKind.IGNORE_EXTERNAL, {}),
    ],
)
def test_nothing_external_is_touched_before_the_question_is_answered(
    dashboard: Dashboard, verb: str, kind: InstructionKind, terms: dict[str, str]
) -> None:
    with_external(dashboard)
    app = view(draw)

    press(app, f"{verb}_XLMUSDT-LONG")
    assert asked(dashboard) == []
    (press_send if verb == "adopt" else press)(app, f"{verb}_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.terms) == (kind, {"symbol": "XLMUSDT", "side": "LONG", **terms})
    assert app.button(key=f"{verb}_XLMUSDT-LONG").disabled


def test_what_somebody_else_added_is_shown_with_what_can_be_done(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, external_quantity=D("0.010"))

    app = view(draw)

    assert "Added by somebody else" in words(app)
    assert "0.01 BTC is not the bot&#x27;s; stop and target would close it too." in words(app)
    keys = [f"{verb}_{position.id}" for verb in ("take_over", "close_added", "leave_added")]
    assert [app.button(key=key).label for key in keys] == ["Adopt", "Close", "Ignore"]


def test_a_part_that_is_left_alone_says_that_no_stop_covers_it(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, external_quantity=D("0.010"), own_part_only=True)

    app = view(draw)

    assert "0.01 BTC is left alone: no stop of this bot covers it." in words(app)
    assert f"leave_added_{position.id}" not in {button.key for button in app.button}


@pytest.mark.parametrize(
    ("verb", "kind", "terms", "sentence"),
    [
        ("take_over", InstructionKind.ADOPT, {"tp_usdt": "15", "sl_usdt": "10"}, "placed for all 0.04 BTC"),
        (
            "close_added",
            InstructionKind.CLOSE_EXTERNAL,
            {},
            "0.01 BTC is closed at the market price now, and only that",
        ),
        ("leave_added", InstructionKind.IGNORE_EXTERNAL, {}, "so there is one all the time"),
    ],
)
def test_nothing_is_done_about_an_added_part_before_the_question_is_answered(
    dashboard: Dashboard, verb: str, kind: InstructionKind, terms: dict[str, str], sentence: str
) -> None:
    position = open_btc(dashboard, external_quantity=D("0.010"))
    app = view(draw)

    press(app, f"{verb}_{position.id}")
    assert asked(dashboard) == []
    assert sentence in " ".join(one.value for one in app.markdown)
    (press_send if verb == "adopt" else press)(app, f"{verb}_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.terms) == (kind, {"symbol": "BTCUSDT", "side": "LONG", **terms})
    assert app.button(key=f"{verb}_{position.id}").disabled


def test_text_from_outside_is_never_html(dashboard: Dashboard) -> None:
    plan = add_plan(
        dashboard.session, dashboard.account, state=PlanState.PAUSED, state_reason="<img src=x onerror=alert(1)>"
    )
    add_closed(dashboard.session, plan, "5", NOW, 1)
    dashboard.session.commit()

    assert "<img" not in words(view(draw))


def test_practice_hint_stays_away_once_read(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    app = view(draw)
    assert "practice exchange" in words(app)

    press(app, "hint_read")

    assert "practice exchange" not in words(app)


def test_short_bar_runs_from_stop_to_target_too(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    short = replace(the_view(dashboard), side=Side.SHORT, stop_price=D("100200"), target_price=D("99200"))

    at, entry = bar_fractions(replace(short, mark_price=D("99700")))

    assert (at, entry) == (0.5, 0.2)


def test_price_beyond_the_stop_stays_inside_the_bar(dashboard: Dashboard) -> None:
    open_btc(dashboard)

    at, _ = bar_fractions(replace(the_view(dashboard), mark_price=D("99000")))

    assert at == 0.0


def test_bar_without_a_target_ends_as_far_as_the_stop_is_away(dashboard: Dashboard) -> None:
    open_btc(dashboard)

    at, entry = bar_fractions(replace(the_view(dashboard), target_price=None, mark_price=D("100100")))

    assert (at, entry) == (0.75, 0.5)


def test_row_of_a_position_being_opened_says_so(dashboard: Dashboard) -> None:
    open_btc(dashboard)
    entering = replace(
        the_view(dashboard), phase=Phase.ENTERING, entry_price=None, result_usdt=None, result_percent=None
    )

    row = row_values(entering, NOW)

    assert row["alert"] == "Opening"
    assert row["result"] == ["–", "opening"]
    assert row["stale"] is False


def test_closing_words_name_the_result_after_fees(dashboard: Dashboard) -> None:
    open_btc(dashboard)

    sentence = close_words(replace(the_view(dashboard), result_usdt=Decimal("-2.57")))

    assert "−2.57 USDT after fees" in sentence
    assert "not opened again" in sentence


def test_position_the_exchange_forgot_is_written_off_after_a_question(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, phase_note="The exchange does not know this position any more.")
    app = view(draw, **{"address:position": str(position.id)})

    press(app, "panel_write_off")
    assert asked(dashboard) == []
    press(app, "write_off_confirmed")

    assert asked(dashboard) == [(InstructionKind.WRITE_OFF, position.id, None)]


def test_positions_of_another_account_are_shown_as_not_watched_and_cannot_be_touched(dashboard: Dashboard) -> None:
    other = add_account(dashboard.session, "binance test", "XzyL")
    add_position(dashboard.session, add_plan(dashboard.session, other, symbol="ETHUSDT"))
    dashboard.session.commit()

    app = view(draw)

    assert "On another account" in words(app)
    assert "Not watched; its stop is placed on the exchange. Binance test account XzyL." in words(app)
    assert not has_component(app, "positions-table")
    assert not any("close" in (button.key or "") for button in app.button)
