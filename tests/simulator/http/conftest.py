"""One small exchange in a process of its own for each module, empty before each test."""

from collections.abc import Iterator

import pytest

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient


@pytest.fixture(scope="module")
def server() -> Iterator[BareClient]:
    with running("tests.simulator.http.serve_tiny") as (url, _):
        yield BareClient(url)


@pytest.fixture
def client(server: BareClient) -> BareClient:
    server.control("POST", "/reset")
    return server
