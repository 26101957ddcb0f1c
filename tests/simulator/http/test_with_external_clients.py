"""A short trading day of programs that know Binance and nothing of us: ccxt, and Binance's own SDK with its models."""

import sys
from collections.abc import Iterator

import pytest

from tests.simulator.conftest import running
from tests.system.compat.external_clients import HERE, rows_of_module, version
from tests.system.compat.rows import Row, known

pytestmark = pytest.mark.slow


@pytest.fixture
def url() -> Iterator[str]:
    with running("simulator", "--port", "0", "--prices", "hold") as (address, _):
        yield address


@pytest.mark.parametrize(("module", "steps"), [("ccxt_day", 30), ("sdk_models", 54)])
def test_an_external_client_agrees_with_what_it_is_told(url: str, module: str, steps: int) -> None:
    rows = rows_of_module(sys.executable, module, url)

    assert [row for row in rows if row.problem and not known(row)] == []
    assert len(rows) == steps


def test_an_external_client_that_cannot_reach_the_exchange_agrees_with_nothing() -> None:
    rows = rows_of_module(sys.executable, "ccxt_day", "http://127.0.0.1:9")

    assert len(rows) == 30
    assert [row for row in rows if not row.problem] == []


def test_a_problem_is_known_by_name_only() -> None:
    assert known(Row("test_client_futures::test_futures_account_trades"))
    assert not known(Row("a step of which nothing is known"))


def test_the_tests_of_python_binance_are_those_of_the_version_that_runs_them() -> None:
    source = (HERE / "environments" / "python_binance_source.txt").read_text()

    assert f"python-binance=={version('python_binance', 'python-binance')} --hash=sha256:" in source
