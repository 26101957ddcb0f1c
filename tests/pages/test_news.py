"""What has closed by itself is said once, several together."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app_pages.ui.news import closed_messages
from domain.terms import CloseReason, Side
from services.history.views import ClosedPosition
from tests.domain.trades import NOON, trade

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


def test_one_trade_says_why_with_what_result_and_leads_to_its_statement() -> None:
    assert closed_messages([CLOSED]) == [("BTC/USDT: Closed by take-profit, +12.91 USDT after fees.", 1)]


def test_several_share_one_message_with_their_sum_each_with_its_statement() -> None:
    lost = replace(CLOSED, id=2, symbol="ETHUSDT", reason=CloseReason.SL, net_usdt=Decimal(-5))

    assert closed_messages([CLOSED, lost]) == [
        ("2 trades have closed, +7.91 USDT together.", None),
        ("BTC/USDT: Closed by take-profit, +12.91 USDT after fees.", 1),
        ("ETH/USDT: Closed by stop-loss, −5.00 USDT after fees.", 2),
    ]
