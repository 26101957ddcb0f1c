"""Lists as the exchange sends them, read row by row: one odd row must not hide the others."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from domain.exchange import UnreadRow
from exchange.errors import UnexpectedAnswer
from exchange.wire import Json, moment, rows

log = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_NAME = 64  # of a symbol or a client id; the exchange allows 36
_CLIENT_ID_FIELDS = ("clientAlgoId", "clientOrderId")
_TIME_FIELDS = ("time", "createTime", "updateTime")


class Rows(list[T]):
    """The rows that could be read, in the order sent; unread holds the others."""

    def __init__(self, found: Iterable[T] = (), unread: Iterable[UnreadRow] = ()) -> None:
        super().__init__(found)
        self.unread = tuple(unread)

    @property
    def sent(self) -> int:
        """How many rows the exchange sent: whether a page is full is told by this."""
        return len(self) + len(self.unread)


def read_rows(of: str, answer: Json, parse: Callable[[Json], T], about: str | None = None) -> Rows[T]:
    """Read each row of a list; those that cannot be read are set aside.

    Args:
        of: what the list is of, in plain words: "positions".
        answer: the exchange's answer.
        parse: reads one row, raises UnexpectedAnswer when it cannot.
        about: the symbol that was asked about, None for all.

    Raises:
        UnexpectedAnswer: it is no list, or one of another symbol: the answer to another request.
    """
    found: list[T] = []
    unread: list[UnreadRow] = []
    for number, row in enumerate(rows(answer), start=1):
        try:
            found.append(parse(row))
        except UnexpectedAnswer as error:
            unread.append(_set_aside(of, number, row, error.details))
    if about is not None and found and all(getattr(row, "symbol", about) != about for row in found):
        raise UnexpectedAnswer(f"{of} of another symbol than {about}")
    return Rows(found, unread)


def _set_aside(of: str, number: int, row: Json, reason: str) -> UnreadRow:
    known = row if isinstance(row, dict) else {}
    names = (_name(known.get(name)) for name in _CLIENT_ID_FIELDS)
    return UnreadRow(
        of=of,
        number=number,
        reason=reason,
        symbol=_name(known.get("symbol")),
        client_order_id=next((name for name in names if name is not None), None),
        at=_time(known),
    )


def _name(value: Json) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable() else None


def _time(row: Json) -> datetime | None:
    for name in _TIME_FIELDS:
        try:
            return moment(row, name)
        except UnexpectedAnswer:
            continue
    return None
