"""Files that never change while the server runs, compressed once: Streamlit sends its own as they are.

A page of the dashboard is 2.9 MB of them, and 0.8 MB compressed. What is compressed is kept by the file's content in
memory; on the way to a browser nothing is compressed again, and a browser that has a file already is told so.
"""

import asyncio
import gzip
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Final

import streamlit
from starlette.types import ASGIApp, Receive, Scope, Send

from access.headers import Header
from access.requests import first_header

OWN_FILES: Final = Path(__file__).resolve().parents[1] / "static"
STREAMLITS_FILES: Final = Path(streamlit.__file__).parent / "static" / "static"
ROOTS: Final = {"/static/": STREAMLITS_FILES, "/app/static/": OWN_FILES}
_TYPES: Final = {".js": "text/javascript", ".mjs": "text/javascript"}  # not those that the machine's tables know
_SUFFIXES: Final = frozenset({".js", ".mjs", ".css", ".html", ".json", ".svg", ".txt"})  # others are compressed by kind
_FOR_EVER: Final = b"public, immutable, max-age=31536000"
_ASK_AGAIN: Final = b"no-cache"


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[int, int]  # of the file it was made from: when it was written, nanoseconds, and how long it is, bytes
    tag: bytes  # ETag
    body: bytes


class CompressedFiles:
    """ASGI middleware that answers for the files below its roots, where the browser takes them compressed."""

    def __init__(self, app: ASGIApp, roots: Mapping[str, Path] = ROOTS) -> None:
        """Note which files there are; only their names are ever answered for.

        Args:
            app: what stands behind.
            roots: the folder for each beginning of a path.
        """
        self._app = app
        self._files = {
            beginning + file.relative_to(folder).as_posix(): file
            for beginning, folder in roots.items()
            for file in folder.rglob("*")
            if file.suffix in _SUFFIXES and file.is_file()
        }
        self._kept: dict[Path, _Kept] = {}
        self._one_at_a_time = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; all that is not for such a file is passed on."""
        file = self._files.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if file is None or not _is_taken_whole_and_compressed(scope):
            await self._app(scope, receive, send)
            return
        try:
            kept = await asyncio.to_thread(self._compressed, file)
        except FileNotFoundError:
            await self._app(scope, receive, send)
            return
        unchanged = first_header(scope, b"if-none-match") == kept.tag.decode()
        await send(
            {
                "type": "http.response.start",
                "status": 304 if unchanged else 200,
                "headers": _headers(scope, file, kept, unchanged),
            }
        )
        await send({"type": "http.response.body", "body": b"" if unchanged else kept.body})

    def _compressed(self, file: Path) -> _Kept:
        told = file.stat()
        stamp = (told.st_mtime_ns, told.st_size)
        kept = self._kept.get(file)
        if kept is not None and kept.stamp == stamp:
            return kept
        with self._one_at_a_time:
            kept = self._kept.get(file)
            if kept is None or kept.stamp != stamp:
                content = file.read_bytes()
                tag = f'"{sha256(content).hexdigest()[:32]}"'.encode()
                kept = self._kept[file] = _Kept(stamp, tag, gzip.compress(content, mtime=0))
        return kept


def _is_taken_whole_and_compressed(scope: Scope) -> bool:
    return "gzip" in (first_header(scope, b"accept-encoding") or "") and first_header(scope, b"range") is None


def _headers(scope: Scope, file: Path, kept: _Kept, unchanged: bool) -> list[Header]:
    # Streamlit's names carry the hash of what is in them; ours carry it behind a question mark, if at all.
    named_by_content = scope["path"].startswith("/static/") or scope["query_string"].startswith(b"v=")
    headers: list[Header] = [
        (b"cache-control", _FOR_EVER if named_by_content else _ASK_AGAIN),
        (b"etag", kept.tag),
        (b"vary", b"Accept-Encoding"),
    ]
    if unchanged:
        return headers
    kind = _TYPES.get(file.suffix) or guess_type(file.name)[0] or "application/octet-stream"
    return [
        *headers,
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"content-encoding", b"gzip"),
        (b"content-length", str(len(kept.body)).encode()),
    ]
