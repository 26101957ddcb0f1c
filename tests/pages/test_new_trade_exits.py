"""New trade: exits that move are said in numbers, refused beside their section, and sent as they were shown."""

import json
from decimal import Decimal

import pytest

from domain.exit_plan import NO_EXITS, ExitPlan, Trail, TrailUnit
from tests.pages.conftest import Dashboard
from tests.pages.new_trade_page import asked_terms, draw, is_closed, press_open, refusal_words
from tests.pages.viewing import component, number_field, trigger, type_text, view, words

pytestmark = pytest.mark.slow


def test_break_even_is_said_in_numbers_and_sent(market: Dashboard) -> None:
    app = view(draw)
    assert "the stop goes to" not in words(app)

    app.toggle(key="trade_exits_even").set_value(True).run()
    type_text(app, "trade_exits_even_after", "6")

    assert "the stop goes to" in words(app)
    assert "While the bot is off, the last stop stands on the exchange" in words(app)
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


def test_several_targets_are_said_as_what_all_of_them_bring(market: Dashboard) -> None:
    app = view(draw)
    type_text(app, "trade_amount", "400")

    app.toggle(key="trade_exits_targets").set_value(True).run()

    figures = component(app, "figures")["figures"]
    assert figures[0]["label"] == "If all 2 targets are reached"
    assert figures[0]["note"].startswith("the last at")


def test_a_reload_finds_the_exits_as_they_were_left(market: Dashboard) -> None:
    app = view(draw)
    trigger(app, "draft_keeper", "kept", "nothing")
    app.toggle(key="trade_exits_even").set_value(True).run()
    app.toggle(key="trade_exits_targets").set_value(True).run()
    type_text(app, "trade_exits_even_after", "9x")
    kept = component(app, "draft-keeper")

    anew = view(draw)
    trigger(anew, "draft_keeper", "kept", json.dumps({key: kept[key] for key in ("fields", "texts")}))

    assert anew.toggle(key="trade_exits_even").value
    assert anew.toggle(key="trade_exits_targets").value
    assert number_field(anew, "trade_exits_even_after")["text"] == "9x"


def test_a_preset_keeps_the_exits_but_not_the_day_on_which_a_plan_ends(market: Dashboard) -> None:
    app = view(draw)
    for part in ("trail", "expires"):
        app.toggle(key=f"trade_exits_{part}").set_value(True).run()
    app.text_input(key="preset_name").set_value("Trails").run()
    app.button(key="preset_save").click().run()

    (preset,) = market.services.presets.load()
    assert preset.exits == ExitPlan(trail=Trail(TrailUnit.PERCENT, Decimal("0.5")))
    anew = view(draw)
    assert not anew.toggle(key="trade_exits_trail").value
    anew.pills(key="trade_start_Standard").set_value("Trails").run()
    assert anew.toggle(key="trade_exits_trail").value


def test_a_step_that_is_dragged_fills_its_field(market: Dashboard) -> None:
    app = view(draw)
    app.toggle(key="trade_exits_even").set_value(True).run()
    line = next(line for line in component(app, "price-chart")["lines"] if line["name"] == "even_after")

    trigger(app, "verdict_chart", "dropped", {"line": "even_after", "price": str(line["price"] + 20)})

    assert Decimal(number_field(app, "trade_exits_even_after")["text"]) > 5
