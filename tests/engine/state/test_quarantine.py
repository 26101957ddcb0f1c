"""What counts as one stuck thing, and what concerns everything."""

import pytest
from sqlalchemy.exc import OperationalError

from engine.state.quarantine import Blamed, Stuck, blaming
from storage.lease import LeaseLost


def test_a_mistake_is_blamed_on_what_was_being_processed() -> None:
    with pytest.raises(Stuck) as stuck, blaming(position_id=7):
        raise ValueError("impossible")

    assert stuck.value.blamed == Blamed(position_id=7)


@pytest.mark.parametrize("error", [OperationalError("SELECT 1", {}, Exception("gone")), LeaseLost("taken")])
def test_trouble_with_database_or_lease_passes_through(error: Exception) -> None:
    with pytest.raises(type(error)), blaming(position_id=7):
        raise error
