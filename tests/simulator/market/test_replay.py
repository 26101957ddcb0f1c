from decimal import Decimal
from pathlib import Path

import pytest

from simulator.market.replay import ReplayPrice, ReplayUnreadable, read_replay

KNOWN = frozenset({"BTCUSDT", "ETHUSDT"})


def _file(folder: Path, text: str) -> Path:
    path = folder / "prices.csv"
    path.write_text(text)
    return path


def test_rows_are_played_in_order_of_time_and_faster_with_speed(tmp_path: Path) -> None:
    path = _file(tmp_path, "time_ms,symbol,price\n2000,BTCUSDT,61000.5\n0,ethusdt,2800\n")

    rows = read_replay(path, KNOWN, Decimal(2))

    assert rows == [ReplayPrice(0, "ETHUSDT", Decimal(2800)), ReplayPrice(1000, "BTCUSDT", Decimal("61000.5"))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("5,XYZUSDT,1", "unknown symbol XYZUSDT"),
        ("5,BTCUSDT", "three columns"),
        ("soon,BTCUSDT,1", "not a whole number"),
        ("5,BTCUSDT,-1", "above zero"),
        ("5,BTCUSDT,NaN", "above zero"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = _file(tmp_path, f"time_ms,symbol,price\n{line}\n")

    with pytest.raises(ReplayUnreadable, match=f"line 2: .*{reason}"):
        read_replay(path, KNOWN, Decimal(1))


def test_a_missing_or_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayUnreadable):
        read_replay(tmp_path / "absent.csv", KNOWN, Decimal(1))
    with pytest.raises(ReplayUnreadable, match="no prices"):
        read_replay(_file(tmp_path, "time_ms,symbol,price\n"), KNOWN, Decimal(1))
