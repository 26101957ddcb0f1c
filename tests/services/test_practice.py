"""The practice exchange's controls, used through the services' own words."""

from datetime import timedelta

import pytest

from domain.venues import Venue
from services.accounts.practice import Practice
from services.errors import PracticeRefused
from tests.services.building import D
from tests.support.practice import PracticeExchange


def desk(exchange: PracticeExchange, venue: Venue = Venue.PRACTICE) -> Practice:
    return Practice(lambda: venue, lambda: exchange.url)


@pytest.mark.slow
def test_prices_and_clock_move_as_asked(practice_exchange: PracticeExchange) -> None:
    controls = desk(practice_exchange)
    before = practice_exchange.control("ledger")["time"]

    controls.prices("hold")
    controls.set_price("BTCUSDT", D("61000.0"))
    controls.advance(3600)

    after = practice_exchange.control("ledger")["time"]
    assert practice_exchange.control("prices", {"mode": "hold"}) == {"mode": "hold"}
    assert 3600_000 <= after - before < 3700_000
    assert practice_exchange.control("price", {"symbol": "BTCUSDT", "last": "61000.0"})["mark"].startswith("61000")


@pytest.mark.slow
def test_the_state_says_how_prices_move_and_what_time_it_is(practice_exchange: PracticeExchange) -> None:
    controls = desk(practice_exchange)
    controls.prices("walk")
    before = controls.state()

    controls.prices("hold")
    controls.advance(3600)
    after = controls.state()

    assert (before.mode, after.mode) == ("walk", "hold")
    assert timedelta(hours=1) <= after.time - before.time < timedelta(hours=1, minutes=2)


@pytest.mark.slow
def test_an_unknown_pair_is_refused_in_the_exchanges_words(practice_exchange: PracticeExchange) -> None:
    with pytest.raises(PracticeRefused, match="said no"):
        desk(practice_exchange).set_price("NOSUCHUSDT", D("1"))


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, -1, 8 * 24 * 3600])
def test_the_clock_moves_forwards_within_reason_only(practice_exchange: PracticeExchange, seconds: int) -> None:
    with pytest.raises(PracticeRefused, match="forwards only"):
        desk(practice_exchange).advance(seconds)


def test_nothing_is_sent_to_another_venue() -> None:
    unreachable = Practice(lambda: Venue.TESTNET, lambda: "http://127.0.0.1:9")

    with pytest.raises(PracticeRefused, match="practice exchange only"):
        unreachable.set_price("BTCUSDT", D("1"))


def test_a_price_that_is_none_is_refused() -> None:
    with pytest.raises(PracticeRefused, match="above 0"):
        Practice(lambda: Venue.PRACTICE, lambda: "http://127.0.0.1:9").set_price("BTCUSDT", D("NaN"))


def test_a_silent_practice_exchange_is_said() -> None:
    with pytest.raises(PracticeRefused, match="does not answer"):
        Practice(lambda: Venue.PRACTICE, lambda: "http://127.0.0.1:9").prices("walk")
