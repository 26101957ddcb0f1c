"""Words that the project no longer uses stay away."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "retired_identifiers.txt"
SEARCHED = ("*.py", "*.md", "*.mjs", "*.js", "*.css", "Makefile")
# What happened keeps the names it had then: migrations, and the changelog of versions.
KEPT = ("storage/migrations/", "CHANGELOG.md", "docs/decisions/")


def retired() -> dict[str, str]:
    lines = [line.split(maxsplit=1) for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {name: instead.strip() for name, instead in lines}


def searched_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *SEARCHED], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(KEPT)]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_retired_identifiers_do_not_come_back() -> None:
    words = retired()
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b")

    found = [
        f"{file.relative_to(ROOT)} says {match[0]}: say {words[match[0]]}"
        for file in searched_files()
        for match in pattern.finditer(file.read_text())
    ]

    assert found == []


def test_the_list_says_what_stands_in_their_place() -> None:
    names = [line.split()[0] for line in LIST.read_text().splitlines() if line and not line.startswith("#")]

    assert len(names) == len(set(names))
    assert all(retired().values())
