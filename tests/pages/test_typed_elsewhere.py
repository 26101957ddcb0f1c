"""The fields of the dialogs and of Practice read, judge and send what is typed as those of New trade do."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from domain.wording import format_usdt
from storage.bot_tables import InstructionRow
from tests.browser.visitors import ALL_JOURNEYS
from tests.pages.conftest import Dashboard
from tests.pages.positions_page import draw, open_btc
from tests.pages.test_typed_numbers import TEXTS, number_in
from tests.pages.viewing import number_field, press, press_send, send_button, type_text, view, words
from tests.services.building import D

pytestmark = pytest.mark.slow

A_TICK = D("0.004")  # what a tick of the price is worth here; prices round in the trade's favour
ONE_IN = 1 if ALL_JOURNEYS else 6  # of the texts, each field others


@dataclass(frozen=True, slots=True)
class Field:
    """A field, the button that opens its dialog, the one that sends, and what was sent in the field's own unit."""

    key: str
    opens: str
    sends: str
    sent: Callable[[InstructionRow], Decimal]


def net_at(price: Decimal) -> Decimal:
    """Return what 0.03 BTC bought at 100 000 for 1.20 bring at a price, after the fee of closing."""
    return D("0.03") * (price - 100_000) - D("1.2") - D("0.03") * price * D("0.0004")


FIELDS = (
    Field("edit_stop:1", "panel_edit", "edit_confirmed", lambda row: -net_at(D(row.terms["stop_price"]))),
    Field("edit_target:1", "panel_edit", "edit_confirmed", lambda row: net_at(D(row.terms["target_price"]))),
    Field("plan_amount:1", "panel_plan", "plan_confirmed", lambda row: D(row.terms["amount_usdt"])),
    Field("plan_leverage:1", "panel_plan", "plan_confirmed", lambda row: D(row.terms["leverage"])),
    Field("plan_stop:1", "panel_plan", "plan_confirmed", lambda row: D(row.terms["sl_usdt"])),
    Field("plan_target:1", "panel_plan", "plan_confirmed", lambda row: D(row.terms["tp_usdt"])),
    Field("plan_maximum:1", "panel_plan", "plan_confirmed", lambda row: D(row.terms["reopen"]["maximum"] or 0)),
)


def opened(field: Field) -> AppTest:
    return press(view(draw, address={"position": "1"}), field.opens)


def asked(dashboard: Dashboard) -> list[InstructionRow]:
    return list(dashboard.session.scalars(select(InstructionRow).order_by(InstructionRow.created_at)))


@pytest.mark.parametrize("place", range(len(FIELDS)), ids=[field.key for field in FIELDS])
def test_what_is_shown_is_what_is_judged_and_what_is_sent(dashboard: Dashboard, place: int) -> None:
    field = FIELDS[place]
    open_btc(dashboard)
    app = opened(field)
    open_texts, closed_texts = [], []
    for text in (*TEXTS[place % ONE_IN :: ONE_IN], "6,25" if field.key[:4] == "edit" else "7", "1,000", "-5-"):
        type_text(app, field.key, text)
        under, button = number_field(app, field.key), send_button(app, field.sends)

        assert under["text"] == text  # nothing but the person writes there
        assert button["disabled"] == bool(button["why"]), text
        if button["disabled"]:
            closed_texts.append(text)
            continue
        assert under["state"] == "read", f"{text} cannot be read and would be sent"
        open_texts.append(text)

    assert open_texts
    assert closed_texts
    for text in closed_texts[:: max(1, len(closed_texts) // 3)]:
        type_text(app, field.key, text)
        press_send(app, field.sends)
        assert asked(dashboard) == [], text
    type_text(app, field.key, open_texts[-1])
    shown, said = number_field(app, field.key)["words"], words(app)
    press_send(app, field.sends)
    (row,) = asked(dashboard)
    _insist_on_one_number(field, "0" if shown == "no limit" else shown, field.sent(row), said)


def _insist_on_one_number(field: Field, shown: str, sent: Decimal, said: str) -> None:
    if field.opens == "panel_plan":
        assert number_in(shown) == sent
        return
    # In favour: a loss of a little less, a gain of a little more.
    more = sent - number_in(shown)
    assert -A_TICK <= more <= 0 if field.key.startswith("edit_stop") else 0 <= more <= A_TICK, (shown, sent)
    assert format_usdt(-sent if field.key.startswith("edit_stop") else sent, signed=True) in said
