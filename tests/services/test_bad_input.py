"""Whatever is typed into a field of text is used or refused in words that work, and nothing refused is stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import category
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from database import load_credentials
from domain.exit_plan import ExitPlan, LockIn, PartialTarget, TimeStop, Trail, TrailUnit
from domain.exit_plan_checks import check_exits
from domain.exit_plan_json import exits_from_json, exits_to_json
from domain.passwords import LONGEST, SHORTEST
from domain.preview.presets import LONGEST_NAME, preset_name
from domain.risk.limits import RiskLimits, check_limits
from domain.risk.limits_json import limits_from_json, limits_to_json
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.terms_json import BadTerms, check_terms, terms_from_json, terms_to_json
from domain.venues import Venue
from notifications.kinds import NotificationKind
from services.access.access import Access, AccessRefused
from services.access.second_factor import new_secret
from services.accounts.credentials import Keys
from services.accounts.notifications import LONGEST_NAME as LONGEST_CHANNEL_NAME
from services.accounts.notifications import ChannelChoice, Notifications
from services.accounts.preferences import Preferences
from services.errors import NotificationsRefused, PreferenceRefused, PresetRefused
from services.trading.presets import Presets
from storage.notification_tables import NotificationChannelRow
from tests.domain.test_presets import PRESET
from tests.services.building import NOW, Clock, SteadyFeed, bot_health
from tests.support.bad_input import BAD_TEXTS, EXAMPLES

BAD = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SECRET = "a long random text"
KINDS = frozenset({NotificationKind.CLOSED})


@pytest.fixture
def config() -> Config:
    # Nobody listens there: keys that look right are tried, and told that nobody answers.
    return Config.from_environment(
        {
            "DATABASE_URL": "postgresql://unused",
            "SESSION_SECRET": SECRET,
            "BINANCE_FUTURES_URL": "http://127.0.0.1:9",
        }
    )


@pytest.fixture
def notifications(config: Config, session_factory: sessionmaker[Session]) -> Notifications:
    return Notifications(config, session_factory, Clock())


@pytest.fixture
def access(config: Config, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> Access:
    # Argon2id takes a tenth of a second each.
    monkeypatch.setattr("services.access.access.hash_password", lambda password: "unused")
    monkeypatch.setattr("services.access.access.is_password", lambda kept, password: True)
    access = Access(config, session_factory, Clock())
    access.start()
    return access


def repeats(words: str, typed: str) -> bool:
    """Whether a message repeats something that could be a secret."""
    return len(typed.strip()) >= 12 and typed.strip() in words


@given(text=BAD_TEXTS, first=st.booleans())
@BAD
def test_no_key_is_a_fault_or_stored(
    config: Config, session_factory: sessionmaker[Session], text: str, first: bool
) -> None:
    keys = Keys(config, session_factory, SteadyFeed(bot_health()), Clock())
    pair = (text, "secret") if first else ("key", text)

    check = keys.check_and_save(*pair, Venue.TESTNET, leave_unwatched=True)

    assert not check.accepted
    assert not repeats(check.message, text)
    with session_factory() as session:
        assert load_credentials(session, Venue.TESTNET.family) is None


@given(address=BAD_TEXTS, scheme=st.sampled_from(["", "tgram://", "discord://", "mailtos://", "jsons://", "https://"]))
@BAD
def test_no_address_is_a_fault(
    notifications: Notifications, session_factory: sessionmaker[Session], address: str, scheme: str
) -> None:
    before = count(session_factory)
    try:
        channel = notifications.add(scheme + address, ChannelChoice("My phone", KINDS))
    except NotificationsRefused as refused:
        assert not repeats(str(refused), address)
        assert count(session_factory) == before
    else:
        assert [shown.id for shown in notifications.channels()] == [channel]
        notifications.delete(channel)


@given(address=BAD_TEXTS, scheme=st.sampled_from(["", "ftp://", "http:/", "https://u@", "http://[", "https://["]))
@BAD
def test_no_ping_address_is_a_fault_or_stored(notifications: Notifications, address: str, scheme: str) -> None:
    with pytest.raises(NotificationsRefused) as refused:
        notifications.save_ping(scheme + address)

    assert not repeats(str(refused.value), address)
    assert not notifications.ping_set()


@given(name=BAD_TEXTS)
@BAD
def test_a_channel_is_named_with_letters_or_not_at_all(notifications: Notifications, name: str) -> None:
    try:
        channel = notifications.add("ntfy://a-topic", ChannelChoice(name, KINDS))
    except NotificationsRefused as refused:
        assert "e.g. My phone" in str(refused)
    else:
        (shown,) = notifications.channels()
        assert shown.name.isprintable()
        assert 1 <= len(shown.name) <= LONGEST_CHANNEL_NAME
        notifications.delete(channel)


@given(text=BAD_TEXTS)
@BAD
def test_a_preset_has_a_name_that_can_be_seen_or_none(session_factory: sessionmaker[Session], text: str) -> None:
    presets, name = Presets(session_factory, Clock()), preset_name(text)

    assert len(name) <= LONGEST_NAME
    try:
        presets.save(replace(PRESET, name=name))
    except PresetRefused as refused:
        assert not name
        assert str(refused) == "Give it a name first."
    else:
        assert [one.name for one in presets.load()] == [name]
        presets.delete(name)
    assert presets.load() == ()


@given(text=BAD_TEXTS)
@BAD
def test_a_password_is_set_or_refused_in_words(access: Access, text: str) -> None:
    try:
        access.set_password("", text)
    except AccessRefused as refused:
        assert not repeats(str(refused), text)
        assert not access.is_locked
    else:
        assert SHORTEST <= len(text) <= LONGEST
        assert not [character for character in text if category(character).startswith("C")]
        access.remove_password(text)


@given(code=BAD_TEXTS, present=BAD_TEXTS)
@BAD
def test_no_code_adds_a_second_factor(access: Access, code: str, present: str) -> None:
    if not access.is_locked:
        access.set_password("", "correct horse battery")

    with pytest.raises(AccessRefused):
        access.add_second_factor(present, new_secret(), code)

    assert not access.wants_second_factor


NUMBERS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.sampled_from(
        [Decimal("1e400"), Decimal("-1e400"), Decimal("9" * 5000), Decimal("0." + "1" * 30), Decimal("sNaN")]
    ),
)
WAITS = st.integers(-(10**10), 10**10).map(lambda seconds: timedelta(seconds=seconds))


@given(
    amount=NUMBERS,
    target=NUMBERS,
    stop=NUMBERS,
    leverage=st.integers(),
    delay=WAITS,
    maximum=st.integers(),
    symbol=BAD_TEXTS,
)
@BAD
def test_terms_are_kept_exactly_or_refused_in_words(
    amount: Decimal, target: Decimal, stop: Decimal, leverage: int, delay: timedelta, maximum: int, symbol: str
) -> None:
    rule = ReopenRule(enabled=True, delay=delay, maximum=maximum)
    terms = TradeTerms(symbol, Side.LONG, amount, leverage, target, stop, Basis.NET, rule)
    try:
        check_terms(terms)
    except BadTerms as refused:
        assert refused.messages
        assert all(message and message.isprintable() for message in refused.messages)
    else:
        assert terms_from_json(terms_to_json(terms)) == terms


@given(
    amounts=st.lists(st.one_of(st.none(), NUMBERS), min_size=4, max_size=4),
    counts=st.lists(st.one_of(st.none(), st.integers()), min_size=3, max_size=3),
)
@BAD
def test_limits_are_kept_exactly_or_refused_in_words(amounts: list[Any], counts: list[Any]) -> None:
    limits = RiskLimits(
        day_loss_usdt=amounts[0],
        total_margin_usdt=amounts[1],
        spread_percent=amounts[2],
        liquidation_percent=amounts[3],
        losses_in_a_row=counts[0],
        plan_losses_in_a_row=counts[1],
        open_positions=counts[2],
    )
    wrong = check_limits(limits)

    if wrong:
        assert all(message for message in wrong)
    else:
        assert limits_from_json(limits_to_json(limits)) == limits


LEVELS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=5)
MOMENTS = st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=st.just(UTC)))


@given(
    amounts=st.lists(st.one_of(st.none(), NUMBERS), min_size=3, max_size=3),
    unit=st.sampled_from(TrailUnit),
    locks=LEVELS,
    targets=LEVELS,
    after=WAITS,
    expires_at=MOMENTS,
    target=st.one_of(st.none(), NUMBERS),
)
@BAD
def test_moving_exits_are_kept_exactly_or_refused_in_words(
    amounts: list[Decimal | None],
    unit: TrailUnit,
    locks: list[tuple[Decimal, Decimal]],
    targets: list[tuple[Decimal, Decimal]],
    after: timedelta,
    expires_at: datetime | None,
    target: Decimal | None,
) -> None:
    even, distance, begins = amounts
    exits = ExitPlan(
        break_even_after_usdt=even,
        trail=None if distance is None else Trail(unit, distance, begins),
        lock_ins=tuple(LockIn(*step) for step in locks),
        targets=tuple(PartialTarget(*level) for level in targets),
        time_stop=TimeStop(after, only_in_profit=True),
        expires_at=expires_at,
    )
    wrong = check_exits(exits, target, NOW)

    assert all(message and message.isprintable() for message in wrong)
    if not check_exits(exits):
        assert exits_from_json(exits_to_json(exits)) == exits


ZONES = {None, *available_timezones()}


@given(text=BAD_TEXTS, name=st.sampled_from(["time_zone", "risk_share_percent", "default_preset"]))
@BAD
def test_preferences_are_kept_or_refused_in_words(session_factory: sessionmaker[Session], text: str, name: str) -> None:
    preferences = Preferences(session_factory, Clock())
    try:
        preferences.choose(name, text)
    except PreferenceRefused as refused:
        assert str(refused)
    preferences.note_browser_zone(text)

    assert 1 <= preferences.chosen().risk_share_percent <= 100
    assert preferences.chosen().time_zone in ZONES


def count(session_factory: sessionmaker[Session]) -> int:
    with session_factory() as session:
        return session.scalar(select(func.count(NotificationChannelRow.id))) or 0
