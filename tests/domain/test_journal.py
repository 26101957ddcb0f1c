"""The journal's sentences: each is made from stored facts alone; what was written before keeps its text."""

from decimal import Decimal

import pytest

from domain.journal.bot_facts import AlertRaised, DailySummary, ResultsRecounted, WeeklySummary
from domain.journal.events import JournalEvent
from domain.journal.external_facts import ExternalTrade
from domain.journal.facts import FACTS_OF, JournalFacts, facts_from_json, facts_to_json, severity_of
from domain.journal.order_facts import StopGone, StopLost
from domain.journal.person_facts import KeysSaved, LimitLiftedByHand, LimitsChanged, PasswordSet, PeakReset
from domain.journal.texts import _SENTENCES, price_text, sentence, stored_sentence
from domain.journal.trade_facts import Closed, Closing, Opened, PartClosed
from domain.terms import CloseReason, Severity
from domain.venues import Venue

D = Decimal
TRADE = "BTCUSDT LONG"
EXAMPLES: tuple[tuple[JournalFacts, Severity, str], ...] = (
    (
        Opened(TRADE, D("0.030"), D("83655.40"), D("0.1")),
        Severity.GOOD,
        "Opened BTCUSDT LONG: 0.03 at 83\u202f655.4.",
    ),
    (
        StopLost(TRADE, StopGone.NOT_FOUND),
        Severity.WARNING,
        "BTCUSDT LONG: the exchange cannot find the stop-loss; the bot places it again.",
    ),
    (
        Closing(TRADE, CloseReason.UNPROTECTED, late_fill=False),
        Severity.DANGER,
        "BTCUSDT LONG: no stop-loss can be kept on the exchange; closing at market to be safe.",
    ),
    (
        Closing(TRADE, CloseReason.UNPROTECTED, late_fill=True),
        Severity.WARNING,
        "BTCUSDT LONG: closing at market what was filled late.",
    ),
    (
        PartClosed(TRADE, D("0.0150")),
        Severity.INFO,
        "0.015 of BTCUSDT LONG is closed, as you asked. The rest is protected.",
    ),
    (
        ExternalTrade(TRADE, D("-0.01"), D(0), by_exchange=False, client_order_id="web_1"),
        Severity.WARNING,
        "0.01 was taken from BTCUSDT LONG by somebody else.",
    ),
    (
        AlertRaised("silent", "Binance has not answered for 20 s", "You need not do anything.", Severity.WARNING),
        Severity.WARNING,
        "Binance has not answered for 20 s. You need not do anything.",
    ),
    (
        DailySummary(2, 1, 1, 0, D("9.97"), D("15"), D("-5.03"), 0),
        Severity.INFO,
        "Yesterday: +9.97 USDT after fees from 2 trades, 1 won, 1 lost; best +15.00, worst −5.03. Open now: 0.",
    ),
    (
        WeeklySummary(0, 0, 0, 0, D(0), None, None, 3),
        Severity.INFO,
        "Last week: no trade closed. Open now: 3.",
    ),
    (PasswordSet(), Severity.INFO, "You set a password for the dashboard."),
    (KeysSaved(Venue.DEMO, "x9Zq"), Severity.INFO, "You saved API keys ending in x9Zq for Binance demo."),
    (
        LimitsChanged("Loss per day 50 instead of no limit", {"day_loss_usdt": None}, {"day_loss_usdt": "50"}),
        Severity.INFO,
        "You changed your limits: Loss per day 50 instead of no limit.",
    ),
    (
        LimitLiftedByHand("DAY_LOSS", "Loss per day", None),
        Severity.INFO,
        "You lifted a limit: Loss per day. It counts anew from now.",
    ),
    (
        PeakReset(D("1100.5")),
        Severity.INFO,
        "You reset the peak: the drawdown counts from what is in the account now.",
    ),
    (
        ResultsRecounted(1, "2026-11-14", "2026-11-14"),
        Severity.WARNING,
        "The sums that History keeps did not match the trades of 2026-11-14. They were counted again and match now.",
    ),
    (
        ResultsRecounted(2, "2026-11-14", "2026-11-20"),
        Severity.WARNING,
        "The sums that History keeps did not match the trades of 2 days between 2026-11-14 and 2026-11-20. "
        "They were counted again and match now.",
    ),
)


@pytest.mark.parametrize(("facts", "severity", "words"), EXAMPLES)
def test_facts_make_the_sentence_before_and_after_they_were_stored(
    facts: JournalFacts, severity: Severity, words: str
) -> None:
    stored = facts_to_json(facts)

    assert sentence(facts) == words
    assert severity_of(facts) is severity
    assert facts_from_json(facts.EVENT.value, stored) == facts
    assert stored_sentence(facts.EVENT.value, stored, "what was written") == words


def test_a_close_says_what_of_others_went_with_it() -> None:
    facts = Closed(TRADE, CloseReason.SL, D("-5.00"), external_quantity=D("0.01"))

    assert sentence(facts).endswith(". 0.01 of somebody else's was closed along with it and is not in this.")
    assert severity_of(facts) is Severity.INFO


def test_every_event_has_its_facts_and_a_sentence() -> None:
    assert set(FACTS_OF) == set(JournalEvent)
    assert set(_SENTENCES) == set(FACTS_OF.values())


@pytest.mark.parametrize(
    ("event", "stored"),
    [
        ("problem_began", {"code": "naked"}),  # a word of 0.1.0
        ("opened", {"quantity": "0.03"}),  # a row from before it had all its facts
        ("opened", facts_to_json(EXAMPLES[0][0]) | {"entry_price": "a lot"}),
    ],
)
def test_a_row_without_the_facts_keeps_the_text_it_was_written_with(event: str, stored: dict[str, str]) -> None:
    assert facts_from_json(event, stored) is None
    assert stored_sentence(event, stored, "what was written") == "what was written"


@pytest.mark.parametrize(
    ("price", "words"), [("83655.40", "83\u202f655.4"), ("123456.7", "123\u202f456.7"), ("100", "100.0")]
)
def test_prices_are_grouped_and_stand_at_the_pairs_tick(price: str, words: str) -> None:
    assert price_text(D(price), D("0.1")) == words


def test_before_the_pairs_rules_are_read_a_price_keeps_its_digits() -> None:
    assert price_text(D("83655.4500"), None) == "83\u202f655.45"
    assert price_text(D("0.00001234"), None) == "0.00001234"
