"""Channels on Settings: the address goes in encrypted and never comes out."""

from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from crypto_utils import open_secret_box, rotate
from notifications.kinds import NotificationKind
from services.accounts.notifications import MOST_CHANNELS, ChannelChoice, Notifications
from services.errors import NotificationsRefused
from storage.notification_tables import NotificationChannelRow
from tests.notifications.receiver import Receiver
from tests.services.building import Clock

SECRET = "a long enough session secret"
ADDRESS = "ntfy://my-very-secret-topic"
CHOICE = ChannelChoice("My phone", frozenset({NotificationKind.CLOSED}))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(database_url="postgresql://unused", session_secret=SECRET, data_dir=tmp_path)


@pytest.fixture
def notifications(config: Config, session_factory: sessionmaker[Session]) -> Notifications:
    return Notifications(config, session_factory, Clock())


def test_a_saved_channel_is_shown_without_its_address(
    notifications: Notifications, session_factory: sessionmaker[Session]
) -> None:
    notifications.add(ADDRESS, ChannelChoice("My phone", CHOICE.kinds, time(22), time(7)))

    (channel,) = notifications.channels()
    assert (channel.name, channel.service, channel.kinds) == ("My phone", "ntfy", CHOICE.kinds)
    assert (channel.quiet_from, channel.quiet_until, channel.waiting) == (time(22), time(7), 0)
    with session_factory() as session:
        stored = str(session.execute(text("SELECT * FROM notification_channels")).all())
    assert "my-very-secret-topic" not in stored + repr(channel)


@pytest.mark.parametrize(
    ("saved", "kinds"),
    [
        ({"kinds": ["OPENED", "SMELL", 5, None, ["CLOSED"]]}, {NotificationKind.OPENED}),
        ({"kinds": "OPENED"}, set()),
        ({}, set()),
        (["OPENED"], set()),
    ],
)
def test_a_channel_whose_row_is_damaged_is_shown_and_sent_what_can_be_read(
    notifications: Notifications,
    session_factory: sessionmaker[Session],
    saved: dict[str, object],
    kinds: set[NotificationKind],
) -> None:
    notifications.add(ADDRESS, CHOICE)
    with session_factory.begin() as session:
        session.scalars(select(NotificationChannelRow)).one().kinds = saved

    assert notifications.channels()[0].kinds == kinds


@pytest.mark.parametrize(
    ("address", "choice", "words"),
    [
        ("exec://rm", CHOICE, "not on the list"),
        (ADDRESS, ChannelChoice("", CHOICE.kinds), "name"),
        (ADDRESS, ChannelChoice("x" * 61, CHOICE.kinds), "name"),
        (ADDRESS, ChannelChoice("a\x00b", CHOICE.kinds), "name"),
        (ADDRESS, ChannelChoice("My phone", frozenset()), "at least one"),
        (ADDRESS, ChannelChoice("My phone", CHOICE.kinds, time(22), None), "Quiet hours"),
    ],
)
def test_what_cannot_work_is_refused_in_words(
    notifications: Notifications, address: str, choice: ChannelChoice, words: str
) -> None:
    with pytest.raises(NotificationsRefused, match=words):
        notifications.add(address, choice)

    assert notifications.channels() == ()


def test_there_is_room_for_a_few(notifications: Notifications) -> None:
    for _ in range(MOST_CHANNELS):
        notifications.add(ADDRESS, CHOICE)

    with pytest.raises(NotificationsRefused, match="room"):
        notifications.add(ADDRESS, CHOICE)


def test_a_channel_is_changed_and_deleted(notifications: Notifications) -> None:
    channel_id = notifications.add(ADDRESS, CHOICE)

    notifications.change(channel_id, ChannelChoice("Old phone", frozenset({NotificationKind.OPENED}), enabled=False))
    (changed,) = notifications.channels()
    notifications.delete(channel_id)
    notifications.delete(channel_id)

    assert (changed.name, changed.kinds, changed.enabled) == ("Old phone", frozenset({NotificationKind.OPENED}), False)
    assert notifications.channels() == ()
    with pytest.raises(NotificationsRefused, match="gone"):
        notifications.change(channel_id, CHOICE)


@pytest.mark.slow
def test_the_test_button_sends_one_message(notifications: Notifications, receiver: Receiver) -> None:
    channel_id = notifications.add(receiver.address, ChannelChoice("Hook", CHOICE.kinds, private_allowed=True))

    sent = notifications.test(channel_id)
    receiver.status = 500
    refused = notifications.test(channel_id)

    assert sent.startswith("Sent.")
    assert refused == "Not sent: the service did not take the message."
    assert receiver.messages[0]["title"] == "Test message"


@pytest.mark.slow
def test_a_ping_is_saved_once_it_answered(notifications: Notifications, receiver: Receiver) -> None:
    address = f"http://127.0.0.1:{receiver.port}/ping"
    receiver.status = 404
    with pytest.raises(NotificationsRefused, match="404"):
        notifications.save_ping(address, private_allowed=True)
    before = notifications.ping_set()
    receiver.status = 200

    notifications.save_ping(address, private_allowed=True)

    assert (before, notifications.ping_set(), notifications.channels()) == (False, True, ())
    notifications.delete_ping()
    assert not notifications.ping_set()


def test_a_changed_secret_opens_the_addresses_too(
    notifications: Notifications, config: Config, session_factory: sessionmaker[Session]
) -> None:
    notifications.add(ADDRESS, CHOICE)

    with session_factory.begin() as session:
        rotate(session, open_secret_box(session, config), "another long enough secret")

    renewed = Config(database_url="postgresql://unused", session_secret="another long enough secret")
    with session_factory.begin() as session:
        row = session.scalars(select(NotificationChannelRow)).one()
        assert open_secret_box(session, renewed).decrypt(row.address_token, "notification address") == ADDRESS


def test_summaries_come_at_the_hour_that_was_chosen(notifications: Notifications) -> None:
    before = notifications.summary_hour()
    notifications.save_summary_hour(21)

    assert (before, notifications.summary_hour()) == (8, 21)
    with pytest.raises(NotificationsRefused):
        notifications.save_summary_hour(24)
