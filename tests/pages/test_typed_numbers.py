"""For each number field and some sixty typed texts: what is shown, judged and sent are one number."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import cast

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from binance_client import BinanceTestnetClient
from domain.terms import TradeTerms
from domain.terms_json import terms_from_json
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import number_field, press_send, send_button, type_text, view, words
from tests.services.building import D
from tests.support.practice import PracticeExchange

pytestmark = pytest.mark.slow

TEXTS = (
    *("5", "5.5", "5,5", "05", "007", ".5", ",5", "5.", "0.5", "0,5", "0.01", "0,01", "12", "12.5", "12,5", "12.3456"),
    *("20.00", "20,00", "30", "100", "126", "1000", "1 000,50", "1,000.50", "1.000,50", "1'000.50", "1\u00a0000"),
    *("1\u202f000", "12.345", "1.000", "1,000", "1.000.000", "1,00,000", "1,00.5", "10 0", "9" * 16, "1e2", "1e3"),
    *("1e30", "nan", "+5", "-5", "\u22125", "\u22125,25", "- 5", "--5", "5-", "5-3", "0", "-0", "", "  ", "   ", "abc"),
    *("5 USDT", "150 USDT", "5%", "5 %", "20x", "1..5", "\u0665", "\u0665\u066b\u0665", "\uff11\uff15"),
)
A_TICK = D("0.01")  # what a tick of the price is worth here, in cents at most: prices round in favour
SENT_AS: dict[str, Callable[[TradeTerms], Decimal | None]] = {
    "trade_amount": lambda terms: terms.amount_usdt,
    "trade_leverage": lambda terms: D(terms.leverage),
    "trade_stop": lambda terms: terms.sl_usdt,
    "trade_target": lambda terms: terms.tp_usdt,
    "trade_maximum": lambda terms: None if terms.reopen.maximum is None else D(terms.reopen.maximum),
}


def draw() -> None:
    from app_pages.new_trade.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.fixture
def form(dashboard: Dashboard, practice_exchange: PracticeExchange) -> Iterator[AppTest]:
    """Give New trade, signed in to a practice exchange."""
    client = BinanceTestnetClient("practice", "practice", practice_exchange.url, practice_exchange.stream_url)
    dashboard.feed.client = client
    dashboard.feed.rules = dict(client.fetch_symbol_rules())
    yield view(draw)
    client.close()


def would_send(app: AppTest) -> TradeTerms | None:
    """Return the terms that a press would send, None while nothing can be pressed."""
    button = send_button(app, "open_trade")
    if button["disabled"]:
        return None
    ((terms, _),) = app.session_state["trade_shown"][button["shown"]].trades
    return cast("TradeTerms", terms)


def asked(dashboard: Dashboard) -> list[TradeTerms]:
    """Return what was sent."""
    return [terms_from_json(row.terms) for row in dashboard.session.scalars(select(InstructionRow))]


def test_no_text_is_there_twice() -> None:
    assert len(set(TEXTS)) == len(TEXTS) == 63


@pytest.mark.parametrize("field", SENT_AS)
def test_what_is_shown_is_what_is_judged_and_what_is_sent(form: AppTest, dashboard: Dashboard, field: str) -> None:
    open_texts: list[str] = []
    closed_texts: dict[str, str] = {}  # by how the field was read
    for text in TEXTS:
        type_text(form, field, text)
        under, terms = number_field(form, field), would_send(form)

        assert under["text"] == text  # nothing but the person writes there
        assert ("You risk" in words(form)) == (terms is not None), text
        if terms is None:
            assert send_button(form, "open_trade")["why"], text
            closed_texts[under["state"]] = text
            continue
        assert under["state"] == "read", f"{text} cannot be read and would be sent"
        open_texts.append(text)
        _insist_on_one_number(form, field, text, terms)

    assert len(open_texts) >= 3
    assert len(closed_texts) >= 2
    for text in closed_texts.values():
        type_text(form, field, text)
        press_send(form, "open_trade")
        assert asked(dashboard) == [], text
    type_text(form, field, open_texts[-1])
    terms = would_send(form)
    press_send(form, "open_trade")
    assert asked(dashboard) == [terms]


def _insist_on_one_number(app: AppTest, field: str, text: str, terms: TradeTerms) -> None:
    under, sent = number_field(app, field), SENT_AS[field](terms)
    if sent is None:
        assert under["words"] == "no limit", text
        return
    assert number_in(under["words"]) == sent, text
    risked, gained = _verdict(app)
    if field == "trade_stop":
        # A stop outside the pair's bounds goes to the nearest price that is allowed, and that is said.
        moved = bool(_notes(app))
        assert risked <= sent, text
        assert moved or sent - A_TICK <= risked, text
    if field == "trade_target":
        assert sent <= gained <= sent + A_TICK, text


def _notes(app: AppTest) -> str:
    """Return what the verdict says that the exchange's limits change."""
    shown = send_button(app, "open_trade")["shown"]
    ((_, figures),) = app.session_state["trade_shown"][shown].trades
    return " ".join(figures.notes)


def _verdict(app: AppTest) -> tuple[Decimal, Decimal]:
    """Return what the verdict says is risked and made."""
    found = re.search(r"You risk <b>([^<]+)</b> to make <b>([^<]+) USDT</b>", words(app))
    assert found is not None
    risked, gained = (Decimal(re.sub(r"\s", "", number)) for number in found.groups())
    return risked, gained


def number_in(shown: str) -> Decimal:
    """Return the number in what stands under a field: "= 1 000.50 USDT", "a loss of 5.00 USDT", "= 20×"."""
    digits = "".join(character for character in shown if character in "0123456789.")
    return Decimal(digits)
