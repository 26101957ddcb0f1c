"""Keys that are taken away while a trade is open: said at once with what to do, and made up for once they work."""

import pytest

from domain.terms import CloseReason, Severity
from engine.state.routines import Routine
from tests.system.faults.causing import heal
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow


def test_a_close_with_revoked_keys_says_what_was_refused_and_is_done_once_they_work(bot: Bot) -> None:
    opened = bot.open(terms())
    bot.exchange.control("faults", {"match": "* /fapi/*", "kind": "refused", "code": -2015, "times": 10_000})
    bot.make_due(Routine.CHECK_POSITIONS)
    alert = bot.eventually(
        lambda: next((a for a in bot.monitor.health().alerts if a.code == "keys_refused"), None), "the alert"
    )

    told = bot.ask("close", opened.id)

    assert alert.severity is Severity.DANGER
    assert "Open Settings" in alert.text
    assert told.startswith("BTCUSDT LONG is to be closed.")
    assert "refuses the API keys" in told
    assert "Settings" in told
    heal(bot)
    closed = bot.closed(opened.id)
    assert closed.reason is CloseReason.MANUAL
