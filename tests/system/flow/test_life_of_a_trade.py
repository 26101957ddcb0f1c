"""A trade from the form to the booked result, on real parts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.bot_status import BotState
from domain.terms import CloseReason, OrderState, Phase, PlanState, ReopenState, Side
from storage.tables import PlanRow
from tests.system.flow.bot import Bot, reopening, terms

pytestmark = pytest.mark.slow
D = Decimal


def test_long_and_short_of_one_pair_live_side_by_side(bot: Bot) -> None:
    long = bot.open(terms(side=Side.LONG))
    short = bot.open(terms(side=Side.SHORT))

    assert bot.on_exchange("BTCUSDT", Side.LONG) == long.quantity > 0
    assert bot.on_exchange("BTCUSDT", Side.SHORT) == short.quantity > 0
    assert len(bot.resting("BTCUSDT")) == 4
    assert long.stop_price < long.entry_price < long.target_price
    assert short.target_price < short.entry_price < short.stop_price


@pytest.mark.parametrize("side", list(Side))
def test_target_closes_with_what_was_promised(bot: Bot, side: Side) -> None:
    opened = bot.open(terms(side=side, tp="10"))

    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.TP
    assert closed.net == closed.gross - closed.fees + closed.funding
    assert D("9.5") < closed.net < D("10.5")  # the spread is a few ticks


@pytest.mark.parametrize("side", list(Side))
def test_stop_closes_with_about_what_was_allowed(bot: Bot, side: Side) -> None:
    opened = bot.open(terms(side=side, sl="5"))

    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.SL
    assert D("-5.5") < closed.net < D("-4.5")


def test_both_ends_reopen_after_the_delay_and_stop_at_the_maximum(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(minutes=5), maximum=2)))

    bot.price("BTCUSDT", first.target_price)
    waiting = bot.closed(first.id)
    bot.tidy(first.id)
    assert waiting.reopen_state is ReopenState.WAITING
    assert waiting.reopen_not_before == waiting.closed_at + timedelta(minutes=5)
    assert len(bot.positions()) == 1

    bot.wait_on_the_exchange(timedelta(minutes=5))
    second = bot.position_after(first.id)
    assert (second.sequence, second.reopen_count, second.parent_id) == (2, 1, first.id)

    bot.price("BTCUSDT", second.stop_price)
    bot.closed(second.id)
    bot.tidy(second.id)
    bot.wait_on_the_exchange(timedelta(minutes=5))
    third = bot.position_after(second.id)

    bot.price("BTCUSDT", third.target_price)
    last = bot.closed(third.id)
    assert last.reopen_state is ReopenState.NONE
    assert len(bot.positions()) == 3


def test_a_close_asked_for_by_the_person_never_reopens(bot: Bot) -> None:
    opened = bot.open(terms(reopen=reopening(timedelta(0))))

    reply = bot.ask("close", opened.id)
    closed = bot.closed(opened.id)

    assert reply == "BTCUSDT LONG is being closed."
    assert closed.reason is CloseReason.MANUAL
    assert closed.reopen_state is ReopenState.NONE
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0


def test_an_external_trader_closing_it_is_said_and_recorded(bot: Bot) -> None:
    opened = bot.open(terms(reopen=reopening(timedelta(0))))

    bot.exchange.control(
        "position",
        {
            "account": "practice",
            "symbol": "BTCUSDT",
            "side": "SELL",
            "positionSide": "LONG",
            "quantity": str(opened.quantity),
        },
    )
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.EXTERNAL
    assert closed.reopen_state is ReopenState.NONE


def test_a_liquidation_is_named_as_such(bot: Bot) -> None:
    rejected = {"match": "POST /fapi/v1/algoOrder", "kind": "reject_at_trigger", "times": 9}
    bot.exchange.control("faults", rejected)
    opened = bot.open(terms(amount="9000", leverage=20, tp="4000", sl="3000"))

    bot.price("BTCUSDT", opened.entry_price * D("0.90"))
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.LIQUIDATION
    assert closed.reopen_state is ReopenState.NONE


def test_an_entry_the_exchange_refuses_fails_and_says_why(bot: Bot) -> None:
    reply = bot.ask("open_trade", terms(amount="1"))

    assert reply.startswith("Nothing was sent:")
    assert bot.positions() == []


def test_a_leverage_the_pair_does_not_offer_is_refused_before_anything_is_sent(bot: Bot) -> None:
    reply = bot.ask("open_trade", terms(leverage=200))

    assert reply.startswith("Nothing was sent:")
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0


def test_more_margin_than_is_free_is_refused(bot: Bot) -> None:
    reply = bot.ask("open_trade", terms(amount="20000"))

    assert reply.startswith("Nothing was sent:")


def test_a_partly_filled_entry_is_protected_for_what_it_got(bot: Bot) -> None:
    bot.exchange.control("faults", {"match": "POST /fapi/v1/order", "kind": "partial_fill", "fraction": "0.5"})
    opened = bot.open(terms(amount="200"))

    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity
    entry = bot.orders(opened.id)[0]
    assert entry.state is OrderState.EXPIRED
    assert entry.quantity is not None
    assert opened.quantity < entry.quantity
    bot.price("BTCUSDT", opened.target_price)
    assert D("9") < bot.closed(opened.id).net < D("11")


def test_an_unfilled_entry_opens_nothing(bot: Bot) -> None:
    bot.exchange.control("faults", {"match": "POST /fapi/v1/order", "kind": "unfilled"})
    bot.ask("open_trade", terms())

    failed = bot.eventually(lambda: [p for p in bot.positions() if p.phase is Phase.FAILED], "failed run")[0]
    assert failed.entry_quantity == 0


def test_pausing_a_plan_keeps_its_position_protected(bot: Bot) -> None:
    opened = bot.open(terms(reopen=reopening(timedelta(0))))

    bot.ask("pause_plan", opened.plan_id)
    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.TP
    assert closed.reopen_state is ReopenState.NONE
    assert len(bot.positions()) == 1


def test_pausing_opening_keeps_protecting_and_what_fell_due_opens_after_it(bot: Bot) -> None:
    opened = bot.open(terms(reopen=reopening(timedelta(0), maximum=1)))

    bot.ask("pause_opening")
    bot.eventually(lambda: bot.monitor.health().state is BotState.PAUSED, "the pause")
    refused = bot.ask("open_trade", terms(side=Side.SHORT))
    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id)
    bot.tidy(opened.id)
    only = len(bot.positions())
    bot.ask("resume_opening")

    assert "Resume it first." in refused
    assert (closed.reason, closed.reopen_state, only) == (CloseReason.TP, ReopenState.WAITING, 1)
    bot.position_after(opened.id)
    bot.eventually(lambda: bot.monitor.health().state is BotState.TRADING, "the end of the pause")


def test_moving_the_stop_never_leaves_the_position_without_one(bot: Bot) -> None:
    opened = bot.open(terms())
    nearer = opened.stop_price + D("100")

    bot.ask("edit_protection", opened.id, nearer, None)

    def rests_alone() -> bool:
        rows = bot.resting("BTCUSDT")
        stops = [row for row in rows if row["orderType"] == "STOP_MARKET"]
        assert stops, "there was a moment without a stop"
        return len(rows) == 2 and [(D(r["triggerPrice"]), r["closePosition"]) for r in stops] == [(nearer, True)]

    bot.eventually(rests_alone, "the moved stop, and nothing else beside the target")


def test_a_stop_beyond_the_market_is_refused_and_the_old_one_stays(bot: Bot) -> None:
    opened = bot.open(terms())

    bot.ask("edit_protection", opened.id, opened.entry_price * 2, None)

    bot.eventually(lambda: "was refused" in bot.story(), "refusal in the journal")
    assert bot.position(opened.id).stop_price == opened.stop_price
    assert bot.position(opened.id).phase is Phase.OPEN


def test_a_stop_cancelled_by_an_external_trader_is_placed_again(bot: Bot) -> None:
    opened = bot.open(terms())
    stop = next(row for row in bot.resting("BTCUSDT") if row["orderType"] == "STOP_MARKET")

    bot.exchange.control("cancel", {"account": "practice", "algoId": stop["algoId"]})

    bot.eventually(
        lambda: [
            r for r in bot.resting("BTCUSDT") if r["orderType"] == "STOP_MARKET" and r["algoId"] != stop["algoId"]
        ],
        "another stop",
    )
    assert bot.position(opened.id).phase is Phase.OPEN


def test_skip_and_reopen_now(bot: Bot) -> None:
    first = bot.open(terms(reopen=reopening(timedelta(minutes=5))))
    bot.price("BTCUSDT", first.target_price)
    bot.closed(first.id)

    bot.ask("skip_reopen", first.id)
    with bot.sessions() as session:
        assert session.get_one(PlanRow, first.plan_id).state is PlanState.PAUSED
    bot.ask("reopen_now", first.id)
    again = bot.position_after(first.id)

    assert again.parent_id == first.id
