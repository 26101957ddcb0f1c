"""What a foreign client found: one row for each thing it tried."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

# Part of a row's name: why the exchange and the client do not agree.
KNOWN = {
    "test_futures_account_trades": "asks for trades without the symbol that Binance's documentation calls mandatory",
    "test_futures_index_index_price_constituents": "asks for BTCUSD, a pair of COIN-M contracts",
    "account v2": "its positions have three fields more than documented",
    "order, modified": "the answer has no pair and no modifyId",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was tried, and why the client did not agree with the answer; empty when it did."""

    name: str
    problem: str = ""


def tried(name: str, step: Callable[[], object]) -> Row:
    """Try one step: it agrees when it raises nothing."""
    try:
        step()
    except Exception as error:
        return Row(name, f"{type(error).__name__}: {error}"[:300])
    return Row(name)


def print_rows(rows: Iterable[Row]) -> None:
    """Write rows for the process that started this one."""
    for row in rows:
        sys.stdout.write(json.dumps(asdict(row)) + "\n")


def read_rows(text: str) -> Iterator[Row]:
    """Read what print_rows has written, whatever a library wrote in between."""
    for line in text.splitlines():
        if line.startswith('{"name"'):
            yield Row(**json.loads(line))


def known(row: Row) -> str:
    """Return why a client that does not agree need not, nothing when that is not known."""
    return next((reason for part, reason in KNOWN.items() if part in row.name), "")
