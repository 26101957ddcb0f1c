"""What is wrong: one sentence while it lasts, a line in the journal when it begins and one when it ends."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from database import save_account, save_event, save_journal
from domain.bot_status import BotState
from domain.journal.bot_facts import AlertRaised
from domain.terms import Severity
from domain.venues import Venue
from engine.supervision.alert_texts import stall
from engine.supervision.alerts import Alerts
from engine.supervision.connection import SignInBlocked
from engine.supervision.findings import finding
from engine.supervision.status import standing_by
from exchange.errors import ExchangeUnreachable, KeysRejected, PracticeNotRunning
from storage.bot_tables import JournalRow
from tests.engine.building import ENTRY_QUANTITY, D, OpenTrade
from tests.services.building import NOW, bot_health

LATER = NOW + timedelta(seconds=90)


def journal_of(alerts: Alerts, session_factory: sessionmaker[Session]) -> list[tuple[str, Severity, str]]:
    """Write what is new and return what the journal then says, oldest first."""
    with session_factory.begin() as session:
        alerts.write_pending(session, None)
    alerts.drop_pending()
    with session_factory() as session:
        rows = session.scalars(select(JournalRow).order_by(JournalRow.id)).all()
    return [(row.event, row.severity, row.text) for row in rows]


def test_a_beginning_and_an_end_are_told_once(session_factory: sessionmaker[Session]) -> None:
    alerts = Alerts()

    alerts.raise_("internal", NOW)
    alerts.raise_("internal", LATER)
    begun = journal_of(alerts, session_factory)
    alerts.resolve("internal", LATER)
    alerts.resolve("internal", LATER)
    ended = journal_of(alerts, session_factory)[1:]

    assert [(event, severity) for event, severity, _ in begun] == [("alert_raised", Severity.WARNING)]
    assert begun[0][2].startswith("The bot ran into a fault of its own. It has forgotten")
    assert ended == [("alert_resolved", Severity.GOOD, "Over after 1\u202fmin: The bot ran into a fault of its own.")]


def account_of(session: Session, alias: str) -> int:
    account = save_account(session, "practice", alias, NOW)
    session.flush()
    return account.id


def tell(session_factory: sessionmaker[Session], account: int, event: str, code: str, at: datetime) -> None:
    with session_factory.begin() as session:
        save_journal(
            session,
            at=at,
            severity=Severity.WARNING,
            event=event,
            text="Somebody else added to a position of the bot. 0.01 of BTCUSDT LONG.",
            account_id=account,
            details={"code": code},
        )


def test_what_another_process_left_open_is_known_again_and_not_told_again(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory.begin() as session:
        here, elsewhere = account_of(session, "here"), account_of(session, "elsewhere")
    tell(session_factory, here, "alert_raised", "unprotected", NOW)
    tell(session_factory, here, "alert_resolved", "unprotected", NOW)
    tell(session_factory, here, "alert_raised", "external", NOW)
    tell(session_factory, elsewhere, "alert_raised", "silent", NOW)
    alerts = Alerts()

    with session_factory() as session:
        alerts.recall(session, here)
    left_open = alerts.listed()
    alerts.resolve("external", LATER)
    written = journal_of(alerts, session_factory)[4:]

    assert [(alert.code, alert.since) for alert in left_open] == [("external", NOW)]
    assert [text for _, _, text in written] == ["Over after 1\u202fmin: Somebody else added to a position of the bot."]


def test_an_alert_is_known_again_by_its_facts_whatever_its_sentences_look_like(
    session_factory: sessionmaker[Session],
) -> None:
    facts = AlertRaised("silent", "St. Binance. has not answered for 20 s", "Wait. Do nothing.", Severity.WARNING)
    with session_factory.begin() as session:
        here = account_of(session, "here")
        save_event(session, facts, at=NOW, account_id=here)
    alerts = Alerts()

    with session_factory() as session:
        alerts.recall(session, here)

    assert [(alert.title, alert.text) for alert in alerts.listed()] == [(facts.title, facts.text)]


def test_an_alert_that_an_older_version_wrote_down_is_known_again_under_its_code_of_today(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory.begin() as session:
        here = account_of(session, "here")
    tell(session_factory, here, "problem_began", "joined", NOW)
    alerts = Alerts()

    with session_factory() as session:
        alerts.recall(session, here)

    assert [(alert.code, alert.title) for alert in alerts.listed()] == [
        ("external", "Somebody else added to a position of the bot")
    ]


def test_nothing_is_told_while_the_database_is_what_is_wrong() -> None:
    alerts = Alerts()

    alerts.raise_("database", NOW)
    while_gone = alerts.has_pending()
    alerts.resolve("database", LATER)

    assert not while_gone
    assert alerts.has_pending()


def test_an_alert_keeps_its_beginning_while_it_lasts() -> None:
    alerts = Alerts()

    alerts.raise_("database", NOW)
    alerts.raise_("database", LATER)

    assert [alert.since for alert in alerts.listed()] == [NOW]


def test_one_reason_not_to_be_signed_in_takes_the_place_of_another() -> None:
    alerts = Alerts()
    alerts.cannot_sign_in(SignInBlocked(Venue.TESTNET, BotState.NO_KEYS, "No API keys yet", "…"), NOW)

    alerts.sign_in_failed(ExchangeUnreachable("no answer"), NOW)
    unreachable = [alert.code for alert in alerts.listed()]
    alerts.sign_in_failed(KeysRejected(-2015, "no"), NOW)
    rejected = [alert.code for alert in alerts.listed()]
    alerts.signed_in(LATER)

    assert (unreachable, rejected) == (["unreachable"], ["keys"])
    assert alerts.listed() == ()


def test_a_practice_exchange_that_cannot_be_started_says_what_to_do() -> None:
    alerts = Alerts()

    alerts.sign_in_failed(PracticeNotRunning("Port 8600 is taken: choose another one with PRACTICE_PORT."), NOW)

    assert [alert.code for alert in alerts.listed()] == ["practice"]
    assert "choose another one with PRACTICE_PORT" in alerts.listed()[0].text


def test_what_was_wrong_with_an_account_is_not_shown_after_it_was_left() -> None:
    alerts = Alerts()
    alerts.raise_("database", NOW)
    alerts.follow(finding("unprotected", True, "…", NOW, Severity.DANGER))
    assert [alert.code for alert in alerts.listed()] == ["unprotected", "database"]

    alerts.left_account()

    assert [alert.code for alert in alerts.listed()] == ["database"]


def test_a_standstill_is_told_with_its_beginning_and_its_end(session_factory: sessionmaker[Session]) -> None:
    alerts = Alerts()

    alerts.stalled_for(3600, LATER)
    written = journal_of(alerts, session_factory)

    assert alerts.listed() == ()
    assert [event for event, _, _ in written] == ["alert_raised", "alert_resolved"]
    assert written[0][2].startswith("The bot stood still for 1\u202fh. It gave up control meanwhile")
    assert stall(3600, LATER).since == LATER - timedelta(hours=1)


@pytest.mark.parametrize("code", ["database", "newer", "internal", "unreachable", "practice", "keys", "refused"])
def test_every_alert_says_what_happens_to_the_money_and_what_to_do(code: str) -> None:
    alerts = Alerts()

    alerts.raise_(code, NOW)

    alert = alerts.listed()[0]
    assert "stops and targets" in alert.text or "nothing is open" in alert.text
    assert len(alert.text) > 60


def test_a_standby_says_who_is_in_charge() -> None:
    shown = standing_by(bot_health(), (), NOW)

    assert (shown.state, shown.holds_lease) == (BotState.STANDBY, False)
    assert [alert.title for alert in shown.alerts] == ["Another bot process is in charge"]


def test_that_more_was_closed_than_held_is_told_once_it_has_lasted(session_factory: sessionmaker[Session]) -> None:
    alerts = Alerts()
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.position.exit_quantity = ENTRY_QUANTITY + D("0.01")

        alerts.follow(alerts._overclosed(trade.rows, [trade.position], NOW))
        at_once = alerts.listed()
        alerts.follow(alerts._overclosed(trade.rows, [trade.position], LATER))
        written = alerts.listed()
        trade.position.exit_quantity = ENTRY_QUANTITY
        alerts.follow(alerts._overclosed(trade.rows, [trade.position], LATER))

    assert at_once == ()
    assert [(alert.code, alert.since) for alert in written] == [("overclosed", NOW)]
    assert written[0].text.startswith("0.01 of BTCUSDT LONG: somebody else traded there")
    assert alerts.listed() == ()
