"""A test environment that is reset begins a new chapter: said once, with new baselines and the old history kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.terms import CloseReason, Phase
from engine.state.routines import Routine
from storage.account_epochs import load_epoch_began_at
from storage.income_tables import IncomeRow
from storage.risk_tables import RiskLimitsRow
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import journal
from tests.system.flow.bot import Bot, running_bot, terms

D = Decimal
LEFT = {"symbol": "ETHUSDT", "positionSide": "LONG", "positionAmt": "0.100", "entryPrice": "2800.00"}


def account_id(bot: Bot) -> int:
    number = bot.monitor.health().account_id
    assert number is not None
    return number


def newest_income(bot: Bot) -> int | None:
    with bot.sessions() as session:
        return session.scalar(select(func.max(IncomeRow.id)))


def test_a_reseeded_account_begins_a_new_chapter(
    database_url: str, exchange: PracticeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("domain.epochs.CONFIRMED_AFTER", "engine.execution.account_epochs.CONFIRMED_AFTER"):
        monkeypatch.setattr(name, timedelta(seconds=2))
    monkeypatch.setattr("engine.state.retry_state.MISSING_AFTER", timedelta(seconds=2))
    with running_bot(database_url, exchange) as bot:
        before = bot.open(terms())
        bot.price("BTCUSDT", before.target_price)
        bot.closed(before.id)
        # Only a row that was read can be found to be gone.
        bot.eventually(lambda: newest_income(bot), "the income of the first trade")
        gone = [bot.open(terms()), bot.open(terms(symbol="SOLUSDT"))]
        exchange.control("reseed", {"account": "practice", "positions": [LEFT]})
        bot.make_due(Routine.VERIFY_ACCOUNT)

        (said,) = bot.eventually(lambda: journal(bot, "environment_reset"), "the new chapter", within=30)
        bot.eventually(
            lambda: all(bot.position(trade.id).phase_note for trade in gone), "that the trades are missed", within=30
        )
        told = [bot.ask("write_off", trade.id) for trade in gone]

        assert "The test exchange was reset" in said
        assert "ETHUSDT LONG" in said
        assert all("written off" in words for words in told), told
        assert [bot.position(trade.id).close_reason for trade in gone] == [CloseReason.LOST, CloseReason.LOST]
        assert bot.position(before.id).phase is Phase.CLOSED
        with bot.sessions() as session:
            began_at = load_epoch_began_at(session, account_id(bot))
            limits = session.get_one(RiskLimitsRow, account_id(bot))
        assert began_at is not None
        assert limits.baseline_at == began_at
        assert limits.peak_usdt < D("10005")
        assert len(journal(bot, "environment_reset")) == 1


def test_history_that_is_still_there_begins_no_chapter(bot: Bot) -> None:
    opened = bot.open(terms())
    bot.price("BTCUSDT", opened.target_price)
    bot.closed(opened.id)

    bot.make_due(Routine.VERIFY_ACCOUNT)
    bot.eventually(
        lambda: [row for row in bot.exchange.requests() if row["path"] == "/fapi/v1/income"], "income was asked for"
    )
    bot.check_now()

    assert journal(bot, "environment_reset") == []
