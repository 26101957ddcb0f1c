"""A wake-up is never lost, even one that comes while a check is under way."""

from datetime import timedelta

import pytest

import monitor
from engine.state import schedule
from engine.state.routines import Routine
from tests.system.faults.causing import cause
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow


def test_what_is_asked_during_a_check_is_done_after_it(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "IDLE_SECONDS", 3600.0)  # nothing but being woken wakes it up
    bot.monitor.scheduler.pause()
    cause(bot, "delay", "GET /fapi/v3/positionRisk", seconds=1.5)
    known = len(bot.exchange.requests())

    def is_checking() -> bool:
        bot.monitor.wake()
        return "/fapi/v3/positionRisk" in {row["path"] for row in bot.exchange.requests()[known:]}

    bot.eventually(is_checking, "a check under way")
    bot.services.instructions.open_trade("during-a-check", terms())

    position = bot.eventually(bot.positions, "the position")[0]
    assert bot.settled(position.id).quantity > 0
    monkeypatch.undo()
    bot.monitor.wake()


def test_the_check_of_positions_is_made_by_its_job(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(schedule, "FULL_CHECK_AT_LATEST", timedelta(hours=1))  # not the engine's own wait
    bot.monitor.scheduler.get_job(Routine.SAMPLE_EQUITY.value).pause()
    checked = bot.monitor.health().last_check_at

    def later() -> bool:
        at = bot.monitor.health().last_check_at
        return at is not None and checked is not None and at > checked + timedelta(seconds=8)

    bot.eventually(later, "two checks that nothing but the job made due")
    monkeypatch.undo()
