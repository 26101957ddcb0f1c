"""From journal lines to messages: which, in what order, bundled when, tried how often."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from database import save_journal
from domain.terms import Severity
from notifications.kinds import NotificationKind
from notifications.outbox import (
    Message,
    channels_with_mail,
    fan_out,
    forget_old,
    next_message,
    note_not_sent,
    note_sent,
)
from storage.notification_tables import NotificationChannelRow, NotificationRow

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def add_channel(session: Session, *kinds: NotificationKind, **changes: object) -> int:
    row = NotificationChannelRow(
        name="mine",
        service="Webhook",
        address_token="token",
        kinds={"kinds": [kind.value for kind in kinds]},
        private_allowed=False,
        enabled=True,
        created_at=NOW,
    )
    for name, value in changes.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row.id


def happen(session: Session, event: str, text: str, severity: Severity = Severity.INFO) -> None:
    save_journal(session, at=NOW, severity=severity, event=event, text=text)
    session.flush()


def message(session: Session, channel_id: int, now: datetime = NOW) -> Message:
    found = next_message(session, channel_id, now, UTC_ZONE)
    assert found is not None
    return found


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory() as session:
        yield session


def test_a_channel_gets_what_it_asked_for_in_order(session: Session) -> None:
    channel = add_channel(session, NotificationKind.OPENED, NotificationKind.CLOSED)
    for event in ("opened", "protection_edited", "closed"):
        happen(session, event, event)

    fan_out(session, NOW)
    first = message(session, channel)
    note_sent(session, first, NOW)
    second = message(session, channel)
    note_sent(session, second, NOW)

    assert (first.title, first.body) == ("Opened", "opened")
    assert (second.title, second.body) == ("Closed", "closed")
    assert next_message(session, channel, NOW, UTC_ZONE) is None


def test_a_line_is_given_to_a_channel_once(session: Session) -> None:
    add_channel(session, NotificationKind.CLOSED)
    happen(session, "closed", "…")

    assert [fan_out(session, NOW), fan_out(session, NOW)] == [1, 0]


def test_what_happened_before_a_channel_was_made_is_not_sent_to_it(session: Session) -> None:
    happen(session, "closed", "…")
    fan_out(session, NOW)

    add_channel(session, NotificationKind.CLOSED)

    assert fan_out(session, NOW) == 0


def test_a_line_committed_late_is_found_late(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        channel = add_channel(session, NotificationKind.CLOSED)
    with session_factory() as slow:
        happen(slow, "closed", "earlier line, later commit")
        with session_factory.begin() as quick:
            happen(quick, "closed", "later line, earlier commit")
        with session_factory.begin() as sender:
            assert fan_out(sender, NOW) == 1
        slow.commit()

    with session_factory.begin() as sender:
        assert fan_out(sender, NOW) == 1
        assert len(sender.scalars(select(NotificationRow).where(NotificationRow.channel_id == channel)).all()) == 2


def test_many_at_once_are_one_message(session: Session) -> None:
    channel = add_channel(session, NotificationKind.CLOSED)
    for number in range(6):
        happen(session, "closed", f"trade {number}")
    fan_out(session, NOW)

    bundle = message(session, channel)
    note_sent(session, bundle, NOW)

    assert bundle.title == "Trading bot: 6 messages"
    assert bundle.body.splitlines() == [f"12:00 trade {number}" for number in range(6)]
    assert next_message(session, channel, NOW, UTC_ZONE) is None


def test_a_failed_message_holds_back_the_ones_behind_it(session: Session) -> None:
    channel = add_channel(session, NotificationKind.CLOSED)
    happen(session, "closed", "first")
    happen(session, "closed", "second")
    fan_out(session, NOW)

    note_not_sent(session, message(session, channel), "no answer", NOW)

    assert channels_with_mail(session, NOW + timedelta(seconds=14)) == ()
    assert channels_with_mail(session, NOW + timedelta(seconds=15)) == (channel,)
    assert message(session, channel).body == "first"


def test_a_message_is_given_up_after_a_day(session: Session) -> None:
    channel = add_channel(session, NotificationKind.CLOSED)
    happen(session, "closed", "first")
    fan_out(session, NOW)

    note_not_sent(session, message(session, channel), "no answer", NOW + timedelta(hours=23, minutes=59))
    still = channels_with_mail(session, NOW + timedelta(days=2))
    note_not_sent(session, message(session, channel), "no answer", NOW + timedelta(hours=24))

    assert still == (channel,)
    assert channels_with_mail(session, NOW + timedelta(days=2)) == ()


def test_quiet_hours_hold_everything_until_they_are_over(session: Session) -> None:
    channel = add_channel(session, NotificationKind.CLOSED, quiet_from=time(11), quiet_until=time(14))
    happen(session, "closed", "first")
    fan_out(session, NOW)

    assert next_message(session, channel, NOW, UTC_ZONE) is None
    assert channels_with_mail(session, NOW + timedelta(hours=1, minutes=59)) == ()
    assert channels_with_mail(session, NOW + timedelta(hours=2)) == (channel,)
    assert message(session, channel, NOW + timedelta(hours=2)).body == "first"


def test_a_channel_that_is_off_gets_nothing(session: Session) -> None:
    add_channel(session, NotificationKind.CLOSED, enabled=False)
    happen(session, "closed", "…")

    assert fan_out(session, NOW) == 0


def test_a_warning_says_so_in_its_title(session: Session) -> None:
    channel = add_channel(session, NotificationKind.STOP_FAILED)
    happen(session, "stop_gone", "BTCUSDT LONG: the stop-loss is gone.", Severity.WARNING)
    fan_out(session, NOW)

    assert message(session, channel).title == "Attention: Stop-loss"


def test_what_was_sent_long_ago_is_forgotten(session: Session) -> None:
    channel = add_channel(session, NotificationKind.CLOSED)
    happen(session, "closed", "first")
    happen(session, "closed", "second")
    fan_out(session, NOW)
    note_sent(session, message(session, channel), NOW)

    forget_old(session, NOW + timedelta(days=1))

    assert [row.sent_at for row in session.scalars(select(NotificationRow))] == [None]
