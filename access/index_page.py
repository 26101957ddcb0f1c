"""Streamlit's index page as the dashboard serves it: what it advertises taken out, our own script put in."""

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import streamlit
from starlette.types import Message

INDEX_FILE: Final = Path(streamlit.__file__).parent / "static" / "index.html"

# The page offers every program that reads it an interface to press its buttons. It is shut, so it is not offered.
_OFFERED: Final = re.compile(
    rb"<!--(?:(?!-->).)*\bagent\b(?:(?!-->).)*-->\s*|<link rel=\"service-desc\"[^>]*>\s*", re.DOTALL
)
_NOSCRIPT: Final = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)
_PLAIN_NOSCRIPT: Final = b"<noscript><p>The dashboard needs JavaScript.</p></noscript>"
_STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_FIRST_SCRIPTS: Final = ("rescue.js", "colours.js")  # before anything of Streamlit
_OWN_HEAD: Final = (
    b'<script type="module" src="/app/static/presence.mjs"></script>'
    b'<script type="module" src="/app/static/keys.mjs"></script>'
    b'<link rel="manifest" href="/app/static/manifest.json" crossorigin="use-credentials">'
    b'<link rel="apple-touch-icon" href="/app/static/icon-180.png">'
    b'<meta name="apple-mobile-web-app-capable" content="yes"><meta name="theme-color" content="#2F5BD3">'
)


def rewrite(html: bytes) -> bytes:
    """Return the index page to serve for Streamlit's own.

    Everything that changes the page is done here. The hash of each inline script in the answer becomes part of the
    content security policy by itself.
    """
    html = _NOSCRIPT.sub(_PLAIN_NOSCRIPT, _OFFERED.sub(b"", html))
    first = b"".join(b"<script>" + (_STATIC / name).read_bytes() + b"</script>" for name in _FIRST_SCRIPTS)
    html = html.replace(b"<head>", b"<head>" + first, 1)
    return html.replace(b"</head>", _OWN_HEAD + b"</head>", 1)


def inline_script_hashes(html: bytes) -> tuple[str, ...]:
    """Return the sources `'sha256-…'` that allow the page's inline scripts, and no others, in order."""
    reader = _InlineScripts()
    reader.feed(html.decode())
    reader.close()
    digests = (hashlib.sha256(script.encode()).digest() for script in reader.scripts)
    return tuple(dict.fromkeys(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))


@dataclass(frozen=True, slots=True)
class IndexPage:
    """The page as it is served, made once."""

    original_length: int  # bytes of Streamlit's own, by which its answer is known
    body: bytes
    compressed: bytes
    tag: str  # ETag
    script_hashes: tuple[str, ...]

    @classmethod
    def load(cls, file: Path = INDEX_FILE) -> "IndexPage":
        """Read Streamlit's page and make ours of it."""
        original = file.read_bytes()
        body = rewrite(original)
        return cls(
            original_length=len(original),
            body=body,
            compressed=gzip.compress(body, mtime=0),
            tag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            script_hashes=inline_script_hashes(body),
        )

    def is_answered_by(self, message: Message) -> bool:
        """Say whether the start of an answer is that of Streamlit's own index page, plain and whole."""
        headers = {name.lower(): value for name, value in message["headers"]}
        return (
            message["status"] == 200
            and headers.get(b"content-type", b"").startswith(b"text/html")
            and headers.get(b"content-length") == str(self.original_length).encode()
        )


class _InlineScripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)
        if self._inside:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = False
