"""The version of the bot, as pyproject.toml names it."""

import tomllib
from pathlib import Path
from typing import Final

# Read from the file: the bot runs from a checkout and is never installed, so importlib.metadata does not know it.
VERSION: Final[str] = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["version"]
