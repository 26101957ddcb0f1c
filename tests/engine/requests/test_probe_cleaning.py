"""What a probe could not take away is found by its name and taken away later."""

from decimal import Decimal

import pytest

from engine.requests.probe import CleanProbe
from engine.requests.reports import ProbeCleaned
from tests.engine.requests.probing import PAIR, PREFIX, left_of, probe, signed_in
from tests.support.practice import PracticeExchange

D = Decimal


@pytest.mark.parametrize("lost", ["DELETE /fapi/v1/order", "DELETE /fapi/v1/algoOrder"])
def test_what_could_not_be_cancelled_is_found_by_its_name_and_taken_away_later(
    exchange: PracticeExchange, lost: str
) -> None:
    client = signed_in(exchange)
    began_at = client.exchange_now()
    for match in (lost, "POST /fapi/v1/countdownCancelAll"):  # it would take a limit order away too
        exchange.control("faults", {"match": match, "kind": "drop_before", "times": 1000})

    report = probe(client)
    left = left_of(exchange)
    exchange.control("faults", method="DELETE")
    cleaned = CleanProbe(1, PAIR, PREFIX, began_at).run(client)

    assert not report.clean
    assert left
    assert all(name.startswith(PREFIX) for name in left)
    assert cleaned == ProbeCleaned(1, clean=True)
    assert left_of(exchange) == []


def test_what_a_limit_order_bought_after_all_is_sold_again(exchange: PracticeExchange) -> None:
    client = signed_in(exchange)
    began_at = client.exchange_now()
    exchange.control("price", {"symbol": PAIR, "price": "14.000"})
    client.probe.place_limit(PAIR, D("13.500"), D("1"), f"{PREFIX}1")
    exchange.control("price", {"symbol": PAIR, "price": "13.400"})

    results = [CleanProbe(1, PAIR, PREFIX, began_at).run(client) for _ in range(2)]

    assert results == [ProbeCleaned(1, clean=False), ProbeCleaned(1, clean=True)]
    assert exchange.ledger()["positions"] == []
