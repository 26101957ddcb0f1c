"""A probe gives way to trades."""

from tests.engine.requests.probing import probe, signed_in
from tests.support.practice import PracticeExchange


def test_without_room_it_places_nothing(exchange: PracticeExchange) -> None:
    report = probe(signed_in(exchange), room=False)

    assert "cut short" in report.problem
    assert [row for row in exchange.requests() if row["method"] == "POST" and "rder" in row["path"]] == []
