"""The verdict on a trade, with the practice exchange's own prices."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session, sessionmaker

from binance_client import BinanceTestnetClient
from domain.bot_status import Alert, BotState
from domain.exchange import ExchangePosition
from domain.position_key import PositionKey
from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.preview.requested import RequestedTrade, requested_terms
from domain.terms import Basis, ReopenRule, Severity, Side, TradeTerms
from services.errors import MarketUnavailable
from services.trading.limits import Limits
from services.trading.market import Market
from services.trading.preview import Previews, load_account_now
from tests.services.building import (
    BTC_RULES,
    NOW,
    Clock,
    D,
    SteadyFeed,
    add_account,
    add_plan,
    add_position,
    bot_health,
)
from tests.support.practice import PracticeExchange

TERMS = TradeTerms("BTCUSDT", Side.LONG, D("150"), 20, D("15"), D("10"), Basis.NET, ReopenRule(enabled=True))
EXTERNAL = ExchangePosition("BTCUSDT", Side.SHORT, D("0.01"), D("60000"), D("60000"), None, D(0))


def desk(session_factory: sessionmaker[Session], feed: SteadyFeed) -> Previews:
    clock = Clock()
    limits = Limits(session_factory, feed, clock)
    return Previews(session_factory, feed, Market(feed, clock.seconds), limits, clock.seconds)


@pytest.fixture
def feed(practice_exchange: PracticeExchange) -> Iterator[SteadyFeed]:
    practice_exchange.control("price", {"symbol": "BTCUSDT", "price": "60000.0"})
    client = BinanceTestnetClient("practice", "practice", practice_exchange.url, practice_exchange.stream_url)
    yield SteadyFeed(bot_health(), rules=client.fetch_symbol_rules(), client=client)
    client.close()


@pytest.mark.slow
def test_a_sound_trade_is_ready_with_its_figures(session_factory: sessionmaker[Session], feed: SteadyFeed) -> None:
    figures, refused = desk(session_factory, feed).preview(TERMS)

    assert refused == ()
    assert figures is not None
    assert figures.net_at_stop >= D("-10")
    assert figures.net_at_target >= D("15")
    assert figures.stop_price < D("60000") < figures.target_price
    assert figures.margin <= D("150")


@pytest.mark.slow
def test_a_number_that_works_is_in_the_unit_of_the_form(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    in_prices = RequestedTrade(
        symbol="BTCUSDT",
        side=Side.LONG,
        amount=D("150"),
        measure=AmountMeasure.MARGIN,
        amount_unit=AmountUnit.USDT,
        leverage=20,
        target=D("61000"),
        stop=D("60500"),
        exit_unit=ExitUnit.PRICE,
        basis=Basis.NET,
        reopen=TERMS.reopen,
    )
    previews = desk(session_factory, feed)
    terms = requested_terms(in_prices, previews.quote("BTCUSDT"))
    assert terms is not None

    _, (refusal,) = previews.preview(terms, in_prices)

    assert refusal.field == "sl_usdt"
    assert refusal.suggestion is not None
    assert 59_000 < refusal.suggestion < 60_000
    assert "or lower" in refusal.message


@pytest.mark.slow
def test_a_position_key_that_is_taken_is_refused_beside_the_direction(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, account))
    feed.snapshot = bot_health(account.id)

    _, same = desk(session_factory, feed).preview(TERMS)
    _, other = desk(session_factory, feed).preview(replace(TERMS, side=Side.SHORT))

    assert "already an open LONG" in next(refusal.message for refusal in same if refusal.field == "side")
    assert [refusal for refusal in other if refusal.field == "side"] == []


@pytest.mark.slow
def test_the_other_side_of_an_external_trader_shares_its_leverage(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    feed.snapshot = bot_health(external_positions=(EXTERNAL,))

    _, refused = desk(session_factory, feed).preview(replace(TERMS, leverage=7))

    assert "leverage" in {refusal.field for refusal in refused}  # a fresh account is at 20x


def test_a_pair_that_is_not_listed_is_refused_beside_the_pair(session_factory: sessionmaker[Session]) -> None:
    figures, refused = desk(session_factory, SteadyFeed(bot_health())).preview(replace(TERMS, symbol="NOSUCHUSDT"))

    assert figures is None
    assert [refusal.field for refusal in refused] == ["symbol"]


def test_a_silent_exchange_is_a_refusal_in_words(session_factory: sessionmaker[Session]) -> None:
    client = BinanceTestnetClient("key", "secret", "http://127.0.0.1:9", "ws://127.0.0.1:9")

    signed_out = desk(session_factory, SteadyFeed(bot_health())).preview(TERMS)
    silent = desk(session_factory, SteadyFeed(bot_health(), client=client)).preview(TERMS)

    for figures, refused in (signed_out, silent):
        assert figures is None
        assert "does not answer" in refused[0].message


@pytest.mark.slow
def test_nobody_waits_for_an_exchange_that_does_not_answer_the_bot(
    session_factory: sessionmaker[Session], feed: SteadyFeed
) -> None:
    silent = Alert("silent", Severity.WARNING, "Silent", "…", NOW)
    feed.snapshot = bot_health(state=BotState.DEGRADED, alerts=(silent,))

    figures, refused = desk(session_factory, feed).preview(TERMS)
    quote = desk(session_factory, feed).quote("BTCUSDT")

    assert figures is None
    assert quote is None
    assert "does not answer" in refused[0].message


def test_the_account_holds_our_trades_and_external_ones(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, account))

    with session_factory() as session:
        now = load_account_now(session, bot_health(account.id, external_positions=(EXTERNAL,)))

    assert now.held == {PositionKey("BTCUSDT", Side.LONG): 20, PositionKey("BTCUSDT", Side.SHORT): None}
    assert now.free_conditional_slots == 200


def test_candles_of_nobody_signed_in_are_unreachable() -> None:
    with pytest.raises(MarketUnavailable):
        Market(SteadyFeed(bot_health()), Clock().seconds).candles("BTCUSDT", "1m", 10)


def test_pairs_that_do_not_trade_are_not_offered() -> None:
    rules = {"BTCUSDT": BTC_RULES, "OLDUSDT": replace(BTC_RULES, symbol="OLDUSDT", trading=False)}

    assert Market(SteadyFeed(bot_health(), rules=rules), Clock().seconds).symbols() == ("BTCUSDT",)


@pytest.mark.slow
def test_candles_are_shared_for_a_few_seconds(feed: SteadyFeed, practice_exchange: PracticeExchange) -> None:
    clock = Clock()
    market = Market(feed, clock.seconds)
    first = market.candles("BTCUSDT", "1m", 10)

    clock.pass_seconds(2)
    again = market.candles("BTCUSDT", "1m", 10)
    clock.pass_seconds(2)
    market.candles("BTCUSDT", "1m", 10)

    asked = [row for row in practice_exchange.requests() if row["path"] == "/fapi/v1/klines"]
    assert again is first
    assert len(first) == 10
    assert len(asked) == 2


@pytest.mark.slow
def test_a_quote_turns_prices_into_usdt(session_factory: sessionmaker[Session], feed: SteadyFeed) -> None:
    quote = desk(session_factory, feed).quote("BTCUSDT")

    assert quote is not None
    assert quote.market.bid <= quote.market.mark <= quote.market.ask
    assert (quote.rules.symbol, quote.free_usdt) == ("BTCUSDT", D("9850"))
    assert quote.taker_rate > 0


def test_nothing_is_quoted_without_rules_or_exchange(session_factory: sessionmaker[Session]) -> None:
    assert desk(session_factory, SteadyFeed(bot_health())).quote("NOSUCHUSDT") is None
    assert desk(session_factory, SteadyFeed(bot_health())).quote("BTCUSDT") is None
