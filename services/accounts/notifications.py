"""Channels of notifications, the dead man's ping and the hour of summaries, as Settings shows and changes them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from crypto_utils import open_secret_box
from notifications.addresses import BadAddress, ChannelAddress, read_channel_address, read_ping_address
from notifications.kinds import NotificationKind, saved_kinds
from notifications.outbox import PING_SERVICE, load_ping_channel
from notifications.sending import NotSent, send_message, send_ping
from notifications.summaries import load_summary_hour, save_summary_hour
from services.errors import NotificationsRefused, reading
from storage.notification_tables import NotificationChannelRow, NotificationRow
from storage.session_secret import NOTIFICATION_ADDRESS, SecretUnavailable

MOST_CHANNELS = 10
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel without its address, which is never shown again."""

    id: int
    name: str
    service: str
    kinds: frozenset[NotificationKind]
    quiet_from: time | None
    quiet_until: time | None
    private_allowed: bool
    enabled: bool
    last_sent_at: datetime | None
    waiting: int
    last_problem: str | None  # of the oldest that waits


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """What a person chooses for a channel beside its address."""

    name: str
    kinds: frozenset[NotificationKind]
    quiet_from: time | None = None
    quiet_until: time | None = None
    private_allowed: bool = False
    enabled: bool = True


class Notifications:
    """Reads and changes the channels; the address goes in and never comes out."""

    def __init__(self, config: Config, sessions: sessionmaker[Session], now: Callable[[], datetime]) -> None:
        self._config = config
        self._sessions = sessions
        self._now = now

    def channels(self) -> tuple[Channel, ...]:
        """Return the channels, oldest first. May raise NotReadable."""
        with reading(self._sessions) as session:
            return tuple(_channel(session, row) for row in session.scalars(_channels()).all())

    def add(self, address: str, choice: ChannelChoice) -> int:
        """Save a channel and return its id.

        Raises:
            NotificationsRefused: the address or the choice cannot be used, or there is no secret to encrypt with.
            NotReadable: the database does not answer.
        """
        _check(choice)
        service = _read_address(address).service
        with reading(self._sessions) as session:
            if len(session.scalars(_channels()).all()) >= MOST_CHANNELS:
                raise NotificationsRefused(f"There is room for {MOST_CHANNELS} channels. Delete one first.")
            token = self._encrypt(session, address.strip())
            row = NotificationChannelRow(service=service, address_token=token, created_at=self._now())
            _put(row, choice)
            session.add(row)
            session.flush()
            return row.id

    def change(self, channel_id: int, choice: ChannelChoice) -> None:
        """Change what a channel gets and when; its address stays. May raise NotificationsRefused or NotReadable."""
        _check(choice)
        with reading(self._sessions) as session:
            row = session.get(NotificationChannelRow, channel_id)
            if row is None:
                raise NotificationsRefused("This channel is gone. Reload the page.")
            _put(row, choice)

    def delete(self, channel_id: int) -> None:
        """Delete a channel and what waits for it; nothing happens when it is gone already. May raise NotReadable."""
        with reading(self._sessions) as session:
            row = session.get(NotificationChannelRow, channel_id)
            if row is not None:
                session.delete(row)

    def test(self, channel_id: int) -> str:
        """Send a test message now and return what became of it, in words. May raise NotReadable."""
        with reading(self._sessions) as session:
            row = session.get(NotificationChannelRow, channel_id)
            if row is None:
                raise NotificationsRefused("This channel is gone. Reload the page.")
            address, private_allowed = self._decrypt(session, row.address_token), row.private_allowed
        text = "This is a test from your trading bot. Nothing happened; notifications will look like this one."
        try:
            send_message(address, "Test message", text, private_allowed=private_allowed)
        except (BadAddress, NotSent) as problem:
            return f"Not sent: {problem}."
        return "Sent. Look whether it has arrived."

    def ping_set(self) -> bool:
        """Whether an address for the dead man's ping is saved. May raise NotReadable."""
        with reading(self._sessions) as session:
            return load_ping_channel(session) is not None

    def save_ping(self, address: str, private_allowed: bool = False) -> str:
        """Ping an address once and save it if it answered; return what became of it, in words.

        Raises:
            NotificationsRefused: the address cannot be used or did not answer; nothing was saved.
            NotReadable: the database does not answer.
        """
        try:
            read_ping_address(address)
            send_ping(address, private_allowed=private_allowed)
        except BadAddress as problem:
            raise NotificationsRefused(f"{problem} Nothing was saved.") from None
        except NotSent as problem:
            raise NotificationsRefused(f"The address was tried: {problem}. Nothing was saved.") from None
        with reading(self._sessions) as session:
            row = load_ping_channel(session) or NotificationChannelRow(service=PING_SERVICE, created_at=self._now())
            _put(row, ChannelChoice("Ping", frozenset(), private_allowed=private_allowed))
            row.address_token = self._encrypt(session, address.strip())
            session.add(row)
        return "It answered. The bot pings it every minute while it works."

    def delete_ping(self) -> None:
        """Forget the address of the ping. May raise NotReadable."""
        with reading(self._sessions) as session:
            row = load_ping_channel(session)
            if row is not None:
                session.delete(row)

    def summary_hour(self) -> int:
        """Return from which hour of the day, in the person's zone, summaries are sent. May raise NotReadable."""
        with reading(self._sessions) as session:
            return load_summary_hour(session)

    def save_summary_hour(self, hour: int) -> None:
        """Save it. May raise NotificationsRefused or NotReadable."""
        if not 0 <= hour <= 23:
            raise NotificationsRefused("Choose an hour from 0 to 23.")
        with reading(self._sessions) as session:
            save_summary_hour(session, hour)

    def _encrypt(self, session: Session, address: str) -> str:
        try:
            return open_secret_box(session, self._config).encrypt(address, NOTIFICATION_ADDRESS)
        except SecretUnavailable as unavailable:
            raise NotificationsRefused(str(unavailable)) from None

    def _decrypt(self, session: Session, token: str) -> str:
        try:
            return open_secret_box(session, self._config).decrypt(token, NOTIFICATION_ADDRESS)
        except SecretUnavailable as unavailable:
            raise NotificationsRefused(str(unavailable)) from None


def _channels() -> Select[NotificationChannelRow]:
    return (
        select(NotificationChannelRow)
        .where(NotificationChannelRow.service != PING_SERVICE)
        .order_by(NotificationChannelRow.id)
    )


def _channel(session: Session, row: NotificationChannelRow) -> Channel:
    mine = NotificationRow.channel_id == row.id
    unsent = (mine, NotificationRow.sent_at.is_(None), NotificationRow.given_up_at.is_(None))
    oldest = select(NotificationRow.last_problem).where(*unsent).order_by(NotificationRow.id).limit(1)
    return Channel(
        id=row.id,
        name=row.name,
        service=row.service,
        kinds=saved_kinds(row.kinds),
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        private_allowed=row.private_allowed,
        enabled=row.enabled,
        last_sent_at=session.scalar(select(func.max(NotificationRow.sent_at)).where(mine)),
        waiting=session.scalar(select(func.count()).where(*unsent)) or 0,
        last_problem=session.scalar(oldest),
    )


def _put(row: NotificationChannelRow, choice: ChannelChoice) -> None:
    row.name = choice.name.strip()
    row.kinds = {"kinds": sorted(kind.value for kind in choice.kinds)}
    row.quiet_from, row.quiet_until = choice.quiet_from, choice.quiet_until
    row.private_allowed, row.enabled = choice.private_allowed, choice.enabled


def _check(choice: ChannelChoice) -> None:
    name = choice.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotificationsRefused(f"Give it a name of 1 to {LONGEST_NAME} letters, e.g. My phone.")
    if not choice.kinds:
        raise NotificationsRefused("Choose at least one thing to be notified of.")
    if (choice.quiet_from is None) != (choice.quiet_until is None):
        raise NotificationsRefused("Quiet hours need both a beginning and an end.")


def _read_address(address: str) -> ChannelAddress:
    try:
        return read_channel_address(address)
    except BadAddress as bad:
        raise NotificationsRefused(str(bad)) from None
