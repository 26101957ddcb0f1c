"""The zone that days are meant in; an unknown one is UTC, never a fault."""

import pytest

from domain.zones import zone_of


def test_a_zone_is_found_by_its_name() -> None:
    assert zone_of("Asia/Kathmandu").key == "Asia/Kathmandu"


@pytest.mark.parametrize("name", [None, "", "Atlantis/Port", "../../etc/passwd", "Europe", "a\0b"])
def test_what_names_no_zone_means_utc(name: str | None) -> None:
    assert zone_of(name).key == "UTC"
