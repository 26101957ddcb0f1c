"""Unpacking an answer's bytes: nothing that the exchange sends may fill the memory or stop the reader."""

import json
import zlib
from decimal import Decimal

from exchange.wire import Json

# The largest answer there is: exchangeInfo with some 900 symbols, 1.5 MB unpacked, 12,000 objects and lists.
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024  # as received
LARGEST_CONTENT_BYTES = 8 * 1024 * 1024  # unpacked
MOST_CONTAINERS = 60_000  # objects and lists
MOST_VALUES = 600_000
LONGEST_NUMBER = 60


class Unreadable(Exception):
    """The bytes are no answer; the text says why, for the log."""


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return the content of a body, checked to its last byte.

    Raises:
        Unreadable: it is damaged, cut off, too large, or packed in a way that was not asked for.
    """
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Unreadable("packed in an unknown way")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, LARGEST_CONTENT_BYTES)
    except zlib.error:
        raise Unreadable("damaged") from None
    if unpacker.unconsumed_tail:
        raise Unreadable("too large")
    if not unpacker.eof:
        raise Unreadable("cut off")
    return content


def parsed(content: bytes) -> Json:
    """Return the JSON of a content; numbers are exact, as int or Decimal.

    Raises:
        Unreadable: it is not JSON, or larger or more deeply nested than any answer of the exchange.
    """
    if content.count(b"{") + content.count(b"[") > MOST_CONTAINERS or content.count(b",") > MOST_VALUES:
        raise Unreadable("too many rows")
    try:
        return json.loads(content, parse_float=_number, parse_constant=_no_number)
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    except ValueError:
        raise Unreadable("not JSON") from None


def _number(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number too long")
    return Decimal(text)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
