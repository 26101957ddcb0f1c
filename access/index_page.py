"""Streamlit's index page as the dashboard serves it: what it advertises taken out, our own script put in."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import quote

import streamlit
from starlette.types import Message

from access.compressed_files import OWN_FILES, STREAMLITS_FILES

INDEX_FILE: Final = Path(streamlit.__file__).parent / "static" / "index.html"

# The page offers every program that reads it an interface to press its buttons. It is shut, so it is not offered.
_OFFERED: Final = re.compile(
    rb"<!--(?:(?!-->).)*\bagent\b(?:(?!-->).)*-->\s*|<link rel=\"service-desc\"[^>]*>\s*", re.DOTALL
)
_NOSCRIPT: Final = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)
_PLAIN_NOSCRIPT: Final = b"<noscript><p>The dashboard needs JavaScript.</p></noscript>"
_TITLE: Final = re.compile(rb"<title>.*?</title>")
_OWN_TITLE: Final = b"<title>Binance Futures Trading Bot (Testnet)</title>"
_ICON: Final = b'href="./favicon.png"'
_OWN_ICON: Final = b'href="/app/static/icon.svg"'
_UNUSED_FONT: Final = re.compile(rb"<link\s+rel=\"preload\"[^>]*as=\"font\"[^>]*>\s*")  # the pages are set in another
_STYLESHEET: Final = re.compile(rb'<link rel="stylesheet"[^>]*href="\./static/(css/index\.[^"]+\.css)">')
_FONT_FACE: Final = re.compile(rb"@font-face\{[^}]*\}")
_FONT_ADDRESS: Final = re.compile(rb'url\("fonts/([a-z0-9-]+\.woff2)"\)')
_ROOT: Final = b'<div id="root">'
# Asked for only after the server's first message, one after the other; named in the page, they come with the rest.
_SOON: Final = ("BidiComponent", "Html", "PageLink", "serialization", "recordbatch", "purify.es")
_FIRST_SCRIPTS: Final = ("rescue.js", "colours.js")  # before anything of Streamlit
_OWN_HEAD: Final = (
    b'<script type="module" src="/app/static/presence.mjs"></script>'
    b'<script type="module" src="/app/static/keys.mjs"></script>'
    b'<link rel="manifest" href="/app/static/manifest.json" crossorigin="use-credentials">'
    b'<link rel="apple-touch-icon" href="/app/static/icon-180.png">'
    b'<meta name="apple-mobile-web-app-capable" content="yes"><meta name="theme-color" content="#2F5BD3">'
)


def rewrite(html: bytes, modules: Iterable[str] = ()) -> bytes:
    """Return the index page to serve for Streamlit's own.

    Everything that changes the page is done here. The hash of each inline script in the answer becomes part of the
    content security policy by itself.

    Args:
        html: Streamlit's page.
        modules: addresses of those of ours that the first page draws with.
    """
    html = _NOSCRIPT.sub(_PLAIN_NOSCRIPT, _OFFERED.sub(b"", html))
    first = b"".join(b"<script>" + (OWN_FILES / name).read_bytes() + b"</script>" for name in _FIRST_SCRIPTS)
    html = html.replace(b"<head>", b"<head>" + first, 1)
    html = _UNUSED_FONT.sub(b"", _TITLE.sub(_OWN_TITLE, html.replace(_ICON, _OWN_ICON, 1), count=1))
    html = _STYLESHEET.sub(_style, html, count=1)
    html = html.replace(b"</head>", _OWN_HEAD + b"".join(_soon(modules)) + b"</head>", 1)
    html = html.replace(_ROOT, _skeleton() + _ROOT, 1)
    # At the very end: of two rules alike the later counts, and Streamlit writes its own into the head.
    own = (OWN_FILES / "dashboard.css").read_bytes()
    return html.replace(b"</body>", b"<style>" + own + b"</style></body>", 1)


def _soon(modules: Iterable[str]) -> Iterator[bytes]:
    found = (next(STREAMLITS_FILES.glob(f"js/{name}.*.js"), None) for name in _SOON)
    for address in (*modules, *(f"static/js/{file.name}" for file in found if file is not None)):
        yield f'<link rel="modulepreload" crossorigin href="/{address}">'.encode()


def _style(link: re.Match[bytes]) -> bytes:
    """Return Streamlit's stylesheet, for which nothing need wait then, with the fonts of the pages in place of its own.

    Streamlit asks for every font that goes by the name of its icons, all 370 KB of them, as long as one is named.
    """
    streamlits = _FONT_FACE.sub(b"", (STREAMLITS_FILES / link[1].decode()).read_bytes())
    ours = (OWN_FILES / "faces.css").read_bytes().strip()
    faces = _FONT_ADDRESS.sub(lambda found: b'url("%s")' % _font_address(found[1].decode()), ours)
    return b"<style>" + streamlits + b"</style><style>" + faces + b"</style>"


def _font_address(name: str) -> bytes:
    version = hashlib.sha256((OWN_FILES / "fonts" / name).read_bytes()).hexdigest()[:10]
    return f"/app/static/fonts/{name}?v={version}".encode()


def _skeleton() -> bytes:
    """Return what stands there until the pages do: the shape of a page, without a script or another file."""
    icon = quote((OWN_FILES / "icon.svg").read_text().strip())
    return (OWN_FILES / "skeleton.html").read_bytes().strip().replace(b"@icon@", icon.encode())


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
    def load(cls, modules: Iterable[str] = (), file: Path = INDEX_FILE) -> "IndexPage":
        """Read Streamlit's page and make ours of it, which names the modules that the first page draws with."""
        original = file.read_bytes()
        body = rewrite(original, modules)
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
