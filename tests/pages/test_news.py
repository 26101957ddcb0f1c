"""What has closed by itself is said once, several together."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from streamlit.testing.v1 import AppTest

from app_pages.ui.news import closed_messages
from domain.bot_status import Alert
from domain.terms import CloseReason, Severity, Side
from services.history.views import ClosedPosition
from tests.domain.trades import NOON, trade
from tests.pages.conftest import Dashboard
from tests.pages.viewing import seen_again, view
from tests.services.building import NOW, bot_health

CLOSED = ClosedPosition(
    id=1,
    plan_id=1,
    symbol="BTCUSDT",
    side=Side.LONG,
    leverage=20,
    sequence=1,
    reason=CloseReason.TP,
    quantity=Decimal("0.03"),
    entry_price=Decimal(84000),
    exit_price=Decimal(84500),
    gross_usdt=Decimal(15),
    fees_usdt=Decimal("2.09"),
    funding_usdt=Decimal(0),
    net_usdt=Decimal("12.91"),
    result_final=False,
    opened_at=NOON - timedelta(hours=1),
    closed_at=NOON,
    terms=trade(),
)


def draw() -> None:
    from app_pages.ui.news import follow_news  # noqa: PLC0415  a page's text is run on its own

    follow_news()


def news_of(app: AppTest) -> tuple[int, str]:
    """Return how many messages there were for the browser's own notifications, and the newest."""
    return app.session_state["news_newest"] if "news_newest" in app.session_state else (0, "")  # noqa: SIM401  it has no get


def test_one_trade_says_why_with_what_result_and_leads_to_its_statement() -> None:
    assert closed_messages([CLOSED]) == [("BTC/USDT: Closed by take-profit, +12.91 USDT after fees.", 1)]


def test_several_share_one_message_with_their_sum_each_with_its_statement() -> None:
    lost = replace(CLOSED, id=2, symbol="ETHUSDT", reason=CloseReason.SL, net_usdt=Decimal(-5))

    assert closed_messages([CLOSED, lost]) == [
        ("2 trades have closed, +7.91 USDT together.", None),
        ("BTC/USDT: Closed by take-profit, +12.91 USDT after fees.", 1),
        ("ETH/USDT: Closed by stop-loss, −5.00 USDT after fees.", 2),
    ]


def test_what_goes_wrong_while_a_page_is_open_is_news_once(dashboard: Dashboard) -> None:
    app = view(draw)
    assert news_of(app) == (0, "")

    alert = Alert("stop:1", Severity.DANGER, "BTCUSDT has no stop", "The bot closes it.", NOW)
    dashboard.feed.snapshot = bot_health(dashboard.account.id, alerts=(alert,))
    for _ in range(2):
        dashboard.clock.pass_seconds(5)
        seen_again(app)

    assert news_of(app) == (1, "BTC/USDT has no stop The bot closes it.")
