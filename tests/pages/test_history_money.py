"""History's sections about money: whether it adds up, and what stops really cost."""

import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from domain.terms import Purpose
from storage.income_tables import IncomeRow
from storage.tables import PositionRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import seen_again, view, words
from tests.services.building import NOW, D, add_closed, add_equity, add_fill, add_order, add_plan


def draw() -> None:
    from app_pages.history.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def trade(dashboard: Dashboard) -> PositionRow:
    """Give a trade closed two hours ago by a stop at 100 000 that filled 20 lower; its fee of 1.2 is booked."""
    plan = add_plan(dashboard.session, dashboard.account)
    at = NOW - timedelta(hours=2)
    trade = add_closed(dashboard.session, plan, "-10.6", at, 1)
    order = add_order(dashboard.session, trade, Purpose.STOP, trigger_price=D("100000"), created_at=at)
    add_fill(dashboard.session, trade, 7, order_id=order.id, opening=False, price=D("99980"), traded_at=at)
    book(dashboard, "-1.2", 7)
    dashboard.session.commit()
    return trade


def book(dashboard: Dashboard, amount: str, trade_id: int) -> None:
    dashboard.session.add(
        IncomeRow(
            account_id=dashboard.account.id,
            income_type="COMMISSION",
            tran_id=trade_id,
            symbol="BTCUSDT",
            amount=D(amount),
            asset="USDT",
            trade_id=trade_id,
            occurred_at=NOW - timedelta(hours=2),
        )
    )


def days(app: AppTest) -> list[list[str]]:
    """Return the cells of the table of days, notes behind a bar."""
    (table,) = (one.proto.body for one in app.get("html") if "Days of the exchange" in one.proto.body)
    lines = table.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]
    return [
        ["|".join(re.findall(r"<span[^>]*>([^<]*)</span>", cell)) for cell in line.split("</td>")[:-1]]
        for line in lines
    ]


def test_sections_are_read_only_when_opened(dashboard: Dashboard, trade: PositionRow) -> None:
    app = view(draw)

    assert "Days of the exchange" not in words(app)
    assert "To lose at most" not in words(app)


def test_a_day_that_adds_up_says_so(dashboard: Dashboard, trade: PositionRow) -> None:
    add_equity(dashboard.session, dashboard.account, "100", NOW - timedelta(hours=3))
    add_equity(dashboard.session, dashboard.account, "98.8", NOW - timedelta(hours=1))
    dashboard.session.commit()

    app = view(draw, tie_out=True)

    today = days(app)[0]
    assert today[1:4] == ["−1.20", "0", "−1.20"]
    assert today[4].startswith("−1.20|")
    assert today[5] == "yes|to the last digit"
    assert "does not add up" not in words(app)


def test_what_does_not_add_up_is_named_with_its_age(dashboard: Dashboard, trade: PositionRow) -> None:
    add_fill(dashboard.session, trade, 8, commission=D("0.00000001"), traded_at=NOW - timedelta(hours=2))
    dashboard.session.commit()

    app = view(draw, tie_out=True)

    assert days(app)[0][5] == "differs|−0.00000001"
    assert "BTC/USDT, fill 8 of" in words(app)
    assert "Open for 2\u202fh" in words(app)


def test_a_days_rows_say_whose_they_are(dashboard: Dashboard, trade: PositionRow) -> None:
    app = view(draw, tie_out=True)

    app.selectbox(key="tie_out_day").set_value(NOW.date())
    shown = words(seen_again(app))

    assert "Rows of the income history" in shown
    assert f"trade {trade.id}" in shown
    app.selectbox(key="tie_out_day").set_value(NOW.date() - timedelta(days=1))
    assert "The exchange booked nothing on" in words(seen_again(app))


def test_stops_are_compared_with_what_was_asked(dashboard: Dashboard, trade: PositionRow) -> None:
    shown = words(view(draw, slippage=True))

    assert "10.00 USDT on average" in shown
    assert "10.60 USDT on average" in shown
    assert "1, the worst by 0.60 USDT" in shown
    assert "−0.60" in shown
