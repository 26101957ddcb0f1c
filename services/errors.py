"""What can go wrong for a person, in words to show them; named by what the page does next."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from domain.wording import counted
from storage.connections import DATABASE_SILENT


class ServiceError(Exception):
    """The person's request could not be served: show the text, nothing was sent."""


class NotRecorded(ServiceError):
    """The database did not take the instruction down: press again, the same id makes it happen once."""

    def __init__(self) -> None:
        super().__init__(
            "The bot's own database does not answer, so this was not written down. "
            "Try again in a moment: pressing twice makes it happen once."
        )


class NotReadable(ServiceError):
    """The database does not answer a page: say so, the page can be drawn again later."""

    def __init__(self) -> None:
        super().__init__(
            "The bot's own database does not answer right now. Nothing is lost, and stops and targets stay on the "
            "exchange. Try again in a moment."
        )


class LivePositionsAsk(ServiceError):
    """Positions are live on the account in use: ask whether to close them first or leave them unwatched."""

    def __init__(self, live_positions: int) -> None:
        them, their = ("it", "its") if live_positions == 1 else ("them", "their")
        super().__init__(
            f"{counted(live_positions, 'position is', 'positions are')} still open on this account. Close {them} first "
            f"or leave {them} unwatched: {their} stop and target stay on the exchange, but the bot will not watch over "
            f"{them} until you come back."
        )
        self.live_positions = live_positions


class VenueFixed(ServiceError):
    """EXCHANGE in the environment decides the venue: say so instead of saving another one."""

    def __init__(self) -> None:
        super().__init__(
            "The EXCHANGE variable set where the bot was started decides which exchange is used. "
            "Change or remove it there and start the bot again."
        )


class MarketUnavailable(ServiceError):
    """The exchange has not sent what a page asked for: show what is there, and ask again later."""

    def __init__(self) -> None:
        super().__init__("The exchange did not send candles; the chart tries again by itself.")


class LimitsRefused(ServiceError):
    """Limits cannot be set or lifted like this: show the words, nothing was changed."""


class NotificationsRefused(ServiceError):
    """A channel cannot be saved like this: show the words, they hold nothing of the address."""


class PracticeRefused(ServiceError):
    """The practice exchange did not do as asked: show its words."""


class PresetRefused(ServiceError):
    """A form cannot be kept under this name: show the words."""


class PreferenceRefused(ServiceError):
    """A choice on Settings cannot be kept: show the words, nothing was changed."""


@contextmanager
def reading(sessions: sessionmaker[Session], silent: type[ServiceError] = NotReadable) -> Iterator[Session]:
    """Give a session in one transaction, committed at the end; a database that does not answer is said in words.

    Args:
        sessions: of the pages' own engine.
        silent: what is raised when the database does not answer; NotRecorded where something was to be written down.

    Raises:
        ServiceError: the one given as silent.
    """
    try:
        with sessions.begin() as session:
            yield session
    except DATABASE_SILENT as error:
        raise silent from error
