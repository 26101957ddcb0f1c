"""The index page as it is served: nothing is offered to programs, and its inline scripts are the only ones allowed."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

from access.compressed_files import OWN_FILES, STREAMLITS_FILES
from access.index_page import INDEX_FILE, IndexPage, inline_script_hashes, rewrite


def test_the_page_does_not_offer_the_agent_interface() -> None:
    assert b"_stcore/agent" in INDEX_FILE.read_bytes()

    assert b"agent" not in rewrite(INDEX_FILE.read_bytes())


def test_the_page_still_loads_streamlit_and_our_own_script() -> None:
    page = rewrite(INDEX_FILE.read_bytes())

    assert b'<script type="module" crossorigin src="./static/js/index.' in page
    assert page.count(b'src="/app/static/presence.mjs"') == 1
    assert page.index(b"rescued-at") < page.index(b"static/js/index.")
    assert b'<div id="root"></div>' in page


def test_every_inline_script_is_allowed_by_its_hash_and_no_file_is() -> None:
    html = b'<script>one()</script><SCRIPT type="module">two("</b>")\n</SCRIPT><script src="x.js"></script>'

    expected = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in (b"one()", b'two("</b>")\n')
    ]
    assert list(inline_script_hashes(html)) == expected


def test_what_is_sent_compressed_is_the_same_page() -> None:
    page = IndexPage.load()

    assert gzip.decompress(page.compressed) == page.body
    assert page.script_hashes == inline_script_hashes(page.body)


def test_the_page_stands_before_any_script_or_file_has_come() -> None:
    page = rewrite(INDEX_FILE.read_bytes())

    assert b"<title>Binance Futures Trading Bot (Testnet)</title>" in page
    assert b"favicon.png" not in page
    assert page.index(b'id="skeleton"') < page.index(b'<div id="root">')
    assert b"@icon@" not in page


def test_what_the_first_page_needs_soon_is_asked_for_at_once_and_nothing_it_does_not() -> None:
    page = rewrite(INDEX_FILE.read_bytes(), ["app/static/table.mjs?v=1"]).decode()

    assert '<link rel="modulepreload" crossorigin href="/app/static/table.mjs?v=1">' in page
    assert '<link rel="modulepreload" crossorigin href="/static/js/BidiComponent.' in page
    assert "SourceSans" not in page
    assert "inter-latin-wght-normal.woff2" in page


def test_the_dashboards_stylesheet_comes_with_the_page_behind_all_of_streamlits() -> None:
    page = rewrite(INDEX_FILE.read_bytes())

    assert page.index((OWN_FILES / "dashboard.css").read_bytes()) > page.index(b'<div id="root">')


def test_the_page_names_its_own_fonts_and_none_of_streamlits() -> None:
    page = rewrite(INDEX_FILE.read_bytes()).decode()

    named = set(re.findall(r'url\("([^"]+\.woff2[^"]*)"\)', page))
    assert 'rel="stylesheet"' not in page
    assert page.count("@font-face") == (OWN_FILES / "faces.css").read_text().count("@font-face")
    assert {address.rsplit("/", 1)[0] for address in named} == {"/app/static/fonts"}
    assert 'as="font"' not in page  # what the figures need comes first


def test_the_font_of_the_pages_has_each_icon_that_is_named() -> None:
    """Where this fails, scripts/subset_icons.py makes the font anew."""
    ours = [*Path("app_pages").glob("**/*.py"), *OWN_FILES.glob("*.mjs")]
    texts = [file.read_text() for file in (*ours, *STREAMLITS_FILES.glob("js/*.js"))]
    named = {name for text in texts for name in re.findall(r":material/([a-z0-9_]+):", text)}
    drawn_by_streamlit_itself = {"star_filled"}

    assert named - drawn_by_streamlit_itself <= set((OWN_FILES / "fonts" / "icons.txt").read_text().split())
