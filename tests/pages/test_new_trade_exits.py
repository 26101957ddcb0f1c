"""New trade: exits that move are said in numbers, refused beside their section, and sent as they were shown."""

from decimal import Decimal

import pytest

from domain.exit_plan import NO_EXITS
from tests.pages.conftest import Dashboard
from tests.pages.new_trade_page import asked_terms, draw, is_closed, press_open, refusal_words
from tests.pages.viewing import type_text, view, words

pytestmark = pytest.mark.slow


def test_break_even_is_said_in_numbers_and_sent(market: Dashboard) -> None:
    app = view(draw)
    assert "the stop goes to" not in words(app)

    app.toggle(key="trade_exits_even").set_value(True).run()
    type_text(app, "trade_exits_even_after", "6")

    assert "the stop goes to" in words(app)
    assert "While the bot is off, the last stop stays on the exchange" in words(app)
    press_open(app)
    (asked,) = asked_terms(market)
    assert asked.exits.break_even_after_usdt == 6


def test_a_step_that_would_never_begin_is_refused_beside_the_section(market: Dashboard) -> None:
    app = view(draw)

    app.toggle(key="trade_exits_even").set_value(True).run()
    type_text(app, "trade_exits_even_after", "999")

    assert "would never begin" in refusal_words(app)
    assert is_closed(app)


def test_nothing_used_asks_for_nothing(market: Dashboard) -> None:
    press_open(view(draw))

    (asked,) = asked_terms(market)
    assert asked.exits == NO_EXITS


def test_all_of_them_together_are_drawn_and_sent(market: Dashboard) -> None:
    app = view(draw)
    type_text(app, "trade_amount", "400")

    for part in ("even", "trail", "locks", "targets", "time", "expires"):
        app.toggle(key=f"trade_exits_{part}").set_value(True).run()

    assert not app.exception
    assert refusal_words(app) == ""
    press_open(app)
    (asked,) = asked_terms(market)
    exits = asked.exits
    assert exits.trail is not None
    assert exits.time_stop is not None
    assert exits.expires_at is not None
    assert (len(exits.lock_ins), [target.share_percent for target in exits.targets]) == (1, [Decimal(50)] * 2)
