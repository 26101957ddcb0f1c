"""Rules of pairs that change, begin and end while the bot runs or sleeps: it lives by them, and says what ends."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from sqlalchemy import text

from domain.terms import CloseReason, OrderState, Phase, Purpose, ReopenState, Side
from engine.state.routines import Routine
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import cause, external_trade, sent
from tests.system.flow.bot import Bot, OpenPosition, reopening, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow

SOL = "SOLUSDT"
NEXT_YEAR_MS = 1_798_761_600_000


@pytest.fixture
def exchange(module_exchange: PracticeExchange) -> PracticeExchange:
    """Give an exchange as listed at first."""
    module_exchange.control("reset", {})
    for symbol, tick, step in (("BTCUSDT", "0.1", "0.001"), (SOL, "0.01", "1")):
        rules = {"tickSize": tick, "stepSize": step, "status": "TRADING", "contractType": "PERPETUAL"}
        module_exchange.control("symbol", {"symbol": symbol, **rules, "deliveryDate": 4_133_404_800_000})
    return module_exchange


def change(exchange: PracticeExchange, symbol: str = "BTCUSDT", **rules: Any) -> None:
    exchange.control("symbol", {"symbol": symbol, **rules})


def unheard(bot: Bot) -> None:
    """Let no listing change be heard: the bot finds out by being refused."""
    cause(bot, "ws_silent", "WS /market", seconds=600)


def placements(bot: Bot) -> int:
    return sum(1 for row in bot.exchange.requests() if row["method"] in ("POST", "DELETE") and "rder" in row["path"])


def problem(bot: Bot, code: str) -> str:
    found: Callable[[], str | None] = lambda: next(  # noqa: E731
        (p.text for p in bot.monitor.health().alerts if p.code == code), None
    )
    return bot.eventually(found, f"the problem {code}")


def stays_as_it_is(bot: Bot, run: OpenPosition) -> None:
    """Look at the account a few times: nothing is placed, nothing cancelled."""
    before = placements(bot)
    for _ in range(3):
        bot.check_now()
    assert placements(bot) == before
    assert bot.position(run.id).phase is Phase.OPEN


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"contractType": "PERPETUAL_DELIVERING", "deliveryDate": NEXT_YEAR_MS}, "ending"),
        ({"contractType": "TRADIFI_PERPETUAL"}, "unlisted"),
    ],
)
def test_a_trade_lives_on_by_its_last_rules_when_its_pair_leaves_the_listing(
    database_url: str, exchange: PracticeExchange, changed: dict[str, Any], code: str
) -> None:
    with running_bot(database_url, exchange) as bot:
        run = bot.open(terms(SOL))
    change(exchange, SOL, **changed)

    with running_bot(database_url, exchange) as bot:
        assert SOL in problem(bot, code)
        stays_as_it_is(bot, run)
        bot.price(SOL, run.target_price)
        assert bot.closed(run.id).reason is CloseReason.TP
        check(bot)


def test_nothing_is_moved_in_a_pair_without_any_rules(database_url: str, exchange: PracticeExchange) -> None:
    with running_bot(database_url, exchange) as bot:
        run = bot.open(terms(SOL))
    change(exchange, SOL, contractType="TRADIFI_PERPETUAL")
    with bot.sessions.begin() as session:
        session.execute(text("DELETE FROM symbol_rules"))

    with running_bot(database_url, exchange) as bot:
        assert SOL in problem(bot, "unlisted")
        stays_as_it_is(bot, run)
        bot.ask("close", run.id)
        bot.closed(run.id)
        check(bot)


def test_nothing_is_opened_again_in_a_pair_that_ends(bot: Bot) -> None:
    run = bot.open(terms(SOL, reopen=reopening(timedelta(seconds=1))))
    change(bot.exchange, SOL, contractType="PERPETUAL_DELIVERING", deliveryDate=NEXT_YEAR_MS)
    assert "31 Dec 2026" in problem(bot, "ending") or "01 Jan 2027" in problem(bot, "ending")

    bot.price(SOL, run.target_price)
    bot.closed(run.id)

    bot.eventually(lambda: bot.position(run.id).reopen_state is ReopenState.REJECTED, "not opened again")
    assert len(bot.positions()) == 1


def test_a_coarser_tick_is_learnt_from_a_refused_stop_which_then_rests(bot: Bot) -> None:
    unheard(bot)
    change(bot.exchange, tickSize="10")

    run = bot.open(terms())

    stops = sent(bot, run.id, Purpose.STOP)
    assert stops[-1].state is OrderState.WORKING
    assert stops[-1].trigger_price is not None
    assert stops[-1].trigger_price % 10 == 0
    assert sent(bot, run.id, Purpose.CLOSE) == []
    bot.price("BTCUSDT", run.target_price + 10)
    assert bot.closed(run.id).reason is CloseReason.TP


def test_a_coarser_step_is_learnt_from_a_refused_entry_which_is_then_sent_again(bot: Bot) -> None:
    unheard(bot)
    change(bot.exchange, stepSize="0.01")

    run = bot.open(terms(amount="200"))

    entries = sent(bot, run.id, Purpose.ENTRY)
    assert (entries[0].answer_code, entries[-1].state) == (-1111, OrderState.FILLED)
    assert run.quantity == bot.on_exchange("BTCUSDT", Side.LONG)
    assert run.quantity * 100 % 1 == 0


def test_a_target_moved_after_the_tick_changed_is_never_missing(bot: Bot) -> None:
    run = bot.open(terms())
    unheard(bot)
    change(bot.exchange, tickSize="10")

    wanted = {"target_price": str(run.target_price - 55)}
    bot.instruct("EDIT_PROTECTION", wanted, run.id)

    def moved() -> list[Any]:
        targets = sent(bot, run.id, Purpose.TARGET)
        return [row for row in targets if row.state is OrderState.WORKING and (row.trigger_price or 1) % 10 == 0]

    new = bot.eventually(moved, "the moved target")[0]
    old = sent(bot, run.id, Purpose.TARGET)[0]
    bot.eventually(lambda: sent(bot, run.id, Purpose.TARGET)[0].state is OrderState.CANCELLED, "the old one gone")
    ended_at = sent(bot, run.id, Purpose.TARGET)[0].final_at
    assert old.id != new.id
    assert new.final_at is not None
    assert ended_at is not None
    assert new.final_at <= ended_at


def test_a_new_pair_can_be_traded_without_a_restart(bot: Bot) -> None:
    change(bot.exchange, "NEWCOINUSDT", status="TRADING", tickSize="0.01", stepSize="0.1", minNotional="5")

    bot.eventually(lambda: "NEWCOINUSDT" in bot.monitor.symbol_rules(), "the new pair")


def test_a_change_that_nobody_told_is_found_within_the_hour(bot: Bot) -> None:
    unheard(bot)
    change(bot.exchange, tickSize="10")

    bot.make_due(Routine.READ_RULES)

    bot.eventually(lambda: bot.monitor.symbol_rules()["BTCUSDT"].tick_size == 10, "the new tick")


def test_a_position_of_a_pair_without_rules_is_not_taken_over(bot: Bot) -> None:
    change(
        bot.exchange, "STOCKUSDT", status="TRADING", contractType="TRADIFI_PERPETUAL", tickSize="0.01", stepSize="0.1"
    )
    price = Decimal(requests.get(f"{bot.exchange.url}/fapi/v1/premiumIndex?symbol=STOCKUSDT").json()["markPrice"])
    external_trade(bot, "BUY", Side.LONG, (100 / price).quantize(Decimal("0.1")), "STOCKUSDT")
    bot.check_now()

    reply = bot.instruct("ADOPT", {"symbol": "STOCKUSDT", "side": "LONG", "tp_usdt": "10", "sl_usdt": "5"})

    assert "cannot be taken over" in reply
    assert "place no stop" in reply
    assert bot.positions() == []
