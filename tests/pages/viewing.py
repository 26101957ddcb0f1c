"""One viewer of one page: runs it as the server does, and reads what it drew."""

import json
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

PATIENCE_SECONDS = 30


def view(draw: Callable[[], None], **session: Any) -> AppTest:
    """Return the page as a new viewer sees it; draw must import what it needs, because only its text is run."""
    app = AppTest.from_function(draw, default_timeout=PATIENCE_SECONDS)
    for key, value in session.items():
        app.session_state[key] = value
    return seen_again(app)


def seen_again(app: AppTest) -> AppTest:
    """Run the page once more and insist that it drew without an error."""
    app.run()
    assert not app.exception, [error.message for error in app.exception]
    return app


def component(app: AppTest, name: str) -> dict[str, Any]:
    """Return the values the live component of that name was given."""
    values = [
        json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.component_name == f"bot.{name}"
    ]
    assert len(values) == 1, f"{name} is drawn {len(values)} times"
    drawn: dict[str, Any] = values[0]
    return drawn


def has_component(app: AppTest, name: str) -> bool:
    """Return whether the live component of that name is drawn."""
    return any(one.proto.component_name == f"bot.{name}" for one in app.get("bidi_component"))


def words(app: AppTest) -> str:
    """Return all HTML the page drew by itself."""
    return "\n".join(one.proto.body for one in app.get("html"))


def press(app: AppTest, key: str) -> AppTest:
    """Press a button and insist that the page drew without an error."""
    app.button(key=key).click()
    return seen_again(app)
