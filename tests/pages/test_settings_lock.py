"""Settings: the password, the phone's code and the browsers that are signed in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from services.access.access import Access
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, seen_again, view, words

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _with_a_secret(dashboard: Dashboard, session_factory: sessionmaker[Session]) -> None:
    """Let the database keep encrypted secrets."""
    config = Config(database_url="postgresql://unused", session_secret="a secret of enough letters")
    services = replace(dashboard.services, access=Access(config, session_factory, lambda: datetime.now(UTC)))
    object.__setattr__(dashboard, "services", services)


def draw() -> None:
    from app_pages.settings.lock import draw_lock  # noqa: PLC0415  a page's text is run on its own

    draw_lock()


def typed(app: Any, label: str, text: str) -> None:
    fields = [field for field in app.text_input if field.label.startswith(label)]
    assert fields, label
    fields[0].input(text)


def submit(app: Any, label: str) -> None:
    [button] = [button for button in app.button if button.label == label]
    button.click()
    seen_again(app)


def test_without_a_password_it_says_who_can_trade_and_offers_one(dashboard: Dashboard) -> None:
    app = view(draw)

    assert "Everybody who uses this machine can trade" in words(app)
    typed(app, "New password", PASSWORD)
    typed(app, "The same again", PASSWORD)
    submit(app, "Set password")

    assert dashboard.services.access.is_locked
    assert "The password is set" in words(app)


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [(PASSWORD, "something else", "not the same"), ("short", "short", "at least 10 characters")],
)
def test_a_password_that_cannot_be_is_refused_in_words(dashboard: Dashboard, new: str, again: str, said: str) -> None:
    app = view(draw)

    typed(app, "New password", new)
    typed(app, "The same again", again)
    submit(app, "Set password")

    assert said in words(app)
    assert not dashboard.services.access.is_locked


def test_every_password_field_hides_what_is_typed(dashboard: Dashboard) -> None:
    dashboard.services.access.set_password("", PASSWORD)

    app = view(draw)

    fields = [field for field in app.text_input if "password" in field.label.lower() or "again" in field.label]
    assert len(fields) == 4
    assert {field.proto.type for field in fields} == {field.proto.PASSWORD for field in fields}
    assert {field.proto.autocomplete for field in fields} == {"current-password", "new-password"}


def test_a_phone_is_added_by_its_code_and_the_recovery_codes_are_shown_once(dashboard: Dashboard) -> None:
    dashboard.services.access.set_password("", PASSWORD)
    app = view(draw)
    secret = app.session_state["lock_new_secret"]

    assert "data:image/svg+xml" in words(app)
    typed(app, "Code it shows now", pyotp.TOTP(secret).at(datetime.now(UTC)))
    [*_, present] = [field for field in app.text_input if field.label == "Present password"]
    present.input(PASSWORD)
    submit(app, "Add")

    assert dashboard.services.access.wants_second_factor
    assert len(app.code[0].value.split("\n")) == 10
    assert "10 recovery codes left" in words(app)
    assert not view(draw).code


def test_browsers_are_listed_as_text_and_logged_out_everywhere(dashboard: Dashboard) -> None:
    access = dashboard.services.access
    access.set_password("", PASSWORD)
    made = access.sign_in("192.0.2.1", "<b>Mozilla</b> ![](http://evil.com)", PASSWORD, "").cookie
    app = view(draw)

    assert "&lt;b&gt;Mozilla&lt;/b&gt;" in words(app)
    press(app, "lock_out_everywhere")

    assert access.session_of(made) is None
