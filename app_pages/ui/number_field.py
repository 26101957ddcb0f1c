"""The one field for numbers: what is typed stays as it is, is read by the reader's number format, and says how."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from app_pages.ui.live import component, heard
from app_pages.ui.session import services
from domain.number_text import (
    DecimalSign,
    NumberKind,
    Reading,
    Unclear,
    Understood,
    Unreadable,
    decimal_sign_of,
    read_number,
    spelled,
)

_TEXTS = "number_texts"
_NOTHING: dict[str, Any] = {"state": "read", "words": "", "choices": []}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a field, and how often the dashboard itself put something there."""

    text: str
    revision: int = 0


def decimal_sign() -> DecimalSign:
    """Return the reader's decimal sign: the one chosen in Settings, else that of the browser."""
    return services().preferences.chosen().number_format or decimal_sign_of(st.context.locale)


def text_of(key: str, start: str = "") -> str:
    """Return what stands in a field now, or what it starts from."""
    typed = _texts().get(key)
    return start if typed is None else typed.text


def write_text(key: str, text: str) -> None:
    """Put a text into a field in place of what was typed there."""
    before = _texts().get(key)
    _texts()[key] = Typed(text, before.revision + 1 if before else 1)


def write_number(key: str, number: Decimal | None, plus: bool = False) -> None:
    """Put a number into a field, or nothing; plus says that a number above zero shows its sign."""
    write_text(key, "" if number is None else spelled(number, decimal_sign(), plus))


def take_text(key: str, text: str) -> None:
    """Take note of what stands in a field of the browser."""
    before = _texts().get(key)
    _texts()[key] = Typed(text, before.revision if before else 0)


def forget_text(key: str) -> None:
    """Let a field begin anew."""
    typed = _texts().get(key)
    if typed is not None:
        del _texts()[key]


def read(key: str, kind: NumberKind, start: str = "") -> Reading:
    """Return what stands in a field means."""
    return read_number(text_of(key, start), kind, decimal_sign())


def draw_number_field(
    key: str,
    label: str,
    kind: NumberKind,
    *,
    form: str,
    start: str = "",
    help_text: str | None = None,
    placeholder: str = "",
    refused: bool = False,
    may_be_empty: bool = False,
) -> Reading:
    """Draw a field and return how what stands in it was read.

    Args:
        key: of the field; what is typed is kept under it as long as the session lives.
        label: above the field.
        kind: what it takes.
        form: the fields of one form are sent together.
        start: what stands in it at first.
        help_text: a quiet line below, always to be seen.
        placeholder: an example while it is empty.
        refused: whether the rules refuse what it says.
        may_be_empty: whether nothing in it is nothing to speak of.
    """
    typed = _texts().setdefault(key, Typed(start))
    reading = read_number(typed.text, kind, decimal_sign())

    def take() -> None:
        typed_now = heard(f"field_{key}", "typed")
        current = _texts().get(key, typed)
        # Typed before the browser heard that the dashboard put something else there: that one counts.
        if typed_now and typed_now["revision"] == current.revision:
            _texts()[key] = Typed(str(typed_now["text"]), current.revision)

    component("number-field")(
        key=f"field_{key}",
        data={
            "form": form,
            "field": key,
            "label": label,
            "text": typed.text,
            "revision": typed.revision,
            "help": help_text,
            "placeholder": placeholder,
            "disabled": False,
            "refused": refused,
            **(_NOTHING if may_be_empty and not typed.text else _reading_values(reading)),
        },
        on_typed_change=take,
    )
    return reading


def _reading_values(reading: Reading) -> dict[str, Any]:
    match reading:
        case Understood(words=words):
            return {"state": "read", "words": words, "choices": []}
        case Unclear(words=words, choices=choices):
            sign = decimal_sign()
            return {"state": "unclear", "words": words, "choices": [spelled(choice, sign) for choice in choices]}
        case Unreadable(words=words):
            return {"state": "unreadable", "words": words, "choices": []}


def _texts() -> dict[str, Typed]:
    texts: dict[str, Typed] = st.session_state.setdefault(_TEXTS, {})
    return texts
