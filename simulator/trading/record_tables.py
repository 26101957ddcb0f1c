"""Tables of records kept in memory and written through to the store."""

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from simulator.clock import ExchangeClock
from simulator.interfaces import Json, Store
from simulator.trading.codec import from_row, to_row

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")

# How far back reads can be made to lag; older undo entries are dropped.
_MEMORY_MS = 15 * 60 * 1000
_MEMORY_ENTRIES = 20_000


class RecordTable(Generic[_Record]):
    """One account's records of one type by key (`records`, for reading), and how they were a while ago."""

    def __init__(
        self, store: Store, table: str, account: str, record_type: type[_Record], clock: ExchangeClock
    ) -> None:
        self._store = store
        self._table = table
        self._prefix = f"{account}/"
        self._clock = clock
        self._undo: deque[tuple[int, str, _Record | None]] = deque(maxlen=_MEMORY_ENTRIES)
        self.records: dict[str, _Record] = {
            key.removeprefix(self._prefix): from_row(record_type, row)
            for key, row in store.rows(table).items()
            if key.startswith(self._prefix)
        }

    def put(self, key: str, record: _Record) -> None:
        """Insert or replace a record."""
        self._remember(key)
        self.records[key] = record
        self._store.put(self._table, self._prefix + key, to_row(record))

    def delete(self, key: str) -> None:
        """Remove a record; absent is fine."""
        self._remember(key)
        self.records.pop(key, None)
        self._store.delete(self._table, self._prefix + key)

    def clear(self) -> None:
        """Remove every record and the memory of them."""
        for key in list(self.records):
            self._store.delete(self._table, self._prefix + key)
        self.records.clear()
        self._undo.clear()

    def as_of(self, time_ms: int) -> dict[str, _Record]:
        """Return the records as they stood at a moment of the last fifteen minutes."""
        former: dict[str, _Record | None] = dict(self.records)
        for changed_ms, key, previous in reversed(self._undo):
            if changed_ms <= time_ms:
                break
            former[key] = previous
        return {key: record for key, record in former.items() if record is not None}

    def _remember(self, key: str) -> None:
        now_ms = self._clock.now_ms()
        self._undo.append((now_ms, key, self.records.get(key)))
        while self._undo[0][0] < now_ms - _MEMORY_MS:
            self._undo.popleft()


class RowLog:
    """One account's rows that are only ever added, in the wire's own words."""

    def __init__(self, store: Store, table: str, account: str) -> None:
        self._store = store
        self._table = table
        self._prefix = f"{account}/"
        self._keys: list[str] = [key for key in store.rows(table) if key.startswith(self._prefix)]

    def stored(self) -> list[Json]:
        """Return the rows found in the store, in no particular order."""
        rows = self._store.rows(self._table)
        return [rows[key] for key in self._keys]

    def add(self, key: str, row: Json) -> None:
        """Add one row."""
        self._keys.append(self._prefix + key)
        self._store.put(self._table, self._prefix + key, row)

    def clear(self) -> None:
        """Remove every row."""
        for key in self._keys:
            self._store.delete(self._table, key)
        self._keys.clear()


class Counters:
    """Number spaces that never start again, whatever is wiped."""

    def __init__(self, store: Store, first: dict[str, int]) -> None:
        """Continue each named space, or start it at first[name]."""
        self._store = store
        rows = store.rows("trading_counters")
        self._next = {name: int(rows[name]["next"]) if name in rows else start for name, start in first.items()}

    def take(self, name: str) -> int:
        """Return the next number of a space."""
        number = self._next[name]
        self._next[name] = number + 1
        self._store.put("trading_counters", name, {"next": number + 1})
        return number
