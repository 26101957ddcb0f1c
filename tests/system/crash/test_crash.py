"""Killed with SIGKILL at a boundary and started again, the bot neither doubles, bares nor loses anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.practice import PracticeExchange
from tests.system.crash.driver import Script
from tests.system.crash.nursery import Nursery

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# The moments where others lose a position; `make crash` goes through every boundary there is.
MOMENTS = {
    "after the intent, before the entry is sent": "before POST /fapi/v1/order#1",
    "after the entry is executed, before its answer is read": "after POST /fapi/v1/order#1",
    "after the fill, before the stop": "before POST /fapi/v1/algoOrder#1",
    "after the stop, before its row": "after POST /fapi/v1/algoOrder#1",
    "between bridge and old stop": "before DELETE /fapi/v1/algoOrder#2",
    "in the middle of a trailing move": "before DELETE /fapi/v1/algoOrder#5",
    "after the close is executed, before it is booked": "after POST /fapi/v1/order#3",
}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeExchange]:
    exchange = PracticeExchange(tmp_path_factory.mktemp("crash") / "practice.state")
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("nursery") / "bots.log")
    yield nursery
    nursery.close()


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed(moment: str, database_url: str, exchange: PracticeExchange, nursery: Nursery, tmp_path: Path) -> None:
    exchange.begin_anew()

    outcome = Script(database_url, exchange, nursery, tmp_path, MOMENTS[moment]).run()

    assert outcome.died_at == MOMENTS[moment]
    assert outcome.violations + outcome.story == []
