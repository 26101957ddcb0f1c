"""A pair that may only be closed for a while: asked again after minutes, said in words; what waits does not lapse."""

from datetime import datetime, timedelta

import pytest

from domain.terms import CloseReason, Phase, PlanState, ReopenState, Side
from storage.tables import PlanRow, PositionRow
from tests.system.faults.causing import ENTRY_OR_CLOSE, STOP_OR_TARGET, advance, asked_to_open, failed, heal, journal
from tests.system.flow.bot import Bot, OpenPosition, reopening, terms

pytestmark = pytest.mark.slow

QUANTITATIVE_RULES = -4400


def forbid_opening(bot: Bot, code: int = QUANTITATIVE_RULES) -> None:
    bot.exchange.control("faults", {"match": ENTRY_OR_CLOSE, "kind": "refused", "code": code, "times": 1000})


def refused(bot: Bot) -> int:
    return sum(1 for row in bot.exchange.requests() if row["fault"] == "refused")


def waiting_to_reopen(bot: Bot, code: int = QUANTITATIVE_RULES) -> OpenPosition:
    """Close a trade at its target that is to be opened again at once, and return it once that was refused."""
    position = bot.open(terms(reopen=reopening(timedelta(0))))
    forbid_opening(bot, code)
    bot.price("BTCUSDT", position.target_price)
    bot.closed(position.id)
    bot.eventually(lambda: _held(bot, position.id), "held back")
    return position


def _held(bot: Bot, position_id: int) -> PositionRow | None:
    position = bot.position(position_id)
    return position if position.reopen_state is ReopenState.WAITING and position.phase_note else None


@pytest.mark.parametrize("code", [QUANTITATIVE_RULES, -4140, -4087])
def test_a_reopening_into_a_restricted_pair_waits_minutes_and_says_why(bot: Bot, code: int) -> None:
    position = waiting_to_reopen(bot, code)

    held = bot.position(position.id)
    assert held.reopen_not_before is not None
    assert held.reopen_not_before >= bot.monitor.exchange_now() + timedelta(seconds=45)
    assert "only closing" in (held.phase_note or "")
    assert any("only closing" in line for line in journal(bot, "reopen_waits"))
    bot.check_now()
    assert refused(bot) == 1


def test_it_is_tried_again_ever_more_slowly_and_opens_once_that_is_over(bot: Bot) -> None:
    position = waiting_to_reopen(bot)

    for tries in (2, 3):
        before = bot.position(position.id).reopen_not_before
        advance(bot, timedelta(minutes=2 * tries))
        bot.eventually(lambda tries=tries: refused(bot) == tries, f"try {tries}")  # type: ignore[misc]
        after = bot.eventually(lambda before=before: _later(bot, position.id, before), "the next try's moment")  # type: ignore[misc]
        assert after - bot.monitor.exchange_now() >= timedelta(minutes=tries - 1)
    for _ in range(4):  # far beyond the ten minutes after which a chance lapses
        advance(bot, timedelta(minutes=9))
        bot.check_now()

    def tried_on() -> bool:
        bot.check_now()
        return refused(bot) > 3

    bot.eventually(tried_on, "tries after half an hour")
    heal(bot)
    due = bot.position(position.id).reopen_not_before
    assert due is not None
    advance(bot, max(due - bot.monitor.exchange_now(), timedelta(0)) + timedelta(seconds=1))

    bot.eventually(lambda: [p for p in bot.positions() if p.phase is Phase.OPEN], "the reopened trade")


def _is_ahead(bot: Bot, position_id: int) -> bool:
    moment = bot.position(position_id).reopen_not_before
    return moment is not None and moment > bot.monitor.exchange_now()


def _later(bot: Bot, position_id: int, before: datetime | None) -> datetime | None:
    position = bot.position(position_id)
    return position.reopen_not_before if position.reopen_not_before != before and _held(bot, position_id) else None


def test_a_new_trade_in_a_restricted_pair_fails_at_once_with_the_cause(bot: Bot) -> None:
    forbid_opening(bot)

    position = failed(bot, asked_to_open(bot, terms()).id, within=5)

    assert refused(bot) == 1
    assert "only closing" in (position.phase_note or "")
    with bot.sessions() as session:
        plan = session.get_one(PlanRow, position.plan_id)
    assert (plan.state, plan.state_reason) == (PlanState.ENDED, position.phase_note)


def test_stop_target_and_close_pass_while_only_closing_is_allowed(bot: Bot) -> None:
    position = bot.open(terms())
    for match in (ENTRY_OR_CLOSE, STOP_OR_TARGET):
        bot.exchange.control("faults", {"match": match, "kind": "refused", "code": -4400, "times": 1000})

    bot.ask("close", position.id)

    assert bot.closed(position.id).reason is CloseReason.MANUAL
    bot.tidy(position.id)
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0
    assert refused(bot) == 0


def test_a_reopening_waits_through_an_exchange_that_answers_nothing(bot: Bot) -> None:
    position = bot.open(terms(reopen=reopening(timedelta(minutes=1))))
    bot.price("BTCUSDT", position.target_price)
    bot.closed(position.id)
    for path in ("/fapi/v1/symbolConfig", "/fapi/v1/openAlgoOrders"):
        bot.exchange.control("faults", {"match": f"GET {path}", "kind": "html_502", "times": 1000})

    advance(bot, timedelta(minutes=2))
    bot.eventually(lambda: _held(bot, position.id), "waiting for the exchange")
    for _ in range(3):
        advance(bot, timedelta(minutes=5))
        bot.eventually(lambda: _is_ahead(bot, position.id), "another try")

    assert bot.position(position.id).reopen_state is ReopenState.WAITING
    heal(bot)
    advance(bot, timedelta(minutes=1))
    bot.position_after(position.id)
