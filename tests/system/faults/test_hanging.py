"""Whatever hangs or is lost, a position without a stop is always being tried for."""

from decimal import Decimal

import pytest

from domain.terms import CloseReason, OrderState, Purpose, Side
from tests.system.faults.causing import ENTRY_OR_CLOSE, asked_to_open, cause, sent
from tests.system.faults.test_unknown_outcomes import PROOF_OF_ABSENCE
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal


@pytest.mark.parametrize("lost", [1, 2])
def test_closes_lost_after_a_refused_stop_are_followed_by_another_before_their_absence_is_proven(
    bot: Bot, lost: int
) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    cause(bot, "drop_before", ENTRY_OR_CLOSE, times=lost)
    run = asked_to_open(bot, terms())
    assert run.stop_price is not None
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG), "the fill")

    bot.price("BTCUSDT", run.stop_price - D(50))
    closed = bot.closed(run.id)

    assert closed.reason is CloseReason.UNPROTECTED
    closes = sent(bot, run.id, Purpose.CLOSE)
    assert [order.state for order in closes[:lost]] == [OrderState.UNKNOWN] * lost
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0
    bot.wait_on_the_exchange(PROOF_OF_ABSENCE)
    bot.tidy(run.id)
