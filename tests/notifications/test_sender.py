"""The sender against a receiver on this machine: once each, in order, through its outages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from database import save_journal
from domain.terms import Severity
from notifications.kinds import NotificationKind
from notifications.sender import NotificationSender
from notifications.sending import NotSent, send_message
from storage.notification_tables import NotificationRow
from tests.notifications.receiver import Receiver
from tests.notifications.test_outbox import add_channel

START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class World:
    """A sender, its clock and its channel's address; address tokens are not encrypted here."""

    def __init__(self, sessions: sessionmaker[Session], send: Callable[..., None] = send_message) -> None:
        self.now, self.active = START, True
        self.sessions = sessions
        self.sender = NotificationSender(
            sessions,
            active=lambda: self.active,
            zone=lambda session: ZoneInfo("UTC"),
            open_address=lambda session, token: token,
            now=lambda: self.now,
            send=send,
        )

    def channel(self, address: str) -> int:
        with self.sessions.begin() as session:
            return add_channel(session, NotificationKind.CLOSED, address_token=address, private_allowed=True)

    def close_trade(self, text: str) -> None:
        with self.sessions.begin() as session:
            save_journal(session, at=self.now, severity=Severity.GOOD, event="closed", text=text)

    def work(self, times: int = 1) -> None:
        for _ in range(times):
            self.sender.work_once()
            self.sender.wait_until_idle(30)

    def unsent(self) -> int:
        with self.sessions() as session:
            return len(session.scalars(select(NotificationRow).where(NotificationRow.sent_at.is_(None))).all())


@pytest.mark.slow
def test_each_line_arrives_once_and_in_order(session_factory: sessionmaker[Session], receiver: Receiver) -> None:
    world = World(session_factory)
    world.channel(receiver.address)
    world.close_trade("first")
    world.close_trade("second")

    world.work(times=4)

    assert receiver.texts == ["first", "second"]
    assert world.unsent() == 0


@pytest.mark.slow
def test_what_a_receiver_missed_for_ten_minutes_arrives_when_it_is_back(
    session_factory: sessionmaker[Session], receiver: Receiver
) -> None:
    world = World(session_factory)
    world.channel(receiver.address)
    receiver.status = 503
    world.close_trade("first")
    for minute in range(10):
        world.work()
        world.now = START + timedelta(minutes=minute + 1)
    world.close_trade("second")
    receiver.status = 200
    receiver.messages.clear()

    world.now += timedelta(hours=1)
    world.work(times=3)

    assert receiver.texts == ["first", "second"]


def test_a_dead_receiver_does_not_delay_another_channel(session_factory: sessionmaker[Session]) -> None:
    arrived: list[str] = []

    def send(url: str, title: str, body: str, *, private_allowed: bool) -> None:
        if url == "dead":
            raise NotSent("no answer")
        arrived.append(body)

    world = World(session_factory, send)
    world.channel("dead")
    world.channel("alive")
    world.close_trade("first")

    world.work()

    assert arrived == ["first"]
    assert world.unsent() == 1


def test_a_sender_that_dies_after_sending_sends_again(session_factory: sessionmaker[Session]) -> None:
    arrived: list[str] = []

    def send_then_die(url: str, title: str, body: str, *, private_allowed: bool) -> None:
        arrived.append(body)
        raise SystemExit

    world = World(session_factory, send_then_die)
    world.channel("alive")
    world.close_trade("first")
    with pytest.raises(SystemExit):
        world.work()

    after = World(session_factory, lambda url, title, body, *, private_allowed: arrived.append(body))
    after.work(times=2)

    assert arrived == ["first", "first"]
