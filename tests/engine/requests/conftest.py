"""Requests are tried on a practice exchange of their own."""

from collections.abc import Iterator

import pytest

from binance_client import BinanceTestnetClient
from tests.support.practice import PracticeExchange


@pytest.fixture(scope="package")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    exchange = PracticeExchange(tmp_path_factory.mktemp("practice") / "practice.state")
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def exchange(process: PracticeExchange) -> PracticeExchange:
    process.control("faults", method="DELETE")
    process.control("reset", {})
    process.control("price", {"symbol": "BTCUSDT", "price": "60000.0"})
    return process


@pytest.fixture
def client(exchange: PracticeExchange) -> Iterator[BinanceTestnetClient]:
    made = BinanceTestnetClient("practice", "practice", exchange.url, exchange.stream_url)
    made.measure_clock()
    made.set_hedge_mode()
    yield made
    made.close()
