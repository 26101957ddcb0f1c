"""Names that somebody else supplied are text on every page, wherever Streamlit would read Markdown."""

from dataclasses import replace

import pytest

from app_pages.ui.plain import plain
from tests.domain.test_presets import PRESET
from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, view

HOSTILE = "![x](http://127.0.0.1:9/a) [y](javascript:1) <img src=x> $a$ :red[z] :material/home: **b** www.evil.com"


def draw() -> None:
    from app_pages.new_trade.page import page  # noqa: PLC0415  a page's text is run on its own

    page()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("BTC scalp 2", "BTC scalp 2"),
        ("![](http://x)", r"\!\[\]\(http\://x\)"),
        ("a\n# b", r"a \# b"),
        ("-9.30 USDT, about 5 % of 1", "-9.30 USDT, about 5 % of 1"),
        ("- one", r"\- one"),
        ("0.01 BTC", "0.01 BTC"),
        ("1. one\u202f000", "1\u2060. one\u202f000"),
        ("see WWW.evil.com or me@evil.com", r"see WWW\.evil.com or me\@evil.com"),
        (":red[x]", "\\:\u2060red\\[x\\]"),
    ],
)
def test_signs_are_escaped_and_words_stay(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_presets_name_is_a_label_and_no_picture(dashboard: Dashboard) -> None:
    name = HOSTILE[:24]
    dashboard.services.presets.save(replace(PRESET, name=name))

    app = view(draw)

    labels = [button.label for button in app.button]
    choices = [option.content for group in app.button_group for option in group.proto.options]
    assert plain(name) in choices
    assert f"Delete {plain(name)}" in labels
    assert [one for one in (*labels, *choices) if "](" in one or "<img" in one.replace("\\<", "")] == []


def test_what_an_exchange_says_is_plain_text_in_a_message(dashboard: Dashboard) -> None:
    def say_it() -> None:
        from app_pages.ui.asking import follow_asked, say  # noqa: PLC0415  a page's text is run on its own
        from app_pages.ui.messages import draw_messages  # noqa: PLC0415

        say("The exchange: ![x](http://127.0.0.1:9/a)")
        follow_asked()
        draw_messages()

    app = view(say_it)

    (message,) = component(app, "messages")["messages"]
    assert [line["words"] for line in message["lines"]] == ["The exchange: ![x](http://127.0.0.1:9/a)"]
