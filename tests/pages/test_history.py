"""History: empty, filled, filtered; a chosen trade opens its statement."""

import json
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from app_pages.history.charts import bars_spec, curve, days_spec, every_day, result_spec
from app_pages.history.figures import sorted_shares
from app_pages.history.filters import days_between
from app_pages.history.sum import exact_words
from app_pages.ui.table import Column, Order
from app_pages.ui.theme import LIGHT
from domain.terms import CloseReason, Side
from services.history.views import EquityCurve, HistoryFilter
from storage.tables import PlanRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, has_component, press, said, seen_again, view, words
from tests.services.building import NOW, D, add_closed, add_fill, add_plan


def draw() -> None:
    from app_pages.history.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def plan(dashboard: Dashboard) -> PlanRow:
    return add_plan(dashboard.session, dashboard.account)


def add_results(dashboard: Dashboard, plan: PlanRow, *nets: str | None) -> None:
    for place, net in enumerate(nets):
        add_closed(dashboard.session, plan, net, NOW - timedelta(days=len(nets) - 1 - place), place + 1)
    dashboard.session.commit()


def equity_curve_of(dashboard: Dashboard) -> EquityCurve:
    return dashboard.services.history.equity_curve(HistoryFilter())


def table(app: object, name: str = "history_table") -> list[list[str]]:
    """Return the lines of a table as they read, notes behind a bar."""
    (drawn,) = (
        json.loads(one.proto.json)
        for one in app.get("bidi_component")  # type: ignore[attr-defined]
        if one.proto.component_name == "bot.table" and name in one.proto.id
    )
    return [[f"{text}|{note}" if note else text for text, note, _ in line["cells"]] for line in drawn["lines"]]


def figures(app: object) -> dict[str, tuple[str, str]]:
    drawn = component(app, "figures")["figures"]  # type: ignore[arg-type]
    return {figure["label"]: (figure["value"], figure["tone"]) for figure in drawn}


@pytest.mark.parametrize("name", ["app_pages.history.page", "app_pages.settings.page", "app_pages.activity"])
def test_a_silent_database_is_said_on_the_page(dashboard: Dashboard, engine: Engine, name: str) -> None:
    def draw_any() -> None:
        from importlib import import_module  # noqa: PLC0415  a page's text is run on its own

        import streamlit as st  # noqa: PLC0415

        import_module(st.session_state["name"]).page()

    with engine.begin() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("LOCK TABLE positions, journal, settings IN ACCESS EXCLUSIVE MODE"))
        app = view(draw_any, name=name)

    assert "This cannot be shown right now" in words(app)


def test_nothing_closed_says_what_will_stand_here(dashboard: Dashboard) -> None:
    app = view(draw)

    assert "Nothing has closed yet" in words(app)
    assert not has_component(app, "figures")


def test_six_figures_have_signs_and_only_the_result_has_a_colour(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10", "-10", "20")

    shown = figures(view(draw))

    assert shown == {
        "Result after fees": ("+15.00", "up"),
        "Won": ("50\u202f%", "plain"),
        "Profit factor": ("1.75", "plain"),
        "Average trade": ("+3.75", "plain"),
        "Longest losing streak": ("2", "plain"),
        "Max drawdown": ("−20.00", "plain"),
    }


def test_nothing_lost_yet_has_no_ratio(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15")

    assert figures(view(draw))["Profit factor"] == ("–", "plain")


def test_the_range_counts_days_with_today(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, *["1"] * 40)
    app = view(draw)

    results = {}
    for days in ("7 days", "30 days", "All"):
        app.segmented_control(key="history_range").set_value(days)
        results[days] = figures(seen_again(app))["Result after fees"][0]

    assert results == {"7 days": "+7.00", "30 days": "+30.00", "All": "+40.00"}


def test_filters_narrow_the_page_and_can_leave_nothing(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")
    app = view(draw)

    app.selectbox(key="history_reason").set_value(CloseReason.SL)
    losses = figures(seen_again(app))["Result after fees"]
    app.selectbox(key="history_reason").set_value(CloseReason.LIQUIDATION)
    nothing = words(seen_again(app))

    assert losses == ("−10.00", "down")
    assert "Nothing closed in this selection" in nothing


def test_lines_say_all_of_a_trade_with_signs(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "-6.04")

    assert table(view(draw)) == [
        ["22 Nov, 12:00", "BTC/USDT LONG", "−6.04", "Stop-loss", "−5.04", "−1.00", "0.00", "1\u202fh", "1"]
    ]


def test_a_trade_of_another_year_says_so(dashboard: Dashboard, plan: PlanRow) -> None:
    add_closed(dashboard.session, plan, "1", NOW - timedelta(days=365), 1)
    dashboard.session.commit()
    app = view(draw)

    app.segmented_control(key="history_range").set_value("All")

    assert table(seen_again(app))[0][0] == "22 Nov 2025, 12:00"


def test_an_unknown_result_is_in_the_table_and_the_page_says_it_is_not_counted(
    dashboard: Dashboard, plan: PlanRow
) -> None:
    add_results(dashboard, plan, None, "5")

    app = view(draw)

    assert [line[2] for line in table(app)] == ["+5.00", "not known"]
    assert figures(app)["Result after fees"][0] == "+5.00"
    assert "1 trade without a known result is in the table but not in these figures." in words(app)


def test_only_unknown_results_show_a_table_without_charts(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, None)

    app = view(draw)

    assert [line[2:5] for line in table(app)] == [["not known", "Closed without record", "–"]]
    assert "Result over time" not in words(app)


def test_a_result_that_is_not_final_says_so(dashboard: Dashboard, plan: PlanRow) -> None:
    add_closed(dashboard.session, plan, "5", NOW, 1, result_final=False)
    dashboard.session.commit()

    app = view(draw)

    assert table(app)[0][2] == "+5.00|may still change"
    assert "1 result may still change by a fee or a funding payment" in words(app)


def test_pages_are_turned_and_begin_anew_with_another_choice(dashboard: Dashboard, plan: PlanRow) -> None:
    for sequence in range(1, 122):
        add_closed(dashboard.session, plan, "1", NOW - timedelta(minutes=sequence), sequence)
    dashboard.session.commit()
    app = view(draw)
    first = table(app)

    press(app, "history_next")
    press(app, "history_next")
    last = table(app)
    ended = (app.button(key="history_next").disabled, "101 to 121 of 121" in words(app))
    app.selectbox(key="history_side").set_value(Side.LONG)

    assert (len(first), first[0][-1], len(last), last[-1][-1]) == (50, "1", 21, "121")
    assert ended == (True, True)
    assert table(seen_again(app)) == first


def test_trades_that_fit_on_a_page_have_no_pages(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "1")

    assert "history_next" not in {button.key for button in view(draw).button}


def test_the_viewers_order_is_kept(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "1", "-5", "3")

    app = view(draw, address={"order": "result-up"})

    assert [line[2] for line in table(app)] == ["−5.00", "+1.00", "+3.00"]


def test_a_heading_sorts_figures_from_the_largest_and_turns_when_pressed_again() -> None:
    net, pair = Column("result", "Result", number=True), Column("pair", "Pair")

    once = Order("closed", descending=True).pressed(net)

    assert once == Order("result", descending=True)
    assert once.pressed(net) == Order("result", descending=False)
    assert once.pressed(pair) == Order("pair", descending=False)


def test_a_chosen_trade_opens_its_statement_once(dashboard: Dashboard, plan: PlanRow) -> None:
    trade = add_closed(dashboard.session, plan, "-6.04", NOW, 3, result_final=False)
    add_fill(dashboard.session, trade, 1)
    dashboard.session.commit()

    app = view(draw, address={"statement": str(trade.id)})
    statement = words(app)
    closed_again = words(seen_again(app))

    assert "Closed by stop-loss, −6.04 USDT after fees." in statement
    assert "150.00 USDT at 20×" in statement
    assert ">Of the margin</dt><dd>−4.0\u202f%</dd>" in statement
    assert "Closed by stop-loss" not in closed_again


def test_a_trade_of_another_account_opens_nothing(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "1")

    app = view(draw, address={"statement": "999"})

    assert "not on the account" in said(app)[0]


def test_result_over_time_ends_at_the_total(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")
    points = equity_curve_of(dashboard).points

    line = curve(points, [point.result for point in points], str)

    assert (line[0][1], line[-1][1], line[-1][3]) == (0.0, 5.0, "+5.00")
    assert result_spec(line, LIGHT)["series"][0]["data"] == line


def test_days_stand_by_week_and_weekday_with_words_and_signs(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "-8", *["0"] * 6, "2")  # Sunday 15 and Sunday 22 November 2026

    spec = days_spec(equity_curve_of(dashboard).days, LIGHT)

    squares = {tuple(square[:2]): square[2:] for square in spec["series"][0]["data"]}
    assert squares[11, 6] == [-1.0, "Sunday, 15 Nov", "−8.00", "1 trade"]
    assert squares[12, 6] == [0.5, "Sunday, 22 Nov", "+2.00", "1 trade"]
    assert squares[0, 0] == [0.0, "Monday, 24 Aug", "0.00", "no trade"]
    assert len(spec["xAxis"]["data"]) == 13
    assert len(set(spec["yAxis"]["data"])) == 7


def test_years_of_days_show_the_last_half_year(dashboard: Dashboard, plan: PlanRow) -> None:
    add_closed(dashboard.session, plan, "1", NOW - timedelta(days=700), 1)
    add_closed(dashboard.session, plan, "1", NOW, 2)
    dashboard.session.commit()

    spec = days_spec(equity_curve_of(dashboard).days, LIGHT)

    assert len(spec["xAxis"]["data"]) == 26
    assert [square[5] for square in spec["series"][0]["data"]].count("1 trade") == 1


def test_days_without_a_trade_keep_their_place_among_the_bars(dashboard: Dashboard, plan: PlanRow) -> None:
    add_closed(dashboard.session, plan, "1", NOW - timedelta(days=3), 1)
    add_closed(dashboard.session, plan, "2", NOW, 2)
    dashboard.session.commit()

    days = every_day(equity_curve_of(dashboard).days, date(2026, 11, 19))

    assert [(one.day.day, one.net) for one in days] == [(19, D(1)), (20, D(0)), (21, D(0)), (22, D(2))]


def test_one_direction_alone(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15")
    add_results(dashboard, add_plan(dashboard.session, dashboard.account, symbol="ETHUSDT", side=Side.SHORT), "-4")
    app = view(draw)

    app.selectbox(key="history_side").set_value(Side.SHORT)

    assert figures(seen_again(app))["Result after fees"] == ("−4.00", "down")


def test_dates_count_whole_local_days() -> None:
    since, until = days_between(date(2026, 10, 24), date(2026, 10, 25), ZoneInfo("Europe/Berlin"))

    assert until - since == timedelta(days=2)  # on the wall; the second night is 25 hours long
    assert (since.hour, until.day) == (0, 26)


def test_chosen_dates_narrow_the_page(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, *["1"] * 10)
    app = view(draw)
    app.segmented_control(key="history_range").set_value("Dates")
    seen_again(app)

    app.date_input(key="history_dates").set_value((date(2026, 11, 15), date(2026, 11, 17)))

    assert figures(seen_again(app))["Result after fees"][0] == "+3.00"


@pytest.mark.parametrize("chart", ["Drawdown", "By day"])
def test_other_charts_are_drawn_when_chosen(dashboard: Dashboard, plan: PlanRow, chart: str) -> None:
    add_results(dashboard, plan, "15", "-10")
    app = view(draw)

    app.segmented_control(key="history_chart").set_value(chart)

    assert {"Drawdown": "Below the best moment", "By day": "Result of each day"}[chart] in words(seen_again(app))


def test_bars_are_coloured_by_their_sign(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")

    bars = bars_spec(equity_curve_of(dashboard).days, LIGHT)["series"][0]["data"]

    assert [bar["itemStyle"]["color"] for bar in bars] == [LIGHT.up, LIGHT.down]
    assert bars[1]["value"][1:4] == [-10.0, "Sunday, 22 Nov", "−10.00"]


def test_results_are_split_by_pair_and_by_direction(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")
    app = view(draw)
    by_pair = table(app, "history_shares_pair")

    app.segmented_control(key="history_split").set_value("By direction")
    by_side = table(seen_again(app), "history_shares_direction")

    assert by_pair == [["BTC/USDT", "2", "+5.00", "50\u202f%", "+2.50", "1.50", "−2.00", "1\u202fh"]]
    assert [line[0] for line in by_side] == ["Long"]


def test_best_and_worst_pairs_are_in_sight_and_the_others_a_press_away(dashboard: Dashboard) -> None:
    for number in range(25):
        plan = add_plan(dashboard.session, dashboard.account, symbol=f"C{number:02}USDT")
        add_closed(dashboard.session, plan, str(number), NOW - timedelta(hours=1), 1)
    dashboard.session.commit()

    app = view(draw)
    at_first = [line[0] for line in table(app, "history_shares_pair")]
    all_of_them = [line[0] for line in table(press(app, "history_split_all"), "history_shares_pair")]

    assert (at_first[0], at_first[-1], len(at_first)) == ("C24/USDT", "C00/USDT", 20)
    assert len(all_of_them) == 25


def test_shares_are_sorted_and_what_is_unknown_comes_last(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")
    add_results(dashboard, add_plan(dashboard.session, dashboard.account, symbol="ETHUSDT", side=Side.SHORT), "4")
    pairs = dashboard.services.history.breakdown(HistoryFilter()).pairs

    def names(key: str, descending: bool) -> list[str]:
        return [share.name for share in sorted_shares(pairs, Order(key, descending))]

    assert names("result", descending=True) == ["BTCUSDT", "ETHUSDT"]
    assert names("won", descending=True) == ["ETHUSDT", "BTCUSDT"]
    assert names("ratio", descending=True) == names("ratio", descending=False) == ["BTCUSDT", "ETHUSDT"]


def test_a_statement_adds_up_on_the_screen(dashboard: Dashboard, plan: PlanRow) -> None:
    trade = add_closed(
        dashboard.session,
        plan,
        "-6.04123456",
        NOW,
        1,
        gross_usdt=D("-4.84123456"),
        fees_usdt=D("1.2"),
        entry_price=D("0.00001234"),
        exit_price=D("123456.7"),
    )
    add_fill(dashboard.session, trade, 1)
    add_fill(dashboard.session, trade, 2, opening=False, commission=D(0), realized_pnl=D("-4.84123456"))
    dashboard.session.commit()

    statement = words(view(draw, address={"statement": str(trade.id)}))

    assert "−4.84123456 USDT" in statement
    assert "−1.20 USDT" in statement
    assert "−6.04123456 USDT" in statement
    assert "adds up to the last digit" in statement
    assert "0.00001234" in statement
    assert "123\u202f456.7" in statement


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("5", "+5.00"), ("-0.00001234", "−0.00001234"), ("123456.7", "+123\u202f456.70"), ("0", "0.00")],
)
def test_exact_words_keep_every_digit(amount: str, shown: str) -> None:
    assert exact_words(D(amount)) == shown


def test_the_statement_of_an_unknown_result_says_so_and_sums_nothing(dashboard: Dashboard, plan: PlanRow) -> None:
    trade = add_closed(dashboard.session, plan, None, NOW, 1)
    dashboard.session.commit()

    statement = words(view(draw, address={"statement": str(trade.id)}))

    assert "result unknown" in statement
    assert "not known</td>" in statement
    assert "adds up" not in statement
