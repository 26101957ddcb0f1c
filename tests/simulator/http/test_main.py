"""The command line: ready line, clean end, state files, and sentences about what is wrong."""

import signal
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from websockets.sync.client import connect

from simulator.__main__ import parse_arguments
from tests.simulator.conftest import ROOT, running
from tests.simulator.http.client import BareClient

pytestmark = pytest.mark.slow


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_defaults_are_those_of_the_contract() -> None:
    options = parse_arguments([])

    assert (options.host, options.port, options.state, options.seed) == ("127.0.0.1", 8600, None, 1)
    assert options.allow_host == []
    assert (options.prices, options.speed, options.symbols) == ("walk", Decimal(1), 0)
    (account,) = options.account
    assert (account.name, account.api_key, account.secret, account.balance) == (
        "practice",
        "practice",
        "practice",
        Decimal(10000),
    )


def test_given_accounts_replace_the_default() -> None:
    options = parse_arguments(["--account", "a:s1", "--account", "b:s2:250.50"])

    assert [(account.name, account.secret, account.balance) for account in options.account] == [
        ("a", "s1", Decimal(10000)),
        ("b", "s2", Decimal("250.50")),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--account", "nosecret"],
        ["--account", "a:b:money"],
        ["--account", "a:b", "--account", "a:c"],
        ["--prices", "nowhere.csv"],
        ["--speed", "0"],
        ["--port", "70000"],
        ["--hos", "0.0.0.0"],
        ["--acc", "a:b"],
        ["--allow-host", "http://box.lan"],
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(arguments)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_clients_connected(number: signal.Signals, tmp_path: Path) -> None:
    with running("simulator", "--port", "0", "--state", str(tmp_path / "state")) as (url, process):
        client = BareClient(url)
        client.time()  # leaves a kept-alive connection behind
        with connect(url.replace("http", "ws") + "/market/ws/btcusdt@markPrice@1s") as market:
            market.recv(timeout=10)

            process.send_signal(number)

            assert process.wait(timeout=10) == 0


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        ended = run("--port", str(taken.getsockname()[1]))

    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_state_file_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with running("simulator", "--port", "0", "--state", state):
        ended = run("--port", "0", "--state", state)

    assert ended.returncode == 1
    assert "is in use by another practice exchange" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_price_file_that_cannot_be_played_is_said_in_one_line(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("rubbish\n")

    ended = run("--port", "0", "--prices", str(prices))

    assert ended.returncode == 1
    assert "line 1" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_killed_exchange_comes_back_with_the_same_ledger(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--prices", "hold", "--state", str(tmp_path / "state"))
    with running("simulator", *arguments) as (url, process):
        client = BareClient(url)
        client.signed("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
        placed = client.signed(
            "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", positionSide="LONG", type="MARKET", quantity="0.010"
        )
        assert placed.status_code == 200, placed.text
        before = client.control("GET", "/ledger")["accounts"]
        process.kill()
        process.wait()

    with running("simulator", *arguments) as (url, _):
        after = BareClient(url).control("GET", "/ledger")["accounts"]

    assert before["practice"]["trades"]
    for row in (*before["practice"]["positions"], *after["practice"]["positions"]):
        row.pop("updateTime", None)
    assert after == before
