"""The Positions page: one row a position, and the panel of the one that was chosen."""

from dataclasses import replace
from time import monotonic

import pytest

from app_pages.positions.panel import chart_lines
from app_pages.ui.address import LATE_SECONDS
from app_pages.ui.figures import tone_of
from app_pages.ui.position_values import bar_fractions, panel_facts, row_values
from domain.terms import Phase, Side
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import draw, open_btc, the_view
from tests.pages.viewing import (
    component,
    has_component,
    seen_again,
    trigger,
    view,
    words,
)
from tests.services.building import NOW, D, add_fill, add_plan, add_position


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

    assert row_values(position, NOW)["price"] == [shown, f"entry {shown}"]


def test_open_position_is_one_row_with_its_bar(dashboard: Dashboard) -> None:
    open_btc(dashboard, mark="100250")

    app = view(draw)

    rows = component(app, "positions-table")["rows"]
    assert [(row["base"], row["side"]) for row in rows] == [("BTC", "LONG 20×")]
    assert rows[0]["at"] == 0.5  # 450 of the 900 from stop 99 800 to target 100 700
    assert rows[0]["entry"] == pytest.approx(200 / 900, abs=1e-4)
    assert rows[0]["price"] == ["100\u202f250.0", "entry 100\u202f000.0"]
    assert rows[0]["age"] == ""
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
    assert row["age"] == "42\u202fs"


def test_chosen_position_opens_the_panel_with_five_facts(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)

    app = view(draw, address={"position": str(position.id)})

    panel = component(app, "position-panel")
    assert [fact["label"] for fact in panel["facts"]] == ["Target", "Stop", "Entry", "Liquidation", "Size"]
    assert [line["name"] for line in panel["chart"]["lines"]] == ["entry", "stop", "target"]
    assert component(app, "positions-table")["selected"] == position.id


def test_panel_goes_when_its_position_is_gone(dashboard: Dashboard) -> None:
    app = view(draw, address={"position": "99"})

    assert not has_component(app, "position-panel")


def test_chart_says_so_when_the_exchange_sends_no_candles(dashboard: Dashboard) -> None:
    position = open_btc(dashboard)

    panel = component(view(draw, address={"position": str(position.id)}), "position-panel")

    assert panel["chart"]["candles"] == []
    assert "tries again" in panel["chart"]["note"]


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


def test_a_closed_panel_stays_closed_though_the_browser_asks_with_its_address_once_more(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = str(open_btc(dashboard).id)
    app = view(draw, address={"position": chosen})
    assert has_component(app, "position-panel")

    trigger(app, "position_panel", "closed", True)
    app.query_params["position"] = chosen  # sent before the browser heard of it
    assert not has_component(seen_again(app), "position-panel")
    app.query_params.clear()
    assert not has_component(seen_again(app), "position-panel")

    app.query_params["position"] = chosen  # the viewer goes back
    monkeypatch.setattr("app_pages.ui.address.monotonic", lambda: monotonic() + LATE_SECONDS)
    assert has_component(seen_again(app), "position-panel")
