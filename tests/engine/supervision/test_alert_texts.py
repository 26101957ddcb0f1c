"""Each alert says what is wrong, what happens to the money, and what the bot or the person does about it."""

from datetime import timedelta

import pytest

from domain.exchange import UnreadRow
from domain.terms import Severity
from engine.supervision.alert_texts import TEXTS, TITLES, sign_in_words, stall, standby, unread_rows
from exchange.error_codes import MAY_WITHDRAW_CODE
from exchange.errors import KeysRejected, Rejected
from tests.services.building import NOW


def rows(count: int) -> list[UnreadRow]:
    return [
        UnreadRow("positions", number, "no side", "BTCUSDT" if number == 1 else None) for number in range(1, count + 1)
    ]


def test_rows_that_cannot_be_read_are_named_three_at_most() -> None:
    assert "Left out: positions, row 1 (BTCUSDT). Everything" in unread_rows(rows(1))[1]
    assert "positions, row 3. Everything" in unread_rows(rows(3))[1]
    assert "positions, row 3 and 2 more. Everything" in unread_rows(rows(5))[1]


def test_a_sign_in_refused_for_a_reason_of_its_own_has_the_exchanges_words() -> None:
    refused = Rejected(-21_099, "Portfolio margin accounts use another interface.")
    refused.step = "reading the balance"

    code, _, text = sign_in_words(refused)

    assert code == "refused"
    assert "refused while reading the balance" in text
    assert "It says: -21099: Portfolio margin accounts use another interface" in text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (-1022, "does not belong to this API key"),
        (-2017, "are locked"),
        (MAY_WITHDRAW_CODE, "may withdraw money"),
    ],
)
def test_refused_keys_say_why_and_where_others_are_put(code: int, why: str) -> None:
    _, _, text = sign_in_words(KeysRejected(code, "no"))

    assert why in text
    assert "Open Settings" in text


def test_a_stall_is_dangerous_and_began_when_the_bot_stopped() -> None:
    alert = stall(90, NOW)

    assert (alert.code, alert.severity, alert.since) == ("stuck", Severity.DANGER, NOW - timedelta(seconds=90))
    assert alert.title == "The bot stood still for 1\u202fmin"
    assert "stops and targets on the exchange" in alert.text


def test_a_standby_is_no_fault() -> None:
    assert (standby(NOW).code, standby(NOW).severity, standby(NOW).since) == ("standby", Severity.INFO, NOW)


@pytest.mark.parametrize("code", TEXTS)
def test_titles_are_no_sentences_and_texts_are(code: str) -> None:
    title, text = TEXTS[code]

    assert not title.endswith(".")
    assert text.endswith(".")
    assert title not in TITLES.values()


@pytest.mark.parametrize(
    ("in_the_way", "words"),
    [
        (("ETHUSDT", "BTCUSDT"), "Open now: BTCUSDT, ETHUSDT."),
        ((), "positions of COIN-M futures"),
        (None, "Close positions and orders of this account"),
    ],
)
def test_what_keeps_the_account_from_hedge_mode_is_named(in_the_way: tuple[str, ...] | None, words: str) -> None:
    rejected = Rejected(-4068, "Position side cannot be changed if there exists position.")
    rejected.in_the_way = in_the_way

    code, _, text = sign_in_words(rejected)

    assert code == "refused"
    assert words in text
