"""The server as it is started: what cannot work is said in one sentence, and nothing is left running."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.browser.serving import free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent


def refusal(folder: Path, **environment: str) -> str:
    """Start the server, insist that it ends by itself, and return what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BINANCE_", "DATABASE_"))}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port())]
    ended = subprocess.run(
        [*command, "--server.address", "127.0.0.1"],
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
