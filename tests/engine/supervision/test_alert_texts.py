"""Each alert says what is wrong, what happens to the money, and what the bot or the person does about it."""

from datetime import timedelta

import pytest

from domain.exchange import UnreadRow
from domain.terms import Severity
from engine.supervision.alert_texts import TEXTS, TITLES, stall, standby, unread_rows
from tests.services.building import NOW


def rows(count: int) -> list[UnreadRow]:
    return [
        UnreadRow("positions", number, "no side", "BTCUSDT" if number == 1 else None) for number in range(1, count + 1)
    ]


def test_rows_that_cannot_be_read_are_named_three_at_most() -> None:
    assert "Left out: positions, row 1 (BTCUSDT). Everything" in unread_rows(rows(1))[1]
    assert "positions, row 3. Everything" in unread_rows(rows(3))[1]
    assert "positions, row 3 and 2 more. Everything" in unread_rows(rows(5))[1]


def test_a_stall_is_dangerous_and_began_when_the_bot_stopped() -> None:
    alert = stall(90, NOW)

    assert (alert.code, alert.severity, alert.since) == ("stuck", Severity.DANGER, NOW - timedelta(seconds=90))
    assert alert.title == "The bot stood still for 1 min"
    assert "stops and targets on the exchange" in alert.text


def test_a_standby_is_no_fault() -> None:
    assert (standby(NOW).code, standby(NOW).severity, standby(NOW).since) == ("standby", Severity.INFO, NOW)


@pytest.mark.parametrize("code", TEXTS)
def test_titles_are_no_sentences_and_texts_are(code: str) -> None:
    title, text = TEXTS[code]

    assert not title.endswith(".")
    assert text.endswith(".")
    assert title not in TITLES.values()
