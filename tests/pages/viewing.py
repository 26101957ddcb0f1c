"""One viewer of one page: runs it as the server does, and reads what it drew."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

PATIENCE_SECONDS = 30


def view(draw: Callable[[], None], address: Mapping[str, str] | None = None, **session: Any) -> AppTest:
    """Return the page as a new viewer sees it; draw must import what it needs, because only its text is run.

    Args:
        draw: draws the page.
        address: what its address says, by name.
        session: what is in the viewer's session already.
    """
    app = AppTest.from_function(draw, default_timeout=PATIENCE_SECONDS)
    for key, value in (address or {}).items():
        app.query_params[key] = value
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


def said(app: AppTest) -> list[str]:
    """Return what was said in passing, line by line, whether the lane for it was drawn since or not."""
    shown = app.session_state["messages"] if "messages" in app.session_state else ()  # noqa: SIM401  it has no get
    later = app.session_state["unsaid_words"] if "unsaid_words" in app.session_state else ()  # noqa: SIM401
    return [line.words for message in shown for line in message.lines] + [line.words for line in later]


def press(app: AppTest, key: str) -> AppTest:
    """Press a button and insist that the page drew without an error."""
    app.button(key=key).click()
    return seen_again(app)


def number_field(app: AppTest, key: str) -> dict[str, Any]:
    """Return the values a number field was given: its label and text, and how that was read."""
    (values,) = [shown for shown in _all(app, "number-field") if shown["field"] == key]
    return values


def type_text(app: AppTest, key: str, text: str) -> AppTest:
    """Type into a number field and insist that the page drew without an error."""
    typed = {"text": text, "revision": number_field(app, key)["revision"]}
    return trigger(app, f"field_{key}", "typed", typed)


def send_button(app: AppTest, key: str) -> dict[str, Any]:
    """Return the values that the button which sends a form was given."""
    proto = _component_of(app, key)
    values: dict[str, Any] = json.loads(proto.json)
    return values


def press_send(app: AppTest, key: str, **typed: str) -> AppTest:
    """Press the button that sends a form, with what stands in the fields, or something newer in some of them."""
    button = send_button(app, key)
    texts = {**button["texts"], **typed}
    return trigger(app, key, "pressed", {"texts": texts, "shown": button["shown"]})


def trigger(app: AppTest, key: str, event: str, value: object) -> AppTest:
    """Let a live component say something, as the browser does."""
    states = app._tree.get_widget_states()
    said = states.widgets.add()
    said.id = _make_trigger_id(_component_of(app, key).id, "events")
    said.json_trigger_value = json.dumps([{"event": event, "value": value}])
    app._run(states)
    assert not app.exception, [error.message for error in app.exception]
    return app


def _component_of(app: AppTest, key: str) -> Any:
    (proto,) = [one.proto for one in app.get("bidi_component") if one.proto.id.endswith(f"-{key}")]
    return proto


def _all(app: AppTest, name: str) -> list[dict[str, Any]]:
    return [
        json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.component_name == f"bot.{name}"
    ]
