"""Building and ending everything once per process."""

import re
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import create_engine, make_url, text

import runtime
from config import Config, ConfigError
from runtime import Runtime, RuntimeNotStarted, get_runtime, start_runtime
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import DatabaseIsNewer


def test_nothing_runs_until_the_server_starts_it() -> None:
    with pytest.raises(RuntimeNotStarted, match="make run"):
        get_runtime()


def test_a_variable_that_cannot_be_used_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        start_runtime({"DATABASE_URL": "sqlite://", "DATA_DIR": str(tmp_path)})

    assert runtime._runtime is None
    assert list(tmp_path.iterdir()) == []


def test_a_short_secret_starts_nothing_and_the_words_say_how_to_change_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"at least 16 characters.*crypto_utils rotate"):
        start_runtime({"SESSION_SECRET": "x" * 15, "DATA_DIR": str(tmp_path)})

    assert runtime._runtime is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_address_that_other_machines_reach_starts_nothing_without_a_password(
    database_url: str, tmp_path: Path, address: str
) -> None:
    config = Config.from_environment({"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)})

    with pytest.raises(ConfigError, match=f"listen on {re.escape(address)}, where other machines .* has no password"):
        Runtime(config, listens_on=address)


@pytest.mark.slow
def test_a_start_that_is_refused_leaves_no_database_running(embedded_data_dir: Path) -> None:
    server = EmbeddedPostgres.start(embedded_data_dir)
    engine = create_engine(server.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    engine.dispose()
    socket_folder = str(make_url(server.url).query["host"])
    server.stop()

    with pytest.raises(DatabaseIsNewer):
        Runtime(Config.from_environment({"DATA_DIR": str(embedded_data_dir)}))

    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(host=socket_folder, user="postgres", dbname="postgres")


@pytest.mark.slow
def test_a_frozen_monitor_lets_go_sooner_than_a_page_that_gets_its_turn_late(embedded_data_dir: Path) -> None:
    built = Runtime(Config.from_environment({"DATA_DIR": str(embedded_data_dir)}))
    try:
        limits = {}
        for engine in built._engines:
            with engine.connect() as connection:
                name = str(connection.scalar(text("SHOW application_name"))).rsplit("-", 1)[-1]
                limits[name] = connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
    finally:
        built.stop()

    assert limits.pop("pages") == limits.pop("tables") == "30s"
    assert list(limits.values()) == ["3s"]
