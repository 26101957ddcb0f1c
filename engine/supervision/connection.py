"""Which exchange and keys are the target, and signing in to them: client, account, modes and streams."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from binance_client import BinanceTestnetClient
from config import ChosenBy, Config, ResolvedExchange, resolve_exchange
from crypto_utils import open_secret_box
from database import load_credentials
from domain.bot_status import BotState, StreamHealth
from domain.exchange import AccountModes, Balance
from domain.practice import PracticeBeginning
from domain.terms import LIVE_PHASES, SymbolRules
from domain.venue_probe.habits import VenueHabits
from domain.venues import Venue
from engine.state.routines import Routine
from engine.state.wake_up import WakeUp
from exchange.error_codes import MAY_WITHDRAW_CODE, MODE_BLOCKED_CODES, STILL_MULTI_ASSETS_CODE
from exchange.errors import KeysRejected, Rejected, TradingError
from exchange.gate import gate_of
from exchange.private_forms import PrivateForm
from exchange.streams import MarkPriceStream
from exchange.user_stream import UserStream
from storage.bot_tables import ApiCredentialRow, SettingRow
from storage.practice import load_practice_beginning, practice_asked_at
from storage.session_secret import API_KEY, API_SECRET, SecretMissing, SecretUnavailable
from storage.settings import VENUE_SETTING, load_chosen_venue
from storage.tables import AccountRow, PositionRow

log = logging.getLogger(__name__)

_STARTED_WITHOUT = (
    "The bot was started without the SESSION_SECRET that the saved API keys were encrypted with. Start it with that "
    "one again."
)
_CHOICE_DAMAGED = (
    "Which exchange was chosen cannot be read any more. Choose another one in Settings, and then the one you want."
)
PRACTICE_KEYS = ("practice", "practice")


@dataclass(frozen=True, slots=True)
class SignInTarget:
    """Where to sign in, and as whom."""

    exchange: ResolvedExchange
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    beginning: PracticeBeginning | None = None  # of a practice exchange that the bot runs itself

    @property
    def venue(self) -> Venue:
        """The venue as pages name it."""
        return self.exchange.venue


@dataclass(frozen=True, slots=True)
class SignInBlocked:
    """Why the bot cannot sign in anywhere now, in plain words."""

    venue: Venue
    state: BotState
    title: str
    text: str


def target_version(session: Session) -> str:
    """Return a cheap text that changes with the chosen exchange, the saved keys, and when practice is to begin anew."""
    chosen = session.scalar(select(SettingRow.changed_at).where(SettingRow.name == VENUE_SETTING))
    keys = session.execute(select(func.count(ApiCredentialRow.id), func.max(ApiCredentialRow.created_at))).one()
    return f"{chosen} {keys} {practice_asked_at(session)}"


def load_target(session: Session, config: Config) -> SignInTarget | SignInBlocked:
    """Return what the environment and Settings ask for; saved keys that cannot be read are locked, never absent."""
    choice = load_chosen_venue(session)
    exchange = resolve_exchange(config, choice or None)
    venue = exchange.venue
    if choice == "" and exchange.chosen_by is not ChosenBy.ENVIRONMENT:
        # Trading somewhere else than before would leave what is open there unwatched without a word.
        text = f"{_CHOICE_DAMAGED} {_unwatched(session)}"
        return SignInBlocked(venue, BotState.LOCKED, "The chosen exchange is not known", text)
    if config.api_key is not None and config.api_secret is not None and not exchange.starts_practice:
        return SignInTarget(exchange, config.api_key, config.api_secret)
    if venue is Venue.PRACTICE:
        beginning = load_practice_beginning(session) if exchange.starts_practice else None
        return SignInTarget(exchange, *_practice_keys(config), beginning)
    row = load_credentials(session, exchange.family)
    if row is None:
        text = (
            "Open Settings and paste your test keys, or go back to the practice exchange. "
            f"{_unwatched(session, exchange.family)}"
        )
        return SignInBlocked(venue, BotState.NO_KEYS, "No API keys yet", text)
    try:
        box = open_secret_box(session, config)
        return SignInTarget(
            exchange, box.decrypt(row.api_key_token, API_KEY), box.decrypt(row.api_secret_token, API_SECRET)
        )
    except SecretUnavailable as locked:
        why = _STARTED_WITHOUT if isinstance(locked, SecretMissing) else str(locked)
        text = f"{why} {_unwatched(session, exchange.family)}"
        return SignInBlocked(venue, BotState.LOCKED, "The saved keys are locked", text)


def _unwatched(session: Session, family: str | None = None) -> str:
    """Return what it means for open positions that nobody is signed in; without a family, on every exchange."""
    live = select(func.count(PositionRow.id)).join(AccountRow, AccountRow.id == PositionRow.account_id)
    if family is not None:
        live = live.where(AccountRow.family == family)
    number = session.scalar(live.where(PositionRow.phase.in_(LIVE_PHASES)))
    if not number:
        return "Nothing is being traded."
    positions, their = (
        ("1 open position is", "its stop and target rest")
        if number == 1
        else (f"{number} open positions are", "their stops and targets rest")
    )
    return f"Nothing is being traded: {positions} not watched; {their} on the exchange."


def _practice_keys(config: Config) -> tuple[str, str]:
    """Return the keys of the first account that PRACTICE_ARGS makes, or of the practice exchange's own."""
    for option, value in pairwise(config.practice_args):
        if option == "--account":
            key, secret = value.split(":")[:2]
            return key, secret
    return PRACTICE_KEYS


@dataclass(slots=True)
class Connection:
    """A signed-in account with its streams."""

    target: SignInTarget
    client: BinanceTestnetClient
    viewer_client: BinanceTestnetClient
    user_stream: UserStream
    price_stream: MarkPriceStream
    balance: Balance
    modes: AccountModes
    rules: dict[str, SymbolRules]  # as listed at sign-in
    account_id: int = 0

    @property
    def clock_offset_ms(self) -> int:
        """By how much the exchange's clock, as it was last measured, is ahead of this machine's."""
        return round((self.client.exchange_now() - datetime.now(UTC)).total_seconds() * 1000)

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds of the price stream), None when never seen."""
        price = self.price_stream.mark_price(symbol)
        age = self.price_stream.state().last_message_age_seconds
        return None if price is None or age is None else (price, age)

    def stream_health(self) -> StreamHealth:
        """Return how the two sockets are."""
        user, prices = self.user_stream.state(), self.price_stream.state()
        return StreamHealth(
            user_connected=user.connected,
            user_deaf=user.deaf,
            prices_connected=prices.connected,
            price_age_seconds=prices.last_message_age_seconds,
            reconnects=user.reconnects + prices.reconnects,
        )

    def act_on(self, habits: VenueHabits, heard: Sequence[PrivateForm]) -> None:
        """Behave as the exchange was measured to."""
        self.user_stream.prefer(heard)
        self.client.expect_duplicate_id_code(habits.duplicate_id_code)

    def close(self) -> None:
        """Stop the streams and give the connections back."""
        self.user_stream.stop()
        self.price_stream.stop()
        self.client.close()
        self.viewer_client.close()


def sign_in(target: SignInTarget, wake_up: WakeUp, on_step: Callable[[], None]) -> Connection:
    """Sign in and bring the account into the shape the bot needs: hedge mode, one margin asset.

    Args:
        target: where, and as whom.
        wake_up: hears what the streams say.
        on_step: called between the requests.

    Raises:
        KeysRejected: the exchange does not take the keys, or says that they may withdraw.
        Rejected: the account cannot be brought into shape, e.g. open orders forbid hedge mode.
        ExchangeUnreachable: no usable answer.
    """
    stream_url = target.exchange.stream_url
    with ExitStack() as opened:  # whatever fails on the way, no client is left with open connections
        client = opened.enter_context(_closed_after(target))
        on_step()
        with naming_step("reading the exchange's time"):
            client.measure_clock()
        on_step()
        with naming_step("reading the balance"):
            balance = client.fetch_balance()
        on_step()
        if target.venue is not Venue.PRACTICE and client.fetch_may_withdraw():
            raise KeysRejected(MAY_WITHDRAW_CODE, "enableWithdrawals")
        modes = ensure_account_modes(client)
        on_step()
        with naming_step("reading the rules of the pairs"):
            rules = client.fetch_symbol_rules()
        on_step()
        viewer = opened.enter_context(_closed_after(target))
        viewer.measure_clock()
        opened.pop_all()
    gate = gate_of(target.exchange.rest_url)
    connection = Connection(
        target=target,
        client=client,
        viewer_client=viewer,
        user_stream=UserStream(client, stream_url, wake_up.take_event, wake_up.take_gap, gate),
        price_stream=MarkPriceStream(
            stream_url, lambda: wake_up.make_due(Routine.READ_RULES), gate, on_watched=wake_up.notify
        ),
        balance=balance,
        modes=modes,
        rules=rules,
    )
    connection.user_stream.start()
    connection.price_stream.start()
    return connection


def _closed_after(target: SignInTarget) -> closing[BinanceTestnetClient]:
    exchange = target.exchange
    return closing(BinanceTestnetClient(target.api_key, target.api_secret, exchange.rest_url, exchange.stream_url))


def ensure_account_modes(client: BinanceTestnetClient) -> AccountModes:
    """Set hedge mode and single-asset margin where they are not; return the modes as they are then.

    Raises:
        Rejected: the exchange does not allow it now, e.g. while something is open.
    """
    with naming_step("reading the account's modes"):
        modes = client.fetch_account_modes()
    if modes.multi_assets:
        with naming_step("leaving multi-assets mode"):
            client.set_single_asset_mode()
    if not modes.hedge:
        with naming_step("setting hedge mode"):
            _set_hedge_mode(client)
    with naming_step("reading the account's modes"):
        modes = client.fetch_account_modes()
    if modes.multi_assets:
        with naming_step("leaving multi-assets mode"):
            raise Rejected(STILL_MULTI_ASSETS_CODE, "the account stays in multi-assets mode")
    return modes


def _set_hedge_mode(client: BinanceTestnetClient) -> None:
    """Set it, or let the refusal say what is in the way, as far as that can be seen here."""
    try:
        client.set_hedge_mode()
    except Rejected as rejected:
        if rejected.code in MODE_BLOCKED_CODES:
            rejected.in_the_way = tuple(held.symbol for held in client.fetch_positions()) or _coin_margined(client)
        raise


def _coin_margined(client: BinanceTestnetClient) -> tuple[str, ...]:
    """Return what is held in COIN-M futures, nothing where that cannot be read: keys and venues differ in it."""
    try:
        return tuple(f"{symbol} (COIN-M futures)" for symbol in client.fetch_coin_margined_symbols())
    except TradingError as error:
        log.warning("positions of COIN-M futures not read reason=%s", error.details)
        return ()


@contextmanager
def naming_step(step: str) -> Iterator[None]:
    """Let an error say what was being done."""
    try:
        yield
    except TradingError as error:
        error.step = error.step or step
        log.warning("sign-in step failed step=%r reason=%s", step, error.details)
        raise
