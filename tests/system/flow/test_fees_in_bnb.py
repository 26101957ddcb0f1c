"""Fees in BNB: kept in BNB, counted at what they were worth, and never called paid when their worth is not known."""

from decimal import Decimal
from typing import Any

import pytest
import requests
from sqlalchemy import select

from benchmarks.month_in_bnb import MonthInBnb
from domain.terms import CloseReason
from engine.state.backoff import INCOME_AFTER_CLOSE
from storage.tables import FillRow
from tests.system.faults.causing import journal
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow

D = Decimal
PRICES = "GET /fapi/v1/klines"


@pytest.fixture
def bot(bot: Bot) -> Bot:
    """Give a bot whose account pays its fees in BNB."""
    bot.exchange.control("account", {"account": "practice", "feeBurn": True, "bnbBalance": "5"})
    return bot


def bnb_price(bot: Bot) -> Decimal:
    asked = {"symbol": "BNBUSDT", "interval": "1m", "limit": "1"}
    return D(requests.get(f"{bot.exchange.url}/fapi/v1/klines", params=asked, timeout=10).json()[-1][4])


def paid(bot: Bot) -> Decimal:
    """Return what the exchange took in BNB by its own truth."""
    trades: list[dict[str, Any]] = bot.exchange.ledger()["trades"]
    assert {row["commissionAsset"] for row in trades} == {"BNB"}
    return sum((D(row["commission"]) for row in trades), D(0))


def fills(bot: Bot) -> list[FillRow]:
    with bot.sessions() as session:
        return list(session.scalars(select(FillRow).order_by(FillRow.id)))


def test_the_result_counts_fees_in_bnb_at_what_they_were_worth(bot: Bot) -> None:
    opened = bot.open(terms(tp="10"))
    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id)

    worth = paid(bot) * bnb_price(bot)
    assert closed.reason is CloseReason.TP
    assert closed.fees == worth
    assert closed.net == closed.gross - worth
    assert 10 <= closed.net < D("10.1")  # the closing fee was reckoned in USDT, a tenth more
    assert sum((row.commission for row in fills(bot)), D(0)) == paid(bot)
    assert {row.commission_asset for row in fills(bot)} == {"BNB"}


def test_a_result_is_unknown_until_the_fee_s_worth_is_and_then_exact(bot: Bot) -> None:
    bot.exchange.control("faults", {"match": PRICES, "kind": "html_502", "times": 1000})
    opened = bot.open(terms(tp="10"))
    bot.price("BTCUSDT", opened.target_price)

    bot.eventually(lambda: journal(bot, "closed"), "closed")
    assert "after fees" not in journal(bot, "closed")[0]
    assert bot.position(opened.id).net_usdt is None

    bot.exchange.control("faults", method="DELETE")
    bot.wait_on_the_exchange(INCOME_AFTER_CLOSE * 200)
    bot.eventually(lambda: bot.position(opened.id).net_usdt is not None, "the result")
    result = bot.position(opened.id)
    assert result.fees_usdt == sum((row.fee_usdt for row in fills(bot) if row.fee_usdt is not None), D(0))
    assert result.gross_usdt is not None
    assert result.net_usdt == result.gross_usdt - result.fees_usdt


def test_bnb_that_runs_out_mixes_the_assets_of_one_trade_s_fees(bot: Bot) -> None:
    opened = bot.open(terms(tp="10"))
    bot.exchange.control("account", {"account": "practice", "bnbBalance": "0"})
    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id)

    assets = [row.commission_asset for row in fills(bot)]
    assert assets == ["BNB", "USDT"]
    assert closed.fees == sum((row.fee_usdt for row in fills(bot) if row.fee_usdt is not None), D(0))
    assert closed.net == closed.gross - closed.fees


def test_a_month_of_fees_in_bnb_ties_out_in_each_asset(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    month = MonthInBnb(bot)

    month.play(8)

    exact = month.report()
    told = capsys.readouterr().out
    assert exact, told
    assert "8 trades, 16 fills, all fees in BNB" in told
    assert len(set(month.worth.values())) == 8
    assert any(row["incomeType"] == "FUNDING_FEE" for row in bot.exchange.ledger()["income"])
