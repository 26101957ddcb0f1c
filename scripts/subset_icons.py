"""Cuts the font of icons down to those that the pages use: `pipx run scripts/subset_icons.py`, or with what it names.

Streamlit brings all 4 300 of them, 370 KB that every first visit would wait for. Writes static/fonts/icons.woff2, and
beside it icons.txt, the names in it, which a test holds against the pages and against Streamlit.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools==4.68.0", "brotli==1.2.1"]
# ///

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-not-found]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "static" / "fonts"
NAMED = re.compile(r":material/([a-z0-9_]+):")
QUOTED = re.compile(r"[\"']([a-z0-9_]{3,})[\"']")  # where an icon stands without Streamlit; other words cost little


def wanted(streamlits_files: Path, known: dict[str, str]) -> set[str]:
    """Return the names of icons that Streamlit's scripts or our pages may show, as far as the font has them."""
    names = {name for script in streamlits_files.glob("js/*.js") for name in NAMED.findall(script.read_text())}
    for ours in [*ROOT.glob("app_pages/**/*.py"), *ROOT.glob("static/*.mjs")]:
        text = ours.read_text()
        if ours.name != "lightweight-charts.mjs":
            names.update(NAMED.findall(text), QUOTED.findall(text))
    return names & known.keys()


def ligatures(font: TTFont) -> Iterator[tuple[str, str]]:
    """Yield each name that is drawn as one icon, and the glyph of it."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, following in getattr(table, "ExtSubTable", table).ligatures.items():
                for one in following:
                    yield "".join(letters[glyph] for glyph in (first, *one.Component)), one.LigGlyph


def cut(font: TTFont, names: set[str], known: dict[str, str]) -> None:
    """Leave in a font these icons and the letters that they are written with."""
    glyphs = {known[name] for name in names}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            inner = getattr(table, "ExtSubTable", table)
            for first, following in inner.ligatures.items():
                inner.ligatures[first] = [one for one in following if one.LigGlyph in glyphs]
    # A blank too: Streamlit asks for the font by one, and a browser looks for what is missing in the whole one.
    written = {ord(letter) for name in names for letter in name} | {ord(" ")}
    options = Options()
    options.layout_features = ["*"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=written, glyphs=glyphs)
    subsetter.subset(font)


def main(streamlits_files: Path) -> None:
    """Write the font anew from Streamlit's."""
    (whole,) = streamlits_files.glob("media/MaterialSymbols-Rounded.*.woff2")
    font = TTFont(whole)
    known = dict(ligatures(font))
    names = wanted(streamlits_files, known)
    cut(font, names, known)
    font.flavor = "woff2"
    font.save(FONTS / "icons.woff2")
    (FONTS / "icons.txt").write_text("".join(f"{name}\n" for name in sorted(names)))


if __name__ == "__main__":
    (installed,) = (ROOT / ".venv").glob("lib/python3*/site-packages/streamlit/static/static")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else installed)
