"""What counts as one stuck thing, and what concerns everything."""

import pytest
from sqlalchemy.exc import OperationalError

from engine.state.quarantine import Culprit, Unprocessable, isolating
from storage.lease import LeaseLost


def test_a_mistake_is_blamed_on_what_was_being_processed() -> None:
    with pytest.raises(Unprocessable) as unprocessable, isolating(position_id=7):
        raise ValueError("impossible")

    assert unprocessable.value.culprit == Culprit(position_id=7)


@pytest.mark.parametrize("error", [OperationalError("SELECT 1", {}, Exception("gone")), LeaseLost("taken")])
def test_trouble_with_database_or_lease_passes_through(error: Exception) -> None:
    with pytest.raises(type(error)), isolating(position_id=7):
        raise error
