"""A sample of bad input put into each field of each page: every page draws on, and nothing of it is stored."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest

import runtime
from binance_client import BinanceTestnetClient
from config import Config
from services.facade import build_services
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, press_send, seen_again, send_button, type_text, view
from tests.services.building import D, add_fill, add_plan, add_position
from tests.support.practice import PracticeExchange

pytestmark = pytest.mark.slow
# What no field of numbers takes, in whatever unit.
NO_NUMBER = ("NaN", "-Infinity", "1e400", "9" * 5000, "1_000", "a\x00b", "\x1b[2J", "<b>", "![](x)", "\ud800")
ODD = ("", "-1", "0." + "1" * 30, "١٢٣", *NO_NUMBER[:-1])
STORED = ("instructions", "settings", "risk_limits", "notification_channels", "api_credentials", "access")


@pytest.fixture
def ready(
    dashboard: Dashboard,
    session_factory: sessionmaker[Session],
    practice_exchange: PracticeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Dashboard]:
    """Give a dashboard that is signed in to a practice exchange, can keep secrets, and has one open trade."""
    client = BinanceTestnetClient("practice", "practice", practice_exchange.url, practice_exchange.stream_url)
    dashboard.feed.client, dashboard.feed.rules = client, dict(client.fetch_symbol_rules())
    dashboard.feed.prices["BTCUSDT"] = (D("100200"), 0.4)
    position = add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    add_fill(dashboard.session, position, trade_id=1)
    dashboard.session.commit()
    config = Config.from_environment(
        {
            "DATABASE_URL": "postgresql://unused",
            "SESSION_SECRET": "a long random text",
            "BINANCE_FUTURES_URL": practice_exchange.url,
        }
    )
    services = build_services(config, session_factory, dashboard.feed, dashboard.clock)
    services.access.start()
    shown = replace(dashboard, services=services)
    monkeypatch.setattr(runtime, "_runtime", shown)
    yield shown
    client.close()


def draw_new_trade() -> None:
    from app_pages.new_trade.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def draw_positions() -> None:
    from app_pages.positions.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def draw_settings() -> None:
    from app_pages.settings.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def draw_practice() -> None:
    from app_pages.practice import page  # noqa: PLC0415  a page's text is run on its own

    page()


def opened(button: str) -> AppTest:
    return press(view(draw_positions, address={"position": "1"}), button)


def number_fields(app: AppTest, sends: str) -> list[str]:
    """Return the number fields of the form that a button sends."""
    form = send_button(app, sends)["form"]
    shown = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "bot.number-field"]
    return [values["field"] for values in (json.loads(proto.json) for proto in shown) if values["form"] == form]


def stored(engine: Engine) -> dict[str, list[str]]:
    def rows(connection: Connection, table: str) -> list[str]:
        # When somebody looked is noted by looking.
        kept = connection.execute(text(f"SELECT * FROM {table}")).all()
        return [str(row) for row in kept if "last_visit" not in str(row)]

    with engine.connect() as connection:
        return {table: rows(connection, table) for table in STORED}


@pytest.mark.parametrize(
    ("form", "sends", "fields"),
    [
        (lambda: view(draw_new_trade), "open_trade", 5),
        (lambda: opened("panel_edit"), "edit_confirmed", 2),
        (lambda: opened("panel_plan"), "plan_confirmed", 5),
        (lambda: view(draw_practice), "practice_set", 1),
        (lambda: view(draw_settings), "limits_save", 15),
    ],
    ids=["new trade", "edit", "next trade", "practice", "limits"],
)
def test_no_number_field_takes_bad_input(
    ready: Dashboard, engine: Engine, form: Callable[[], AppTest], sends: str, fields: int
) -> None:
    app = form()
    before = stored(engine)
    keys = number_fields(app, sends)
    assert len(keys) == fields, keys

    for number, odd in enumerate((*NO_NUMBER, *ODD)):
        type_text(app, keys[number % fields], odd)
    for number in range(max(fields, len(NO_NUMBER))):
        key, odd = keys[number % fields], NO_NUMBER[number % len(NO_NUMBER)]
        type_text(app, key, odd)
        press_send(app, sends, **{key: odd})
        type_text(app, key, "1")

    assert stored(engine) == before


def submitted(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return seen_again(app)


@pytest.mark.parametrize(
    ("label", "button"),
    [
        ("API key", "Check and save"),
        ("Secret key", "Check and save"),
        ("Address", "Add"),
        ("Ping address", "Try and save"),
        ("New password, at least 10 characters", "Set password"),
        ("The same again", "Set password"),
    ],
)
def test_no_text_field_of_settings_takes_bad_input(ready: Dashboard, engine: Engine, label: str, button: str) -> None:
    app = view(draw_settings)
    before = stored(engine)

    for odd in ODD:
        next(field for field in app.text_input if field.label == label).input(odd)
        submitted(app, button)

    assert stored(engine) == before


@pytest.mark.parametrize("label", ["Code it shows now", "Present password", "New password, at least 10 characters"])
def test_no_field_of_a_locked_dashboard_takes_bad_input(ready: Dashboard, engine: Engine, label: str) -> None:
    ready.services.access.set_password("", "correct horse battery")
    app = view(draw_settings)
    before = stored(engine)["access"]
    button = "Add" if label == "Code it shows now" else "Change password"

    for odd in ODD[:6]:
        next(field for field in app.text_input if field.label == label).input(odd)
        next(one for one in app.button if one.label == button and one.form_id).click()
        seen_again(app)

    assert stored(engine)["access"] == before


def test_a_preset_is_kept_under_what_can_be_seen_of_its_name(ready: Dashboard) -> None:
    app = view(draw_new_trade)

    for odd in ODD:
        app.text_input(key="preset_name").input(odd)
        press(app, "preset_save")

    names = [preset.name for preset in ready.services.presets.load()]
    assert all(name.isprintable() and len(name) <= 24 for name in names)
    assert {"ab", "[2J", "<b>"} <= set(names)
