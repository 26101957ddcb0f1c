"""What the pages no longer say: words of the trade took the place of homespun ones."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RETIRED = (
    *("Daring", "Stake, USDT", "At most, times", "Again after", "Must win", "nothing at risk", "first run"),
    *("Open result", "Closed today", "Won per 1 lost", "Deepest fall", "Change the next round", "Opening goes on"),
    *("Go on opening", "Pause opening", "Move them", "Leave as it is", "All right", "Reopen now", "until you say so"),
    *("rests on the exchange", "rest on the exchange", "lands about", "Leave them parked", "No verdict yet"),
    *("No position fits", "goes on by itself", "Where they were made", "Written off", "Ended by the exchange"),
    *("being opened, closed or protected", "in 100", "none, your wallet covers it", "out of reach", "61000.5"),
    *("Is it well?", "How sure can one be?", "rests a stop", "to reckon with", "Longest losing run"),
)


@pytest.mark.parametrize("words", RETIRED)
def test_retired_words_are_said_nowhere(words: str) -> None:
    said = re.compile(rf"[\"'`>{{ ]{re.escape(words)}")
    files = [
        *(file for room in ("app_pages", "domain", "services", "engine") for file in (ROOT / room).rglob("*.py")),
        *(file for file in (ROOT / "static").glob("*.mjs") if "lightweight" not in file.name),
    ]

    lines = [line for file in files for line in file.read_text().splitlines() if said.search(line)]

    # Comments and docstrings may speak of code; what is said to a person stands in quotes.
    assert [line for line in lines if '"' in line and '"""' not in line and not line.lstrip().startswith("#")] == []
