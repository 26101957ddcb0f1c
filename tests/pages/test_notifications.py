"""The section Notifications of Settings."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session, sessionmaker

import runtime
from config import Config
from notifications.kinds import NotificationKind
from services.accounts.notifications import ChannelChoice
from services.facade import build_services
from tests.notifications.receiver import Receiver
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, view, words

SECRET = {"DATABASE_URL": "postgresql://unused", "SESSION_SECRET": "a long random text"}
CLOSED = frozenset({NotificationKind.CLOSED})


def draw() -> None:
    from app_pages.settings.notifications import draw_notifications  # noqa: PLC0415  a page's text is run on its own

    draw_notifications()


@pytest.fixture
def secured(dashboard: Dashboard, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    config = Config.from_environment(SECRET)
    shown = replace(dashboard, services=build_services(config, session_factory, dashboard.feed, dashboard.clock))
    monkeypatch.setattr(runtime, "_runtime", shown)
    return shown


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        yield receiver


def test_a_channel_is_added_and_its_address_never_shown(secured: Dashboard) -> None:
    app = view(draw)
    app.text_input(key="channel_address_0").input("ntfy://my-secret-topic")
    app.text_input(key="channel_new_0_name").input("Phone")
    app = press(app, "channel_add")

    drawn = words(app)
    assert "Added" in drawn
    assert "Phone" in drawn
    assert "A trade closed, with its result" in drawn
    assert "my-secret-topic" not in drawn + str(app)


def test_an_address_that_cannot_work_is_refused_and_leaves_its_field(secured: Dashboard) -> None:
    app = view(draw)
    app.text_input(key="channel_address_0").input("skype://me:my-password@there")
    app.text_input(key="channel_new_0_name").input("Desk")
    app = press(app, "channel_add")

    assert "This channel was not added" in words(app)
    assert "Telegram (tgram://)" in words(app)
    assert app.text_input(key="channel_address_1").value == ""
    assert app.text_input(key="channel_new_0_name").value == "Desk"
    assert "my-password" not in words(app) + str(app)


def test_a_ping_address_that_cannot_work_leaves_its_field(secured: Dashboard) -> None:
    app = view(draw)
    app.text_input(key="ping_address_0").input("ftp://user:my-password@there")
    app = press(app, "ping_save")

    assert "Nothing was saved" in words(app)
    assert app.text_input(key="ping_address_1").value == ""
    assert "my-password" not in words(app) + str(app)


def test_names_are_text_and_never_html(secured: Dashboard) -> None:
    secured.services.notifications.add("ntfy://topic", ChannelChoice("<img src=x onerror=alert(1)>", CLOSED))

    drawn = words(view(draw))

    assert "<img" not in drawn
    assert "&lt;img src=x" in drawn


@pytest.mark.slow
def test_the_test_button_says_what_became_of_it(secured: Dashboard, receiver: Receiver) -> None:
    choice = ChannelChoice("Hook", CLOSED, private_allowed=True)
    channel_id = secured.services.notifications.add(receiver.address, choice)
    app = press(view(draw), f"channel_test_{channel_id}")
    receiver.status = 500
    refused = press(view(draw), f"channel_test_{channel_id}")

    assert "Sent. Look whether it has arrived." in words(app)
    assert "Not sent: the service did not take the message." in words(refused)


def test_a_channel_is_changed_and_deleted(secured: Dashboard) -> None:
    channel_id = secured.services.notifications.add("ntfy://topic", ChannelChoice("Phone", CLOSED))
    app = press(view(draw), f"channel_change_{channel_id}")
    app.text_input(key=f"channel_{channel_id}_name").input("Tablet")
    app.toggle(key=f"channel_{channel_id}_enabled").set_value(False)
    app = press(app, f"channel_save_{channel_id}")
    changed = words(app)
    app = press(app, f"channel_delete_{channel_id}")

    assert "Tablet, switched off" in changed
    assert secured.services.notifications.channels() == ()
    assert "Tablet gets nothing more." in words(app)


def test_the_hour_of_summaries_is_kept(secured: Dashboard) -> None:
    app = view(draw)
    app.selectbox(key="summary_hour").set_value(21).run()

    assert secured.services.notifications.summary_hour() == 21
