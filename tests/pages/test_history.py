"""History: empty, filled, filtered; a chosen trade opens its statement."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from app_pages.history_charts import bars_spec, days_spec, result_spec
from app_pages.history_filters import days_between
from app_pages.history_sum import exact_words
from app_pages.history_table import history_frame, history_style
from app_pages.ui.theme import LIGHT
from database_tables import PlanRow
from domain.terms import CloseReason, Side
from services import UTC_ZONE
from services_views import HistoryFilter, HistoryPage
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, has_component, press, seen_again, view, words
from tests.services.building import NOW, D, add_closed, add_fill, add_plan


def draw() -> None:
    from app_pages.history import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def plan(dashboard: Dashboard) -> PlanRow:
    return add_plan(dashboard.session, dashboard.account)


def add_results(dashboard: Dashboard, plan: PlanRow, *nets: str | None) -> None:
    for place, net in enumerate(nets):
        add_closed(dashboard.session, plan, net, NOW - timedelta(days=len(nets) - 1 - place), place + 1)
    dashboard.session.commit()


def page_of(dashboard: Dashboard) -> HistoryPage:
    return dashboard.services.history(HistoryFilter(), 0, 100)


def figures(app: object) -> dict[str, tuple[str, str]]:
    drawn = component(app, "figures")["figures"]  # type: ignore[arg-type]
    return {figure["label"]: (figure["value"], figure["tone"]) for figure in drawn}


@pytest.mark.parametrize("name", ["history", "settings", "activity"])
def test_a_silent_database_is_said_on_the_page(dashboard: Dashboard, engine: Engine, name: str) -> None:
    def draw_any() -> None:
        from importlib import import_module  # noqa: PLC0415  a page's text is run on its own

        import streamlit as st  # noqa: PLC0415

        import_module(f"app_pages.{st.session_state['name']}").page()

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
        "Won": ("50\u2009%", "plain"),
        "Won per 1 lost": ("1.75", "plain"),
        "Average trade": ("+3.75", "plain"),
        "Longest losing run": ("2", "plain"),
        "Deepest fall": ("−20.00", "plain"),
    }


def test_nothing_lost_yet_has_no_ratio(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15")

    assert figures(view(draw))["Won per 1 lost"] == ("–", "plain")


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


def test_the_table_holds_numbers_and_shows_signs(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, None, "-6.04")

    frame = history_frame(page_of(dashboard).rows, UTC_ZONE)
    shown = history_style(frame).to_html()

    assert frame["Result"].tolist()[0] == pytest.approx(-6.04)
    assert frame["Why"].tolist() == ["Stop-loss", "Written off"]
    assert "−6.04" in shown
    assert "−1.00" in shown  # the fees
    assert "1 h" in shown
    assert ">–<" in shown


def test_more_rows_come_when_asked_for(dashboard: Dashboard, plan: PlanRow) -> None:
    for sequence in range(1, 252):
        add_closed(dashboard.session, plan, "1", NOW - timedelta(minutes=sequence), sequence)
    dashboard.session.commit()
    app = view(draw)
    first = len(app.dataframe[-1].value)

    press(app, "history_more")

    assert (first, len(app.dataframe[-1].value)) == (200, 251)
    assert "history_more" not in {button.key for button in app.button}


def test_a_chosen_trade_opens_its_statement_once(dashboard: Dashboard, plan: PlanRow) -> None:
    run = add_closed(dashboard.session, plan, "-6.04", NOW, 3, result_final=False)
    add_fill(dashboard.session, run, 1)
    dashboard.session.commit()

    app = view(draw, history_chosen=run.id)
    statement = words(app)
    closed_again = words(seen_again(app))

    assert "Closed by stop-loss, −6.04 USDT after fees." in statement
    assert "150.00 USDT at 20×" in statement
    assert "<dt>Of the stake</dt><dd>−4.0\u2009%</dd>" in statement
    assert "Closed by stop-loss" not in closed_again


def test_a_trade_of_another_account_opens_nothing(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "1")

    app = view(draw, history_chosen=999)

    assert "not on the account" in app.toast[0].value


def test_result_over_time_ends_at_the_total(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")
    points = [[at.timestamp() * 1000, float(result)] for at, result in page_of(dashboard).equity]

    series = result_spec(points, LIGHT)["series"][0]

    assert series["data"][-1][1] == 5.0


def test_days_stand_by_week_and_weekday_with_words_and_signs(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "-8", *["0"] * 6, "2")  # Sunday 15 and Sunday 22 November 2026

    spec = days_spec(page_of(dashboard).days, LIGHT)

    first, last = spec["series"][0]["data"][0], spec["series"][0]["data"][-1]
    assert first[:3] == [0, 6, -1.0]
    assert last[:3] == [1, 6, 0.5]
    assert (first[3:], last[3:]) == (["Sunday, 15 Nov", "−8.00", "1 trade"], ["Sunday, 22 Nov", "+2.00", "1 trade"])
    assert len(spec["xAxis"]["data"]) == 2
    assert len(set(spec["yAxis"]["data"])) == 7


def test_years_of_days_show_the_last_half_year(dashboard: Dashboard, plan: PlanRow) -> None:
    add_closed(dashboard.session, plan, "1", NOW - timedelta(days=700), 1)
    add_closed(dashboard.session, plan, "1", NOW, 2)
    dashboard.session.commit()

    spec = days_spec(page_of(dashboard).days, LIGHT)

    assert len(spec["xAxis"]["data"]) == 26
    assert len(spec["series"][0]["data"]) == 1


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


@pytest.mark.parametrize("chart", ["Fall", "By day"])
def test_other_charts_are_drawn_when_chosen(dashboard: Dashboard, plan: PlanRow, chart: str) -> None:
    add_results(dashboard, plan, "15", "-10")
    app = view(draw)

    app.segmented_control(key="history_chart").set_value(chart)

    assert {"Fall": "Below the best moment", "By day": "Result of each day"}[chart] in words(seen_again(app))


def test_bars_are_coloured_by_their_sign(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")

    bars = bars_spec(page_of(dashboard).days, LIGHT)["series"][0]["data"]

    assert [bar["itemStyle"]["color"] for bar in bars] == [LIGHT.up, LIGHT.down]
    assert bars[1]["value"][1:4] == [-10.0, "Sunday, 22 Nov", "−10.00"]


def test_results_are_split_by_pair_and_by_direction(dashboard: Dashboard, plan: PlanRow) -> None:
    add_results(dashboard, plan, "15", "-10")
    app = view(draw)
    by_pair = app.dataframe[0].value

    app.segmented_control(key="history_split").set_value("By direction")
    by_side = seen_again(app).dataframe[0].value

    assert (by_pair["Pair"].tolist(), by_pair["Result"].tolist()) == (["BTC/USDT"], [5.0])
    assert by_side["Direction"].tolist() == ["Long"]


def test_a_statement_adds_up_on_the_screen(dashboard: Dashboard, plan: PlanRow) -> None:
    run = add_closed(
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
    add_fill(dashboard.session, run, 1)
    add_fill(dashboard.session, run, 2, opening=False, commission=D(0), realized_pnl=D("-4.84123456"))
    dashboard.session.commit()

    statement = words(view(draw, history_chosen=run.id))

    assert "−4.84123456 USDT" in statement
    assert "−1.20 USDT" in statement
    assert "−6.04123456 USDT" in statement
    assert "adds up to the last digit" in statement
    assert "0.00001234" in statement
    assert "123\u2009456.7" in statement


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("5", "+5.00"), ("-0.00001234", "−0.00001234"), ("123456.7", "+123\u2009456.70"), ("0", "0.00")],
)
def test_exact_words_keep_every_digit(amount: str, shown: str) -> None:
    assert exact_words(D(amount)) == shown
