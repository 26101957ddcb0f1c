"""The state file: whole steps or nothing, one process at a time, no endless growth."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.interfaces import Json
from simulator.store import LogStore, StateFileBusy, StateFileDamaged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_committed_rows_are_there_again_after_reopening(path: Path) -> None:
    store = LogStore(path)
    store.put("orders", "1", {"price": "60000.10"})
    store.put("orders", "2", {"price": "1"})
    store.commit()
    store.delete("orders", "2")
    store.close()

    assert LogStore(path).rows("orders") == {"1": {"price": "60000.10"}}


def test_a_torn_last_line_is_as_if_never_committed(path: Path) -> None:
    store = LogStore(path)
    store.put("orders", "1", {"n": 1})
    store.commit()
    store.put("orders", "1", {"n": 2})
    store.put("trades", "7", {"n": 2})
    store.close()
    path.write_bytes(path.read_bytes()[:-5])

    again = LogStore(path)

    assert again.rows("orders") == {"1": {"n": 1}}
    assert again.rows("trades") == {}


def test_what_is_written_after_a_torn_line_can_be_read(path: Path) -> None:
    path.write_bytes(b'[["a","1",{"n":1}]]\n[["a","2"')
    store = LogStore(path)
    store.put("a", "3", {"n": 3})
    store.close()

    assert LogStore(path).rows("a") == {"1": {"n": 1}, "3": {"n": 3}}


def test_a_damaged_line_inside_is_refused_by_number(path: Path) -> None:
    path.write_bytes(b'[["a","1",{"n":1}]]\nrubbish\n[["a","2",{"n":2}]]\n')

    with pytest.raises(StateFileDamaged, match="line 2"):
        LogStore(path)


def test_a_file_in_use_is_refused_and_free_again_after_closing(path: Path) -> None:
    store = LogStore(path)

    with pytest.raises(StateFileBusy, match="in use by another practice exchange"):
        LogStore(path)
    store.close()

    LogStore(path).close()


def test_rewriting_keeps_the_lock_and_the_rows(path: Path) -> None:
    store = LogStore(path)
    for number in range(60):
        store.put("a", "1", {"n": number, "filling": "x" * 100_000})
        store.commit()

    assert path.stat().st_size < 5_000_000
    with pytest.raises(StateFileBusy):
        LogStore(path)
    store.close()
    assert LogStore(path).rows("a")["1"]["n"] == 59


def test_a_killed_process_loses_nothing_that_was_committed(path: Path) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom simulator.store import LogStore\n"
        "store = LogStore(Path(sys.argv[1]))\nstore.put('a', '1', {'n': 1})\nstore.commit()\n"
        "store.put('a', '2', {'n': 2})\nos.kill(os.getpid(), 9)\n"
    )

    subprocess.run([sys.executable, "-c", script, str(path)], check=False)

    assert LogStore(path).rows("a") == {"1": {"n": 1}}


def test_without_a_file_rows_live_in_memory() -> None:
    store = LogStore()
    store.put("a", "1", {"n": 1})
    store.commit()

    assert store.rows("a") == {"1": {"n": 1}}


_STEPS = st.lists(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from("123"), st.integers() | st.none()), max_size=4),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(steps=_STEPS, kept_bytes=st.floats(0, 1))
def test_a_file_cut_anywhere_holds_a_prefix_of_the_steps(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, str, int | None]]], kept_bytes: float
) -> None:
    path = tmp_path_factory.mktemp("state") / "file"
    store = LogStore(path)
    states: list[dict[str, dict[str, Json]]] = [{}]
    for step in steps:
        for table, key, number in step:
            if number is None:
                store.delete(table, key)
            else:
                store.put(table, key, {"n": number})
        store.commit()
        states.append({table: dict(store.rows(table)) for table in ("a", "b")})
    store.close()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept_bytes)])

    again = LogStore(path)
    found = {table: dict(again.rows(table)) for table in ("a", "b")}
    again.close()

    assert found in [{"a": {}, "b": {}, **state} for state in states]
