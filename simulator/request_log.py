"""The latest requests and what became of them: the exchange's side of the story, for tests to compare with."""

from collections import deque
from dataclasses import dataclass

from simulator.interfaces import Json

_KEPT = 20_000


@dataclass(slots=True)
class RequestEntry:
    """One request: what became of it and how it was answered.

    executed is true once its handler went through, answered once the last byte of a whole answer was handed to the
    network, whatever the answer said. status is that of the answer that was begun, None when there was none.
    """

    at: int
    method: str
    path: str
    executed: bool = False
    answered: bool = False
    status: int | None = None
    account: str | None = None
    fault: str | None = None

    def row(self) -> Json:
        """Return the entry as the ledger shows it; `at` is serverTime on arrival, in milliseconds."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "executed": self.executed,
            "answered": self.answered,
            "status": self.status,
            "account": self.account,
            "fault": self.fault,
        }


class RequestLog:
    """A bounded list of requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[RequestEntry] = deque(maxlen=_KEPT)

    def begin(self, at: int, method: str, path: str) -> RequestEntry:
        """Note the arrival of a request and return its entry to be completed."""
        entry = RequestEntry(at, method, path)
        self._entries.append(entry)
        return entry

    def rows(self, latest: int | None = None) -> list[Json]:
        """Return all entries, or the latest few, oldest first."""
        entries = list(self._entries)
        return [entry.row() for entry in (entries if latest is None else entries[max(0, len(entries) - latest) :])]

    def clear(self) -> None:
        """Forget all requests."""
        self._entries.clear()
