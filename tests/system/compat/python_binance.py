"""Fixtures that send python-binance's own futures tests to a practice exchange; they are copied beside those tests.

The tests expect what the account of their authors has: a position in LTCUSDT, at a price at which 0.1 of it may be
ordered.
"""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import requests
from binance import AsyncClient, Client

URL = os.environ["PRACTICE_EXCHANGE"]

for _client in (Client, AsyncClient):
    _client.FUTURES_TESTNET_URL = f"{URL}/fapi"
    _client.FUTURES_DATA_TESTNET_URL = f"{URL}/futures/data"
    _client.API_TESTNET_URL = f"{URL}/api"


@pytest.fixture(scope="session", autouse=True)
def account() -> None:
    """Give the account what the tests expect of it."""
    requests.post(f"{URL}/control/price", json={"symbol": "LTCUSDT", "price": "400.00"}, timeout=10)
    client = Client("practice", "practice", testnet=True, ping=False)
    client.futures_create_order(symbol="LTCUSDT", side="BUY", type="MARKET", quantity=1)


@pytest.fixture(name="futuresClient")
def futures_client() -> Client:
    """Give the client that the tests ask for."""
    return Client("practice", "practice", testnet=True, ping=False)


@pytest_asyncio.fixture(name="futuresClientAsync")  # type: ignore[untyped-decorator]
async def futures_client_async() -> AsyncIterator[AsyncClient]:
    """Give the asynchronous one."""
    client = AsyncClient("practice", "practice", testnet=True)
    yield client
    await client.close_connection()
