"""Bodies that no client expects: damaged on the way, or of a size and depth that would exhaust it."""

import gzip
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

_DEEP = 100_000
_ROWS = 1_000_000
_MEGABYTE = 1_000_000
_BOMB_MEGABYTES = 400
_CHUNK = 65_536


def damaged_gzip(body: bytes) -> bytes:
    """Return body compressed, every byte of the second half and of the checksum inverted."""
    packed = gzip.compress(body, mtime=0)
    middle = len(packed) // 2
    return packed[:middle] + bytes(byte ^ 0xFF for byte in packed[middle:])


@cache
def gzip_bomb() -> bytes:
    """Return some 400 KB that unpack to a JSON text of 400 MB, an empty list and blanks."""
    blanks = b" " * _MEGABYTE
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    begun = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the packer remembers nothing: each megabyte becomes the same bytes.
    megabyte = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    ended = packer.compress(b"]") + packer.flush()
    checksum = zlib.crc32(b"[")
    for _ in range(_BOMB_MEGABYTES):
        checksum = zlib.crc32(blanks, checksum)
    checksum = zlib.crc32(b"]", checksum)
    length = _BOMB_MEGABYTES * _MEGABYTE + 2
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    tail = checksum.to_bytes(4, "little") + length.to_bytes(4, "little")
    return head + begun + megabyte * _BOMB_MEGABYTES + ended + tail


def deep_json() -> bytes:
    """Return 100 000 lists, each inside the one before."""
    return b"[" * _DEEP + b"]" * _DEEP


def many_rows(body: bytes) -> Iterator[bytes]:
    """Yield a list of a million rows: the rows of a list, or the one row that body is, again and again."""
    content: Any = json.loads(body)
    rows = content if isinstance(content, list) and content else [content]
    texts = [json.dumps(row, separators=(",", ":")).encode() for row in rows]
    yield b"[" + texts[0]
    left = itertools.islice(itertools.cycle(texts), 1, _ROWS)
    yield from _in_chunks(b"," + text for text in left)
    yield b"]"


def endless() -> Iterator[bytes]:
    """Yield the blanks of a JSON text that never begins."""
    return itertools.repeat(b" " * _CHUNK)


def _in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    chunk = bytearray()
    for piece in pieces:
        chunk += piece
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)
