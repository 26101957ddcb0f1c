"""Programs forked from one that has imported."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.forks import Forked


def test_a_page_that_ran_here_is_not_run_in_the_new_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = ModuleType("__main__")
    page.__file__ = str(tmp_path / "page_that_is_gone.py")
    monkeypatch.setitem(sys.modules, "__main__", page)
    log = tmp_path / "log"

    ended = Forked("simulator", ["--help"], log).wait(60)

    assert (ended, "--prices" in log.read_text()) == (0, True)
    assert sys.modules["__main__"] is page
