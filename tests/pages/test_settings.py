"""Settings: what is in use, what may be changed, and what is asked first."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

import runtime
from config import Config
from crypto_utils import open_secret_box
from database import load_credentials, save_credentials
from domain.bot_status import BotState
from domain.practice import BALANCES, PracticeBeginning
from domain.terms import InstructionKind
from domain.venues import Venue
from domain.version import VERSION
from notifications.kinds import NotificationKind
from services.access.access import AccessRefused
from services.accounts.notifications import ChannelChoice
from services.facade import build_services
from storage.bot_tables import InstructionRow
from storage.practice import load_practice_beginning
from storage.settings import load_setting
from storage.venue_probes import VenueProbeRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import press, seen_again, view, words
from tests.services.building import NOW, add_plan, add_position, bot_health

SECRET = {"DATABASE_URL": "postgresql://unused", "SESSION_SECRET": "a long random text"}


def draw() -> None:
    from app_pages.settings.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def key_fields(app: AppTest) -> list[TextInput]:
    return [field for field in app.text_input if str(field.key).startswith("settings_")]


@pytest.fixture
def secured(dashboard: Dashboard, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    """Give a dashboard that can store keys."""
    return started(dashboard, session_factory, monkeypatch)


def started(
    dashboard: Dashboard,
    session_factory: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
    **environment: str,
) -> Dashboard:
    config = Config.from_environment(SECRET | environment)
    services = build_services(config, session_factory, dashboard.feed, dashboard.clock)
    shown = replace(dashboard, services=services)
    monkeypatch.setattr(runtime, "_runtime", shown)
    return shown


def save_pair(dashboard: Dashboard, secret: str = SECRET["SESSION_SECRET"]) -> None:
    box = open_secret_box(dashboard.session, Config.from_environment(SECRET | {"SESSION_SECRET": secret}))
    save_credentials(
        dashboard.session,
        "binance test",
        api_key_token=box.encrypt("key-1234"),
        api_secret_token=box.encrypt("very-secret"),
        last_four="1234",
        now=NOW,
    )
    dashboard.session.commit()


def asked(dashboard: Dashboard) -> list[InstructionKind]:
    return list(dashboard.session.scalars(select(InstructionRow.kind)))


def choose(app: object, venue: Venue) -> None:
    app.radio(key="settings_venue_practice").set_value(venue)  # type: ignore[attr-defined]


def test_practice_needs_no_keys_and_shows_its_wallet(secured: Dashboard) -> None:
    shown = words(view(draw))

    assert "None needed: the practice exchange has its own account" in shown
    assert "10\u202f000.00 USDT on Practice" in shown
    assert "2.0 % of the request limit" in shown
    assert VERSION in shown


def test_saved_keys_show_their_last_four_and_nothing_else(secured: Dashboard) -> None:
    save_pair(secured)

    app = view(draw)

    assert "ends in 1234" in words(app)
    assert "very-secret" not in words(app)
    assert [field.value for field in key_fields(app)] == ["", ""]


def test_key_fields_hide_what_is_typed(secured: Dashboard) -> None:
    fields = key_fields(view(draw))

    assert [(field.label, field.proto.type) for field in fields] == [("API key", 1), ("Secret key", 1)]


def test_an_incomplete_pair_is_refused_in_words(secured: Dashboard) -> None:
    app = view(draw)

    app.text_input(key="settings_api_key_0").set_value("abc")
    next(button for button in app.button if button.label == "Check and save").click()
    shown = words(seen_again(app))

    assert "These keys were not saved" in shown
    assert "Paste both" in shown


@pytest.mark.parametrize(("api_key", "secret"), [("abc", ""), ("clé", "secret"), ("k" * 5000, "s" * 5000)])
def test_rejected_keys_leave_the_form_at_once(secured: Dashboard, api_key: str, secret: str) -> None:
    secured.services.keys.choose_venue(Venue.TESTNET)
    app = view(draw)

    app.text_input(key="settings_api_key_0").set_value(api_key)
    app.text_input(key="settings_secret_0").set_value(secret)
    next(button for button in app.button if button.label == "Check and save").click()
    shown = words(seen_again(app))

    assert "These keys were not saved" in shown
    assert [field.value for field in key_fields(app)] == ["", ""]
    assert [typed for typed in (api_key, secret) if typed and repr(typed) in repr(app.session_state)] == []
    assert load_credentials(secured.session, "binance test") is None


def test_without_a_secret_the_form_gives_way_to_the_reason(dashboard: Dashboard) -> None:
    app = view(draw)

    assert "Keys cannot be saved here" in words(app)
    assert "SESSION_SECRET" in words(app)
    assert key_fields(app) == []


def test_locked_keys_say_so_and_can_be_deleted(secured: Dashboard) -> None:
    save_pair(secured, "another secret")
    secured.services.keys.choose_venue(Venue.TESTNET)
    secured.feed.snapshot = bot_health(secured.account.id, venue=Venue.TESTNET, state=BotState.LOCKED)

    app = view(draw)

    assert "Your saved keys cannot be read" in words(app)
    assert app.button(key="settings_delete").label == "Delete saved keys"


def test_switching_saves_the_venue_and_says_what_is_next(secured: Dashboard) -> None:
    app = view(draw)

    choose(app, Venue.TESTNET)
    press(seen_again(app), "settings_switch")

    assert load_setting(secured.session, "exchange") == {"venue": "testnet"}
    assert "You are on Binance testnet now" in words(app)
    assert "Now paste your API keys below." in words(app)


def test_switching_with_open_positions_is_asked_first(secured: Dashboard) -> None:
    add_position(secured.session, add_plan(secured.session, secured.account))
    secured.session.commit()
    app = view(draw)

    choose(app, Venue.TESTNET)
    press(seen_again(app), "settings_switch")
    question = app.markdown[-1].value
    unchanged = load_setting(secured.session, "exchange")
    press(app, "settings_yes")

    assert "1 position is still open on this account" in question
    assert unchanged is None
    assert load_setting(secured.session, "exchange") == {"venue": "testnet"}


def test_open_positions_can_be_closed_first_instead_of_leaving_them(
    secured: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_to: list[str] = []
    monkeypatch.setattr("app_pages.settings.questions.go_to", gone_to.append)
    position = add_position(secured.session, add_plan(secured.session, secured.account))
    secured.session.commit()
    app = view(draw)

    choose(app, Venue.TESTNET)
    press(seen_again(app), "settings_switch")
    press(app, "settings_close")

    assert gone_to == ["positions"]
    assert app.session_state["open_dialog"] == ("close_many", (position.id,))
    assert load_setting(secured.session, "exchange") is None


def test_nothing_can_be_closed_first_while_the_keys_are_locked(secured: Dashboard) -> None:
    save_pair(secured)
    add_position(secured.session, add_plan(secured.session, secured.account))
    secured.session.commit()
    secured.feed.snapshot = bot_health(secured.account.id, state=BotState.LOCKED)
    app = view(draw)

    choose(app, Venue.TESTNET)
    press(seen_again(app), "settings_switch")

    assert "settings_close" not in {button.key for button in app.button}


def test_deleting_is_asked_about_once(secured: Dashboard) -> None:
    save_pair(secured)
    app = view(draw)

    press(app, "settings_delete")
    press(app, "settings_no")
    kept = load_credentials(secured.session, "binance test")
    press(app, "settings_delete")
    press(app, "settings_yes")

    assert kept is not None
    secured.session.expire_all()
    assert load_credentials(secured.session, "binance test") is None
    assert "The saved keys are deleted" in words(app)


def test_a_venue_fixed_where_the_bot_was_started_cannot_be_changed(
    dashboard: Dashboard, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    started(dashboard, session_factory, monkeypatch, EXCHANGE="practice")

    app = view(draw)

    assert app.radio[0].disabled
    assert any("Fixed by the EXCHANGE variable" in caption.value for caption in app.caption)


def test_keys_of_the_environment_cannot_be_overwritten(
    dashboard: Dashboard, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"BINANCE_TESTNET_API_KEY": "key-9876", "BINANCE_TESTNET_API_SECRET": "very-secret"}
    started(dashboard, session_factory, monkeypatch, **keys)

    app = view(draw)

    assert "ends in 9876" in words(app)
    assert key_fields(app) == []


def test_damaged_tokens_are_locked_and_no_page_runs_into_a_fault(secured: Dashboard) -> None:
    save_pair(secured)
    secured.services.keys.choose_venue(Venue.TESTNET)
    kinds = frozenset({NotificationKind.CLOSED})
    secured.services.notifications.add("ntfy://a-topic", ChannelChoice("My phone", kinds))
    with pytest.raises(AccessRefused):
        secured.services.access.add_second_factor("", "secret", "123456")
    for statement in (
        "UPDATE api_credentials SET api_secret_token = 'damaged'",
        "UPDATE notification_channels SET address_token = ''",
        "UPDATE access SET totp_token = 'gAAAAA'",
    ):
        secured.session.execute(text(statement))
    secured.session.commit()

    app = view(draw)
    assert "Your saved keys cannot be read" in words(app)
    channel = secured.services.notifications.channels()[0]
    press(app, f"channel_test_{channel.id}")

    assert "encrypted with another SESSION_SECRET" in words(app)
    secured.services.keys.delete(leave_unwatched=True)
    assert "No keys yet" in words(seen_again(app))


def probe_row(dashboard: Dashboard, **changes: object) -> None:
    values: dict[str, object] = {
        "account_id": dashboard.account.id,
        "symbol": "AVAXUSDT",
        "began_at": NOW,
        "measured_at": NOW,
        "finished_at": NOW,
        "findings": {"stop_band": "free", "duplicate_id": "-4116"},
        "problem": None,
    }
    dashboard.session.add(VenueProbeRow(**(values | changes)))
    dashboard.session.commit()


def test_how_the_exchange_behaves_is_told_and_can_be_downloaded(secured: Dashboard) -> None:
    probe_row(secured)

    app = view(draw)

    shown = words(app)
    assert "A stop may be farther from the price than the pair" in shown
    assert "is refused with code -4116" in shown
    assert "2 of 21 questions" in shown
    assert "5, which would take a trade" in shown
    assert "Not measured: it takes a liquidation." in shown
    assert "Not known yet: it shows with a trade of the bot" in shown
    assert len(app.get("download_button")) == 1


def test_measuring_is_asked_of_the_bot(secured: Dashboard) -> None:
    press(view(draw), "probe_now")

    assert asked(secured) == [InstructionKind.PROBE_VENUE]


def test_nothing_is_asked_while_a_measurement_is_under_way(secured: Dashboard) -> None:
    probe_row(secured, measured_at=None, finished_at=None, findings=None)

    assert view(draw).button(key="probe_now").disabled


def test_reset_is_asked_once_says_what_goes_and_takes_the_money_that_was_chosen(dashboard: Dashboard) -> None:
    add_position(dashboard.session, add_plan(dashboard.session, dashboard.account))
    dashboard.session.commit()

    app = press(view(draw), "settings_reset")
    asked = words(app)
    app = press(app, "settings_reset_no")
    kept = load_practice_beginning(dashboard.session)
    app = press(app, "settings_reset")
    app.session_state["settings_reset_balance"] = BALANCES[0]
    app = press(app, "settings_reset_yes")

    assert "1 open trade goes with the old account" in asked
    assert kept is None
    assert load_practice_beginning(dashboard.session) == PracticeBeginning(NOW, BALANCES[0], dashboard.account.id)
    assert "Practice begins anew" in words(app)


@pytest.mark.parametrize("environment", [{"EXCHANGE": "testnet"}, {"BINANCE_FUTURES_URL": "http://127.0.0.1:9"}])
def test_only_practice_that_the_bot_runs_can_be_reset(
    dashboard: Dashboard,
    session_factory: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
) -> None:
    started(dashboard, session_factory, monkeypatch, **environment)

    assert not [one for one in view(draw).button if one.key == "settings_reset"]
