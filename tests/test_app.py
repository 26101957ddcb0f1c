"""The server as it is started: what cannot work is said in one sentence, and nothing is left running."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests.browser.serving import free_port
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent


def refusal(folder: Path, *options: str, **environment: str) -> str:
    """Start the server with these options, insist that it ends by itself, and return what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BINANCE_", "DATABASE_"))}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port())]
    ended = subprocess.run(
        [*command, *(options or ("--server.address", "127.0.0.1"))],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(folder), "PRACTICE_PORT": str(free_port()), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode != 0
    return ended.stdout + ended.stderr


def test_an_address_that_is_not_postgresql_is_refused_in_a_sentence(tmp_path: Path) -> None:
    said = refusal(tmp_path, DATABASE_URL="mysql://somebody:password@localhost/trading")

    assert "DATABASE_URL: only PostgreSQL can be used, not mysql" in said
    assert "File " not in said
    assert "password@localhost/trading" not in said


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    said = refusal(tmp_path, DATABASE_URL=database_url)

    assert "The database belongs to a newer version of the bot" in said
    assert "File " not in said
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        assert connection.scalar(text("SELECT count(*) FROM accounts")) == 0
    engine.dispose()


def test_where_other_machines_could_reach_it_nothing_starts_without_a_password(
    database_url: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, "--server.address", "0.0.0.0", DATABASE_URL=database_url)

    assert "the dashboard would listen on 0.0.0.0, where other machines reach it, and it has no password" in said
    assert "DASHBOARD_PASSWORD" in said
    assert "File " not in said


def test_the_address_that_counts_is_the_one_listened_on(database_url: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, "--server.headless", "true", DATABASE_URL=database_url, STREAMLIT_SERVER_ADDRESS="0.0.0.0")

    assert "it has no password" in said


def test_without_any_option_only_this_machine_reaches_it_and_nobody_is_asked_where_it_is(
    database_url: str, tmp_path: Path
) -> None:
    port, practice_port = free_port(), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BINANCE_", "DATABASE_"))}
    # HOST says something else than the server does: it is not what counts.
    own = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "PRACTICE_PORT": str(practice_port),
        "HOST": "0.0.0.0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py"],
        cwd=ROOT,
        env={**kept, **own, "STREAMLIT_SERVER_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        served = psutil.Process(process.pid)
        listening = eventually(
            lambda: [c for c in served.net_connections() if c.status == "LISTEN"], "an open port", within=60
        )
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)

    assert {(connection.laddr.ip, connection.laddr.port) for connection in listening} == {("127.0.0.1", port)}
    assert "External URL" not in said
