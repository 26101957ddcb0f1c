"""The order in which test files run: the longest first, found again after a move."""

from pathlib import Path

from tests.support.durations import begin_at, expected_seconds, load_durations, save_durations


def test_the_longest_of_each_folder_come_first_and_folders_are_spread() -> None:
    begin = begin_at({"tests/a/quick.py": 10, "tests/a/long.py": 30, "tests/b/only.py": 5, "tests/a/deep/mid.py": 20})

    assert begin == {
        "tests/a/long.py": 0,
        "tests/a/deep/mid.py": 0.5,
        "tests/a/quick.py": 50 / 60,
        "tests/b/only.py": 0,
    }


def test_files_of_which_nothing_is_known_do_no_harm() -> None:
    assert begin_at({"tests/a/one.py": 0, "tests/a/two.py": 0}) == {"tests/a/one.py": 0, "tests/a/two.py": 0}


def test_a_moved_file_is_found_by_its_name() -> None:
    measured = {"tests/old/test_long.py": 40.0, "tests/x/test_same.py": 1.0, "tests/y/test_same.py": 2.0}

    assert expected_seconds("tests/new/test_long.py", True, measured) == 40
    assert expected_seconds("tests/z/test_same.py", False, measured) == 0
    assert expected_seconds("tests/z/test_new.py", True, measured) > 0


def test_what_was_measured_is_read_again_without_what_is_too_short_to_matter(tmp_path: Path) -> None:
    file = tmp_path / "durations.json"

    save_durations({"tests/short.py": 0.4, "tests/mid.py": 7.4, "tests/long.py": 70.2}, file)

    assert list(load_durations(file).items()) == [("tests/long.py", 70), ("tests/mid.py", 7)]


def test_a_file_that_cannot_be_read_only_costs_the_order(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")

    assert load_durations(tmp_path / "broken.json") == {}
    assert load_durations(tmp_path / "missing.json") == {}
