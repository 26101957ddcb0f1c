"""Units and directions: whatever a number is typed in, the same trade is kept and refused in its words."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from domain.terms import Side
from tests.pages.conftest import Dashboard
from tests.pages.new_trade_page import (
    asked_terms,
    choose_unit,
    draw,
    enter,
    is_closed,
    number,
    press_open,
    refusal_words,
    slow,
)
from tests.pages.viewing import (
    component,
    number_field,
    press,
    seen_again,
    send_button,
    view,
    words,
)
from tests.services.building import D


@slow
def test_another_unit_of_the_amount_means_the_same_trade(market: Dashboard) -> None:
    app = view(draw)

    choose_unit(app, "amount_in", "Position")
    position = number(app, "amount")
    choose_unit(app, "amount_in", "Margin %")
    percent = number(app, "amount")
    press_open(app)

    assert (position, percent) == (D(3000), D("1.5228"))  # of 9 850 free
    assert asked_terms(market)[0].amount_usdt == D("149.99580000")


@slow
def test_prices_typed_are_kept_as_usdt(market: Dashboard) -> None:
    app = view(draw)
    app.toggle(key="trade_after_fees").set_value(False)
    seen_again(app)
    choose_unit(app, "exit_in", "Price")
    entry, target = component(app, "price-chart")["lines"][0]["price"], number(app, "target")

    enter(app, "target", round(D(str(entry)) + 2 * (target - D(str(entry))), 1))
    press_open(app)

    terms = asked_terms(market)[0]
    assert abs(terms.tp_usdt - 30) < D("0.1")
    assert number_field(app, "trade_target")["label"] == "Take profit, price"


@slow
def test_percents_of_the_stake_are_kept_as_usdt(market: Dashboard) -> None:
    app = view(draw)

    choose_unit(app, "exit_in", "% of margin")
    shown = number(app, "target"), number(app, "stop")
    press_open(app)

    terms = asked_terms(market)[0]
    assert shown == (D(10), D("6.6667"))
    assert (terms.tp_usdt, terms.sl_usdt) == (D("15"), D("10.00005"))


@slow
def test_a_price_follows_the_direction_and_a_refusal_speaks_prices(market: Dashboard) -> None:
    app = view(draw)
    choose_unit(app, "exit_in", "Price")
    long_target = number(app, "target")

    app.segmented_control(key="trade_side").set_value(Side.SHORT)
    seen_again(app)
    short_target = number(app, "target")
    enter(app, "target", long_target)
    refused = words(app)
    press(app, "use_tp_usdt")

    assert short_target < D(str(component(app, "price-chart")["lines"][0]["price"])) < long_target
    assert 'class="refusal"' in refused
    assert "Ready to open" in words(app)


@slow
@pytest.mark.parametrize(
    ("unit", "side", "field", "typed", "ending"),
    [
        ("Price", Side.LONG, "target", 50000.0, "or higher."),
        ("Price", Side.SHORT, "target", 99000.0, "or lower."),
        ("Price", Side.LONG, "stop", 99000.0, "or lower."),
        ("Price", Side.SHORT, "stop", 50000.0, "or higher."),
        ("% of price", Side.LONG, "target", 0.01, "% or more."),
        ("% of margin", Side.LONG, "stop", 0.01, "% or more."),
        ("USDT", Side.LONG, "stop", 0.01, "USDT or more."),
    ],
)
def test_a_refusal_speaks_in_the_unit_that_was_typed_in(
    market: Dashboard, unit: str, side: Side, field: str, typed: float, ending: str
) -> None:
    app = view(draw)
    app.segmented_control(key="trade_side").set_value(side)
    choose_unit(app, "exit_in", unit)
    use = "use_tp_usdt" if field == "target" else "use_sl_usdt"

    enter(app, field, typed)
    refused, number_words = refusal_words(app), app.button(key=use).label.removeprefix("Use ")
    press(app, use)

    assert refused.endswith(ending)
    assert f"Enter {number_words}" in refused
    assert ("USDT" in refused) == (unit == "USDT")
    assert not refusal_words(app)


@slow
def test_a_stop_price_behind_the_liquidation_is_refused_with_a_nearer_price(market: Dashboard) -> None:
    app = view(draw)
    for field, number_typed in (("amount", 9000.0), ("target", 600.0), ("stop", 400.0)):
        enter(app, field, number_typed)
    choose_unit(app, "exit_in", "Price")

    enter(app, "stop", 100.0)

    assert "behind the liquidation price" in refusal_words(app)
    assert refusal_words(app).endswith("or higher.")


@slow
def test_a_position_too_large_is_refused_in_what_the_position_may_be_worth(market: Dashboard) -> None:
    app = view(draw)
    choose_unit(app, "amount_in", "Position")

    enter(app, "amount", 9000000.0)
    refused, offered = words(app), app.button(key="use_amount_usdt").label
    press(app, "use_amount_usdt")

    assert f"Enter {offered.removeprefix('Use ')} or less." in refused
    assert "or less" not in refusal_words(app)


@slow
def test_units_that_need_a_price_stay_away_until_there_is_one(dashboard: Dashboard) -> None:
    app = view(draw)

    choose_unit(app, "exit_in", "Price")

    assert app.segmented_control(key="trade_exit_in").value == "USDT"
    assert number(app, "target") == 15.0


@slow
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Stop loss: Type a number."),
        ("abc", "Stop loss: This is not a number."),
        ("1.000", "Stop loss: Do you mean 1000 or 1.000?"),
        ("+5", "Stop loss: A new trade cannot keep a profit at its stop."),
    ],
)
def test_nothing_is_sent_while_a_field_is_not_understood(market: Dashboard, text: str, why: str) -> None:
    app = view(draw)

    enter(app, "stop", text)

    assert is_closed(app)
    assert send_button(app, "open_trade")["why"].startswith(why)
    assert "You risk" not in words(app)
    press_open(app)
    assert asked_terms(market) == []


@slow
def test_a_stop_typed_with_a_minus_is_the_same_loss(market: Dashboard) -> None:
    app = view(draw)

    enter(app, "stop", "-10")
    press_open(app)

    assert number_field(app, "trade_stop")["words"] == "a loss of 10.00 USDT"
    assert [terms.sl_usdt for terms in asked_terms(market)] == [10]


@slow
def test_prices_typed_for_one_pair_are_said_as_prices_of_the_others(market: Dashboard) -> None:
    app = view(draw)
    app.multiselect(key="trade_more").set_value(["ETHUSDT"])
    seen_again(app)
    choose_unit(app, "exit_in", "Price")
    ready = pair_line(app, "ETH/USDT")
    enter(app, "stop", number(app, "stop") + 3000)
    refused = pair_line(app, "ETH/USDT")

    target, stop = (D(price.replace("\u202f", "")) for price in re.findall(r"(?<=at )[0-9\u202f.]+[0-9]", ready))
    assert stop < target < 10_000, ready
    assert re.search(r"Enter [0-9\u202f.]+ or lower", refused), refused
    assert "USDT" not in refused.partition("Enter")[2]


def pair_line(app: AppTest, name: str) -> str:
    """Return what the list of pairs says of one."""
    found = re.search(rf"<b>{name}</b><span>([^<]*)</span>", words(app))
    assert found is not None
    return found[1]
