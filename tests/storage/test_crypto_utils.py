from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from crypto_utils import (
    RotationRefused,
    SecretBox,
    WrongSecret,
    change_session_secret,
    main,
    open_box,
    open_secret_box,
    rotate,
)
from database import delete_credentials, load_credentials, save_credentials
from storage.lease import Lease
from storage.session_secret import API_KEY, API_SECRET, NOTIFICATION_ADDRESS, SECOND_FACTOR, encrypted_rows_exist

NEW = "a new secret, long enough"


def save_keys(session: Session, box: SecretBox) -> None:
    save_credentials(
        session,
        "binance test",
        api_key_token=box.encrypt("the key"),
        api_secret_token=box.encrypt("the secret"),
        last_four=" key",
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )


def load_keys(session: Session, box: SecretBox) -> tuple[str, str]:
    row = load_credentials(session, "binance test")
    assert row is not None
    return box.decrypt(row.api_key_token, "api key"), box.decrypt(row.api_secret_token, "api secret")


def test_what_was_encrypted_is_read_back_after_a_restart(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "right"))

    with session_factory.begin() as session:
        assert load_keys(session, open_box(session, "right")) == ("the key", "the secret")


def test_only_tokens_reach_the_database(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "right"))

    with session_factory() as session:
        stored = str(session.execute(text("SELECT * FROM api_credentials, settings")).all())
    assert not [plain for plain in ("the key", "the secret", "right") if plain in stored]


def test_a_wrong_secret_is_noticed_and_leaves_everything(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "right"))

    with pytest.raises(WrongSecret, match="another SESSION_SECRET"), session_factory.begin() as session:
        open_box(session, "wrong")

    with session_factory.begin() as session:
        assert load_keys(session, open_box(session, "right")) == ("the key", "the secret")


def test_after_deleting_the_keys_another_secret_may_begin(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "forgotten"))
    with session_factory.begin() as session:
        delete_credentials(session, "binance test")

    with session_factory.begin() as session:
        save_keys(session, open_box(session, NEW))

    with session_factory.begin() as session:
        assert load_keys(session, open_box(session, NEW)) == ("the key", "the secret")


def test_keys_without_their_salt_are_not_overwritten(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "right"))
    with session_factory.begin() as session:
        session.execute(text("DELETE FROM settings WHERE name = 'encryption'"))

    with pytest.raises(WrongSecret), session_factory.begin() as session:
        open_box(session, "right")


def test_a_damaged_token_is_a_wrong_secret(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        box = open_box(session, "right")

    with pytest.raises(WrongSecret):
        box.decrypt("no token")


def test_rotation_encrypts_everything_anew(session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "old"))

    changed = change_session_secret(Config(session_secret="old", data_dir=tmp_path), session_factory, NEW)

    assert changed == 1
    with session_factory.begin() as session:
        assert load_keys(session, open_box(session, NEW)) == ("the key", "the secret")
    with pytest.raises(WrongSecret), session_factory.begin() as session:
        open_box(session, "old")


def test_rotation_with_a_wrong_secret_changes_nothing(session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "old"))

    with pytest.raises(WrongSecret):
        change_session_secret(Config(session_secret="wrong", data_dir=tmp_path), session_factory, NEW)

    with session_factory.begin() as session:
        assert load_keys(session, open_box(session, "old")) == ("the key", "the secret")


def test_rotation_moves_the_secret_file_along(session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    with session_factory.begin() as session:
        save_keys(session, open_secret_box(session, config))

    change_session_secret(config, session_factory, NEW)

    assert (tmp_path / "session_secret").read_text() == f"{NEW}\n"
    assert not (tmp_path / "session_secret.next").exists()
    with session_factory.begin() as session:
        assert load_keys(session, open_secret_box(session, config)) == ("the key", "the secret")


def test_rotation_cut_off_after_its_commit_is_brought_to_its_end(
    session_factory: sessionmaker[Session], tmp_path: Path
) -> None:
    config = Config(data_dir=tmp_path)
    with session_factory.begin() as session:
        save_keys(session, open_secret_box(session, config))
    (tmp_path / "session_secret.next").write_text(f"{NEW}\n")
    with session_factory.begin() as session:
        rotate(session, open_secret_box(session, config), NEW)

    with session_factory.begin() as session:
        assert load_keys(session, open_secret_box(session, config)) == ("the key", "the secret")

    assert (tmp_path / "session_secret").read_text() == f"{NEW}\n"


def test_rotation_waits_for_the_bot_to_stop(
    database_url: str, session_factory: sessionmaker[Session], tmp_path: Path
) -> None:
    lease = Lease(database_url, "bot")
    lease.try_take()

    with pytest.raises(RotationRefused, match="Stop it"):
        change_session_secret(Config(session_secret="old", data_dir=tmp_path), session_factory, NEW)

    lease.release()


def test_an_empty_new_secret_is_refused(session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    with pytest.raises(RotationRefused, match="at least 16 characters"):
        change_session_secret(Config(session_secret="old", data_dir=tmp_path), session_factory, " ")


def test_the_command_rotates_and_says_so(
    database_url: str, session_factory: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    with session_factory.begin() as session:
        save_keys(session, open_box(session, "old"))

    status = main(["rotate"], {"DATABASE_URL": database_url, "SESSION_SECRET": "old", "NEW_SESSION_SECRET": NEW})

    assert status == 0
    assert capsys.readouterr().out.startswith("Saved key pairs encrypted under the new secret: 1.")
    with session_factory.begin() as session:
        assert encrypted_rows_exist(session)
        assert load_keys(session, open_box(session, NEW)) == ("the key", "the secret")


def test_the_command_says_what_is_wrong(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == 2
    assert main(["rotate"], {"DATABASE_URL": database_url, "NEW_SESSION_SECRET": NEW}) == 1

    assert "set SESSION_SECRET" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_starts_the_embedded_database_and_stops_it(embedded_data_dir: Path) -> None:
    environ = {"DATA_DIR": str(embedded_data_dir), "NEW_SESSION_SECRET": NEW}

    assert main(["rotate"], environ) == 0

    assert (embedded_data_dir / "session_secret").read_text() == f"{NEW}\n"
    assert not (embedded_data_dir / "postgres" / "postmaster.pid").exists()


def test_a_token_opens_only_as_what_it_is_the_secret_of() -> None:
    box = SecretBox.make("a secret of enough letters")
    token = box.encrypt("the key", "api key")

    assert box.decrypt(token, "api key") == "the key"
    for field in ("api secret", ""):
        with pytest.raises(WrongSecret):
            box.decrypt(token, field)


def test_keys_of_an_earlier_version_are_still_read_and_open_nowhere_else() -> None:
    box = SecretBox.make("a secret of enough letters")
    without_field = box.encrypt("the key")

    assert [box.decrypt(without_field, field) for field in (API_KEY, API_SECRET)] == ["the key"] * 2
    for field in (SECOND_FACTOR, NOTIFICATION_ADDRESS):
        with pytest.raises(WrongSecret):
            box.decrypt(without_field, field)


@given(damaged=st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_a_damaged_token_is_locked_and_never_a_fault(damaged: str) -> None:
    box = SecretBox("a secret of enough letters", b"0123456789abcdef")

    with pytest.raises(WrongSecret):
        box.decrypt(damaged, "api key")


@pytest.mark.parametrize("secret", ["", " ", "short", "x" * 15, " " + "x" * 15 + " "])
def test_a_new_secret_that_is_too_short_changes_nothing(
    session_factory: sessionmaker[Session], tmp_path: Path, secret: str
) -> None:
    with pytest.raises(RotationRefused, match="at least 16 characters"):
        change_session_secret(Config(session_secret="old", data_dir=tmp_path), session_factory, secret)
