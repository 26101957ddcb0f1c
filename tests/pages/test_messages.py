"""What is said in passing: one message an action, several trades in one, and what is told already not again."""

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Dashboard
from tests.pages.viewing import component, view


def shown(app: AppTest) -> list[list[str]]:
    """Return the lines of each message as the lane is given them."""
    return [[line["words"] for line in message["lines"]] for message in component(app, "messages")["messages"]]


def test_several_are_one_message_of_a_few_lines(dashboard: Dashboard) -> None:
    def say_it() -> None:
        from app_pages.ui.asking import follow_asked, say  # noqa: PLC0415  a page's text is run on its own
        from app_pages.ui.messages import draw_messages  # noqa: PLC0415

        for number in range(7):
            say(f"BTCUSDT {number}")
        follow_asked()
        draw_messages()

    (message,) = shown(view(say_it))

    assert message == [*(f"BTC/USDT {number}" for number in range(4)), "and 3 more, see Activity"]


def test_what_became_of_a_trade_leaves_nothing_to_say_of_the_wish(dashboard: Dashboard) -> None:
    def say_it() -> None:
        from app_pages.ui.messages import Line, add_message, draw_messages  # noqa: PLC0415

        add_message([Line("It is closed.", statement=7), Line("It is being closed.", closing=7)])
        add_message([Line("It is being closed.", closing=7)])
        add_message([Line("Another is being closed.", closing=8)])
        draw_messages()

    assert shown(view(say_it)) == [["It is closed."], ["Another is being closed."]]
