"""A running bot for flow tests, checked against the exchange's ledger when the test is over."""

from collections.abc import Iterator

import pytest

from tests.support.practice import PracticeExchange
from tests.system.flow.bot import Bot, running_bot
from tests.system.flow.truth import violations


@pytest.fixture
def exchange(module_exchange: PracticeExchange) -> PracticeExchange:
    """Give the shared practice exchange with fresh accounts, no faults and the first prices."""
    module_exchange.control("reset", {})
    return module_exchange


@pytest.fixture
def bot(database_url: str, exchange: PracticeExchange) -> Iterator[Bot]:
    """Give a started bot; at the end the invariants must hold against the exchange's own ledger."""
    with running_bot(database_url, exchange) as bot:
        yield bot
        check(bot)


def check(bot: Bot) -> None:
    """Wait until nothing is in flight, then check every invariant."""
    last: list[str] = []

    def clean() -> bool:
        nonlocal last
        with bot.sessions() as session:
            last = violations(session, bot.exchange.ledger())
        return not last

    try:
        bot.eventually(clean, "invariants", within=8)
    except AssertionError as never:
        raise AssertionError("\n".join([*last, str(never)])) from None
