"""Which exchange and which API keys: checked with the exchange before anything is stored, stored encrypted only."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from config import ChosenBy, Config, ResolvedExchange, resolve_exchange
from crypto_utils import open_secret_box
from database import delete_credentials, load_account, load_credentials, save_credentials, save_event
from domain.bot_status import MonitorHealth
from domain.journal.facts import JournalFacts
from domain.journal.person_facts import KeysDeleted, KeysSaved, VenueChosen
from domain.terms import LIVE_PHASES
from domain.venues import Venue
from domain.wording import format_usdt
from services.account import current_account_id
from services.accounts.key_check import CheckedKeys, KeysNotAccepted, check_keys, clean
from services.accounts.secrets import SavedKeys, read_saved_keys, saving_refused_because
from services.accounts.views import KeyCheck, KeySource, KeyStatus
from services.errors import LivePositionsAsk, VenueFixed, reading
from services.feed import MonitorFeed
from storage.session_secret import API_KEY, API_SECRET, SecretUnavailable
from storage.settings import load_chosen_venue, save_chosen_venue
from storage.tables import PositionRow

BINANCE_FAMILY = Venue.TESTNET.family


class Keys:
    """Keys and venue as Settings shows and changes them."""

    def __init__(
        self, config: Config, sessions: sessionmaker[Session], feed: MonitorFeed, now: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._feed = feed
        self._now = now

    def exchange(self) -> ResolvedExchange:
        """Return the exchange in use, as the environment and Settings say."""
        with reading(self._sessions) as session:
            return self._exchange(session)

    def status(self) -> KeyStatus:
        """Return what may be shown of keys and venue: never more than the last four characters."""
        with reading(self._sessions) as session:
            chosen = self._exchange(session)
            saved = read_saved_keys(session, self._config, BINANCE_FAMILY)
            live = _count_live(session, self._feed.health())
            refusal = saving_refused_because(session, self._config)
        from_environment = self._config.has_keys
        last_four = self._config.api_key[-4:] if self._config.api_key else None
        return KeyStatus(
            source=_source(chosen, from_environment, saved),
            last_four=last_four or (saved.last_four if saved else None),
            saved_at=saved.saved_at if saved and not from_environment else None,
            venue=chosen.venue,
            venue_fixed_by_environment=chosen.chosen_by is ChosenBy.ENVIRONMENT,
            saving_refused_because=refusal,
            live_positions=live,
        )

    def check_and_save(self, api_key: str, api_secret: str, venue: Venue, leave_unwatched: bool = False) -> KeyCheck:
        """Check pasted keys with the exchange; only keys that work are stored, and their venue is chosen.

        Args:
            api_key: as pasted; white space is taken out.
            api_secret: as pasted; white space is taken out.
            venue: TESTNET or DEMO. Ignored while the environment decides the venue.
            leave_unwatched: the person said that positions live on the account in use may stay unwatched.

        Raises:
            LivePositionsAsk: positions are live on another account than these keys' and leave_unwatched is not said.
        """
        if venue is Venue.PRACTICE:
            return KeyCheck(False, "The practice exchange needs no keys. Choose the Binance testnet or demo.", None)
        with reading(self._sessions) as session:
            refusal = saving_refused_because(session, self._config)
            resolved = self._exchange(session, venue)
        if refusal is not None:
            return KeyCheck(False, refusal, None)
        if resolved.venue is Venue.PRACTICE:
            return KeyCheck(False, f"{VenueFixed()} It says practice, where these keys cannot be checked.", None)
        try:
            checked = check_keys(clean(api_key), clean(api_secret), resolved)
        except KeysNotAccepted as refused:
            return KeyCheck(False, str(refused), None)
        try:
            self._save(checked, resolved.venue, leave_unwatched)
        except SecretUnavailable as refused:
            return KeyCheck(False, str(refused), None)
        self._feed.wake()
        wallet = checked.balance.wallet_usdt
        label = resolved.venue.label
        return KeyCheck(True, f"Connected to {label}. The wallet holds {format_usdt(wallet)} USDT.", wallet)

    def delete(self, leave_unwatched: bool = False) -> None:
        """Delete the saved keys.

        Raises:
            LivePositionsAsk: they are in use, positions are live, and leave_unwatched is not said.
        """
        health = self._feed.health()
        with reading(self._sessions) as session:
            row = load_credentials(session, BINANCE_FAMILY)
            if row is None:
                return
            if health.venue is not Venue.PRACTICE and not self._config.has_keys:
                _ask_about_live(session, health, leave_unwatched)
            delete_credentials(session, BINANCE_FAMILY)
            self._note(session, KeysDeleted(row.last_four))
        self._feed.wake()

    def choose_venue(self, venue: Venue, leave_unwatched: bool = False) -> None:
        """Save the venue to trade on. The testnet and the demo are two hosts of the same accounts.

        Raises:
            VenueFixed: the environment decides.
            LivePositionsAsk: positions are live on the account in use and leave_unwatched is not said.
        """
        health = self._feed.health()
        with reading(self._sessions) as session:
            chosen = self._exchange(session)
            if chosen.chosen_by is ChosenBy.ENVIRONMENT:
                raise VenueFixed
            if venue.family != chosen.family:
                _ask_about_live(session, health, leave_unwatched)
            save_chosen_venue(session, venue)
            self._note(session, VenueChosen(venue))
        self._feed.wake()

    def _save(self, checked: CheckedKeys, venue: Venue, leave_unwatched: bool) -> None:
        health = self._feed.health()
        with reading(self._sessions) as session:
            chosen = self._exchange(session)
            in_use = current_account_id(session, health)
            account = load_account(session, BINANCE_FAMILY, checked.balance.account_alias)
            same_account = chosen.family == BINANCE_FAMILY and account is not None and account.id == in_use
            if not same_account and not self._config.has_keys:
                _ask_about_live(session, health, leave_unwatched)
            box = open_secret_box(session, self._config)
            save_credentials(
                session,
                BINANCE_FAMILY,
                api_key_token=box.encrypt(checked.api_key, API_KEY),
                api_secret_token=box.encrypt(checked.api_secret, API_SECRET),
                last_four=checked.api_key[-4:],
                now=self._now(),
            )
            if chosen.chosen_by is not ChosenBy.ENVIRONMENT:
                save_chosen_venue(session, venue)
            self._note(session, KeysSaved(venue, checked.api_key[-4:]))

    def _exchange(self, session: Session, instead: Venue | None = None) -> ResolvedExchange:
        return resolve_exchange(self._config, (instead.value if instead else load_chosen_venue(session)) or None)

    def _note(self, session: Session, facts: JournalFacts) -> None:
        save_event(session, facts, at=self._now())


def _source(chosen: ResolvedExchange, from_environment: bool, saved: SavedKeys | None) -> KeySource:
    if chosen.family != BINANCE_FAMILY:
        return KeySource.PRACTICE
    if from_environment:
        return KeySource.ENVIRONMENT
    if saved is None:
        return KeySource.NONE
    return KeySource.SAVED if saved.readable else KeySource.LOCKED


def _count_live(session: Session, health: MonitorHealth) -> int:
    account_id = current_account_id(session, health)
    live = select(func.count()).select_from(PositionRow)
    live = live.where(PositionRow.account_id == account_id, PositionRow.phase.in_(LIVE_PHASES))
    return session.scalar(live) or 0


def _ask_about_live(session: Session, health: MonitorHealth, leave_unwatched: bool) -> None:
    live = _count_live(session, health)
    if live and not leave_unwatched:
        raise LivePositionsAsk(live)
