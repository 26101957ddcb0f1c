import stat
from pathlib import Path

import pytest

from config import Config
from storage.session_secret import SecretLost, SecretMissing, load_or_make_session_secret


def test_the_secret_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "new folder")

    secret = load_or_make_session_secret(config, encrypted_rows_exist=False)

    file = tmp_path / "new folder" / "session_secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(secret) >= 40
    assert load_or_make_session_secret(config, encrypted_rows_exist=True) == secret
    assert [entry.name for entry in file.parent.iterdir()] == ["session_secret"]


def test_a_secret_file_readable_by_others_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "session_secret"
    file.write_text("mine\n")
    file.chmod(0o644)

    assert load_or_make_session_secret(Config(data_dir=tmp_path), encrypted_rows_exist=True) == "mine"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("left", [None, "", "\n"])
def test_a_lost_secret_is_never_remade_while_keys_are_saved(tmp_path: Path, left: str | None) -> None:
    if left is not None:
        (tmp_path / "session_secret").write_text(left)

    with pytest.raises(SecretLost, match=str(tmp_path)):
        load_or_make_session_secret(Config(data_dir=tmp_path), encrypted_rows_exist=True)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "session_secret").write_text("from the file")
    config = Config(data_dir=tmp_path, session_secret="from the environment")

    assert load_or_make_session_secret(config, encrypted_rows_exist=True) == "from the environment"


def test_no_secret_is_made_up_for_a_database_of_ones_own(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, database_url="postgresql://db/bot")

    with pytest.raises(SecretMissing, match="set SESSION_SECRET"):
        load_or_make_session_secret(config, encrypted_rows_exist=False)

    assert list(tmp_path.iterdir()) == []
