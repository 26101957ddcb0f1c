"""A practice exchange for a package of tests, empty before each of them, and a client that is signed in to it."""

from collections.abc import Iterator

import pytest

from binance_client import BinanceTestnetClient
from tests.support.practice import PracticeExchange


@pytest.fixture(scope="package")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    """Give the process; whoever changes more than the account takes `exchange`."""
    exchange = PracticeExchange(tmp_path_factory.mktemp("practice") / "practice.state")
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def exchange(process: PracticeExchange) -> PracticeExchange:
    """Give the exchange without faults, orders and positions, BTC at 60 000."""
    process.control("faults", method="DELETE")
    process.control("reset", {})
    process.control("price", {"symbol": "BTCUSDT", "price": "60000.0"})
    return process


@pytest.fixture
def client(exchange: PracticeExchange) -> Iterator[BinanceTestnetClient]:
    """Give a client of the account, in hedge mode and with the exchange's clock."""
    made = BinanceTestnetClient("practice", "practice", exchange.url, exchange.stream_url)
    made.measure_clock()
    made.set_hedge_mode()
    yield made
    made.close()
