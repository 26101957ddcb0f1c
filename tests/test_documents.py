"""Every test that docs/security.md and docs/cases.md name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = {"security.md": 60, "cases.md": 50}  # how many tests each names at least
HEADS = ("threat", "report", "detail")


def named(document: str) -> list[tuple[str, str]]:
    """Return every pair of a file and words of a test's name in the third column of the tables; "" for no words."""
    found = []
    for line in (ROOT / "docs" / document).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or len(cells) != 3 or cells[0] in HEADS:
            continue
        for part in cells[2].strip(" |").split(";"):
            file = re.match(r"\s*`([^`]+)`\s*(.*)", part)
            assert file, f"no test is named: {line}"
            for words in file[2].partition(":")[0].split(","):
                found.append((file[1], words.strip()))
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_row_names_a_test(document: str) -> None:
    assert len(named(document)) > DOCUMENTS[document]


@pytest.mark.parametrize(("file", "words"), [pair for document in DOCUMENTS for pair in named(document)])
def test_a_named_test_is_there(file: str, words: str) -> None:
    source = (ROOT / "tests" / file).read_text()
    names = re.findall(r"^def test_(\w+)", source, re.MULTILINE)

    wanted = re.sub(r"\W+", "_", words.lower()).strip("_")
    assert [name for name in names if wanted in name], f"{file} has no test with {words!r} in its name"
