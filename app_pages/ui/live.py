"""Live components: a module under static/ draws each in place, so no element is replaced while it lives.

A component's own script is two lines that load its module from the server once; what travels each second is its
values alone. The modules keep their state on the element they draw into.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_STATIC = Path(__file__).resolve().parents[2] / "static"
_LOADER = """
const module = import(new URL("{address}", document.baseURI).href);
export default function (component) {{
  module.then((loaded) => loaded.default(component));
  return () => module.then((loaded) => loaded.removed?.(component.parentElement));
}}
"""

# What Positions needs, the page that is opened first: their addresses stand in the index page, so that they come with
# it and not only after the server's first message. The last is imported by the others.
_FIRST_MODULES = ("status-line", "figures", "positions-table")
_SHARED_MODULE = "app/static/drawing.mjs"

_Arguments = ParamSpec("_Arguments")


def live_part(
    seconds: float | None = None,
) -> Callable[[Callable[_Arguments, None]], Callable[_Arguments, None]]:
    """Make a function draw a part of the page that runs by itself, also every so many seconds.

    The part is alone in a container that belongs to the page. Streamlit may drop what a part drew when the part runs
    again before that was sent; whatever else is in the same container would then move up into its place.

    Args:
        seconds: how often the part runs by itself; None for only when something in it is pressed.
    """

    def decorate(draw: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
        part = st.fragment(draw, run_every=seconds)

        @wraps(draw)
        def draw_alone(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
            with st.container():
                part(*args, **kwargs)

        return draw_alone

    return decorate


def heard(key: str, event: str) -> Any:  # noqa: ANN401  a component says what it likes
    """Return what a live component says with an event; None when it says nothing.

    What it said may be heard of only after it is not drawn any more, and Streamlit has forgotten it by then.
    """
    return getattr(st.session_state.get(key), event, None)


def first_modules() -> tuple[str, ...]:
    """Return the addresses of the modules that the first page draws with."""
    return (*map(_address, _FIRST_MODULES), _SHARED_MODULE)


def _address(name: str) -> str:
    version = sha256((_STATIC / f"{name}.mjs").read_bytes()).hexdigest()[:10]
    return f"app/static/{name}.mjs?v={version}"


@cache
def component(name: str) -> ComponentRenderer:
    """Return the component drawn by static/<name>.mjs, registered once per process.

    The version in the address changes with the file, so a browser never mixes an old module with new values.
    """
    return st.components.v2.component(
        f"bot.{name}",
        html='<div class="live"></div>',
        js=_LOADER.format(address=_address(name)),
        isolate_styles=False,
    )
