"""What the bot cannot process is shown, and does not stop the rest."""

import time
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from binance_client import BinanceTestnetClient
from domain.fault_log import PAUSES_SECONDS
from domain.terms import CloseReason, Side
from engine.cycle import Cycle
from engine.requests.account import ReadIncome
from engine.requests.catalogue import Task
from engine.requests.reports import Observation
from storage.bot_tables import SettingRow
from storage.risk_tables import RiskLimitsRow
from storage.tables import PlanRow, PositionRow
from tests.services.building import NOW
from tests.support.practice import PracticeExchange
from tests.system.flow.bot import WITHIN_SECONDS, Bot, D, running_bot, terms

pytestmark = pytest.mark.slow


def test_the_others_go_on(database_url: str, exchange: PracticeExchange) -> None:
    with running_bot(database_url, exchange) as bot:
        broken = bot.open(terms(side=Side.LONG))
        healthy = bot.open(terms(side=Side.SHORT))
        with bot.sessions.begin() as session:
            # A delay no version of the bot writes: working out when to open again fails on it.
            session.execute(update(PlanRow).where(PlanRow.id == broken.plan_id).values(reopen_delay_seconds=10**15))

        bot.price("BTCUSDT", min(healthy.target_price, broken.stop_price))

        assert bot.closed(healthy.id).reason is CloseReason.TP
        assert [alert.code for alert in bot.monitor.health().alerts] == ["internal"]


def test_a_request_that_ends_in_a_fault_is_shown_and_trading_goes_on(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(self: ReadIncome, client: BinanceTestnetClient) -> Observation:
        raise KeyError("a field nobody sends")

    monkeypatch.setattr(ReadIncome, "run", fault)
    opened = bot.open(terms())
    bot.price("BTCUSDT", opened.stop_price)

    assert bot.closed(opened.id).reason is CloseReason.SL
    bot.eventually(lambda: "internal" in {alert.code for alert in bot.monitor.health().alerts}, "the alert")


def test_no_damaged_row_of_settings_ends_protection(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    opened = bot.open(terms())
    with bot.sessions.begin() as session:
        account_id = session.scalars(select(PositionRow.account_id)).one()
        session.execute(update(SettingRow).where(SettingRow.name != "exchange").values(value={"damaged": True}))
        for name in ("opening_paused", "ignored", "income_read"):
            session.merge(SettingRow(name=f"{name}_{account_id}", value=["damaged"], changed_at=NOW))
        session.merge(SettingRow(name="preferences", value={"zone_changes": 5}, changed_at=NOW))
        values = {"limits": {"day_loss_usdt": "a lot"}, "changed_at": NOW, "baseline_at": NOW, "peak_usdt": D(0)}
        session.merge(RiskLimitsRow(account_id=account_id, **values))

    bot.check_now()
    bot.price("BTCUSDT", opened.stop_price)

    assert bot.closed(opened.id).reason is CloseReason.SL
    # A pool may still notice, late, that the database of a test before was taken from it.
    of_pools = "sqlalchemy.pool"
    assert [record for record in caplog.records if record.exc_info and not record.name.startswith(of_pools)] == []
    logged = [record.getMessage() for record in caplog.records if "setting cannot be read" in record.getMessage()]
    assert len(logged) == len(set(logged))
    with bot.sessions.begin() as session:
        session.execute(update(SettingRow).where(SettingRow.name.like("opening_paused_%")).values(value={"on": False}))
    assert "The limits that were saved cannot be read" in bot.ask("open_trade", terms())


def test_a_fault_in_every_cycle_waits_longer_and_longer_whatever_rings(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = bot.open(terms())
    tries: list[float] = []

    def fault(self: Cycle, *arguments: object) -> list[Task]:
        tries.append(time.monotonic())
        raise KeyError("a row that nobody foresaw")

    with monkeypatch.context() as broken:
        broken.setattr(Cycle, "run", fault)
        began = time.monotonic()
        while len(tries) < 7:
            bot.monitor.wake()
            time.sleep(0.002)
            assert time.monotonic() - began < WITHIN_SECONDS
        logged = [record for record in caplog.records if record.getMessage().startswith("cycle failed")]

    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert all(pause >= least for pause, least in zip(pauses, PAUSES_SECONDS, strict=False))
    assert len(logged) == 1
    bot.price("BTCUSDT", opened.stop_price)
    assert bot.closed(opened.id).reason is CloseReason.SL
