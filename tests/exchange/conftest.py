from collections.abc import Iterator

import pytest

from binance_client import BinanceTestnetClient
from tests.exchange.scripted_server import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[BinanceTestnetClient]:
    made = BinanceTestnetClient("practice-key", "practice-secret", server.url, server.url.replace("http", "ws"))
    yield made
    made.close()
