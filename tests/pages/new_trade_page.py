"""The New trade page in tests: drawn on a practice exchange, typed into, pressed, and what was asked for."""

import re

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from domain.terms import TradeTerms
from domain.terms_json import terms_from_json
from storage.bot_tables import InstructionRow
from tests.pages.conftest import Dashboard
from tests.pages.viewing import (
    number_field,
    press_send,
    seen_again,
    send_button,
    type_text,
    words,
)
from tests.services.building import D

slow = pytest.mark.slow


def draw() -> None:
    from app_pages.new_trade.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


def enter(app: AppTest, field: str, value: object) -> AppTest:
    return type_text(app, f"trade_{field}", str(value))


def is_closed(app: AppTest) -> bool:
    """Return whether the button that opens the trade can not be pressed."""
    return bool(send_button(app, "open_trade")["disabled"])


def button_words(app: AppTest) -> str:
    return str(send_button(app, "open_trade")["label"])


def press_open(app: AppTest, **typed: str) -> AppTest:
    press_send(app, "open_trade", **typed)
    return seen_again(app)


def refusal_words(app: AppTest) -> str:
    """Return what stands beside the fields, without the verdict."""
    return " ".join(re.findall(r'<p class="refusal"[^>]*>(.*?)</p>', words(app)))


def asked_terms(dashboard: Dashboard) -> list[TradeTerms]:
    rows = dashboard.session.scalars(select(InstructionRow).order_by(InstructionRow.created_at))
    return [terms_from_json(row.terms) for row in rows]


def choose_unit(app: AppTest, field: str, unit: str) -> AppTest:
    app.segmented_control(key=f"trade_{field}").set_value(unit)
    return seen_again(app)


def number(app: AppTest, field: str) -> D:
    return D(number_field(app, f"trade_{field}")["text"])
