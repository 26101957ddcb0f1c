"""A ring is never lost, even one that comes while a check is under way."""

import pytest

import monitor
from tests.system.faults.causing import cause
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow


def test_what_is_asked_during_a_check_is_done_after_it(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "IDLE_SECONDS", 3600.0)  # nothing but a ring wakes it up
    cause(bot, "delay", "GET /fapi/v3/positionRisk", seconds=1.5)
    known = len(bot.exchange.requests())

    def is_checking() -> bool:
        bot.monitor.ring()
        return "/fapi/v3/positionRisk" in {row["path"] for row in bot.exchange.requests()[known:]}

    bot.eventually(is_checking, "a check under way")
    bot.services.instructions.open_trade("during-a-check", terms())

    run = bot.eventually(bot.positions, "the run")[0]
    assert bot.settled(run.id).quantity > 0
    monkeypatch.undo()
    bot.monitor.ring()
