"""What the bot did not open: shown, and touched only when the person says how."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from domain.exchange import ExchangePosition
from domain.terms import InstructionKind, PlanState, Side
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import asked, draw, open_btc
from tests.pages.viewing import (
    has_component,
    press,
    press_send,
    view,
    words,
)
from tests.services.building import NOW, D, add_account, add_closed, add_plan, add_position, bot_health


def with_external(dashboard: Dashboard) -> None:
    external = ExchangePosition("XLMUSDT", Side.LONG, D("120"), D("0.2412"), D("0.2420"), None, D("0.10"))
    dashboard.feed.snapshot = bot_health(dashboard.account.id, external_positions=(external,))


def test_external_position_is_shown_with_what_can_be_done(dashboard: Dashboard) -> None:
    with_external(dashboard)

    app = view(draw)

    assert words(app).index("Not opened by this bot") < words(app).index("Open positions")
    assert "120 XLM at 0.2412, +0.10 USDT before fees." in words(app)
    keys = ("adopt_XLMUSDT-LONG", "close_external_XLMUSDT-LONG", "ignore_external_XLMUSDT-LONG")
    assert [app.button(key=key).label for key in keys] == ["Adopt", "Close", "Ignore"]


def test_what_the_person_ignores_stays_in_sight_and_can_still_be_adopted(dashboard: Dashboard) -> None:
    with_external(dashboard)
    dashboard.feed.snapshot = replace(dashboard.feed.snapshot, ignored=frozenset({("XLMUSDT", Side.LONG)}))

    app = view(draw)

    assert "Ignored, as you said: the bot asks again when its size changes." in words(app)
    assert words(app).index("Not opened by this bot") > words(app).index("Open positions")
    keys = {button.key for button in app.button}
    assert {"adopt_XLMUSDT-LONG", "close_external_XLMUSDT-LONG"} <= keys
    assert "ignore_external_XLMUSDT-LONG" not in keys


@pytest.mark.parametrize(
    ("verb", "kind", "terms"),
    [
        ("adopt", InstructionKind.ADOPT, {"tp_usdt": "15", "sl_usdt": "10"}),
        ("close_external", InstructionKind.CLOSE_EXTERNAL, {}),
        ("ignore_external", InstructionKind.IGNORE_EXTERNAL, {}),
    ],
)
def test_nothing_external_is_touched_before_the_question_is_answered(
    dashboard: Dashboard, verb: str, kind: InstructionKind, terms: dict[str, str]
) -> None:
    with_external(dashboard)
    app = view(draw)

    press(app, f"{verb}_XLMUSDT-LONG")
    assert asked(dashboard) == []
    (press_send if verb == "adopt" else press)(app, f"{verb}_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.terms) == (kind, {"symbol": "XLMUSDT", "side": "LONG", **terms})
    assert app.button(key=f"{verb}_XLMUSDT-LONG").disabled


def test_what_somebody_else_added_is_shown_with_what_can_be_done(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, external_quantity=D("0.010"))

    app = view(draw)

    assert "Added by somebody else" in words(app)
    assert "0.01 BTC is not the bot&#x27;s; stop and target would close it too." in words(app)
    keys = [f"{verb}_{position.id}" for verb in ("take_over", "close_added", "leave_added")]
    assert [app.button(key=key).label for key in keys] == ["Adopt", "Close", "Ignore"]


def test_a_part_that_is_left_alone_says_that_no_stop_covers_it(dashboard: Dashboard) -> None:
    position = open_btc(dashboard, external_quantity=D("0.010"), own_part_only=True)

    app = view(draw)

    assert "0.01 BTC is left alone: no stop of this bot covers it." in words(app)
    assert f"leave_added_{position.id}" not in {button.key for button in app.button}


@pytest.mark.parametrize(
    ("verb", "kind", "terms", "sentence"),
    [
        ("take_over", InstructionKind.ADOPT, {"tp_usdt": "15", "sl_usdt": "10"}, "placed for all 0.04 BTC"),
        (
            "close_added",
            InstructionKind.CLOSE_EXTERNAL,
            {},
            "0.01 BTC is closed at the market price now, and only that",
        ),
        ("leave_added", InstructionKind.IGNORE_EXTERNAL, {}, "so there is one all the time"),
    ],
)
def test_nothing_is_done_about_an_added_part_before_the_question_is_answered(
    dashboard: Dashboard, verb: str, kind: InstructionKind, terms: dict[str, str], sentence: str
) -> None:
    position = open_btc(dashboard, external_quantity=D("0.010"))
    app = view(draw)

    press(app, f"{verb}_{position.id}")
    assert asked(dashboard) == []
    assert sentence in " ".join(one.value for one in app.markdown)
    (press_send if verb == "adopt" else press)(app, f"{verb}_confirmed")

    row = dashboard.session.scalars(select(InstructionRow)).one()
    assert (row.kind, row.terms) == (kind, {"symbol": "BTCUSDT", "side": "LONG", **terms})
    assert app.button(key=f"{verb}_{position.id}").disabled


def test_text_from_outside_is_never_html(dashboard: Dashboard) -> None:
    plan = add_plan(
        dashboard.session, dashboard.account, state=PlanState.PAUSED, state_reason="<img src=x onerror=alert(1)>"
    )
    add_closed(dashboard.session, plan, "5", NOW, 1)
    dashboard.session.commit()

    assert "<img" not in words(view(draw))


def test_positions_of_another_account_are_shown_as_not_watched_and_cannot_be_touched(dashboard: Dashboard) -> None:
    other = add_account(dashboard.session, "binance test", "XzyL")
    add_position(dashboard.session, add_plan(dashboard.session, other, symbol="ETHUSDT"))
    dashboard.session.commit()

    app = view(draw)

    assert "On another account" in words(app)
    assert "Not watched; its stop is placed on the exchange. Binance test account XzyL." in words(app)
    assert not has_component(app, "positions-table")
    assert not any("close" in (button.key or "") for button in app.button)
