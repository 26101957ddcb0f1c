"""A trade split over its targets."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exit_plan import ExitPlan, PartialTarget
from domain.exits.moves import ExitPrices
from domain.exits.targets import TargetPart, partial_targets
from domain.pricing.brackets import EntryFill
from domain.terms import Basis, Side
from tests.domain.test_exit_plan import target_steps
from tests.domain.trades import rules

D = Decimal
GRID = rules(min_notional=D(50), base_asset="BTC")
STOP = D(900)


def prices(quantity: str = "1", side: Side = Side.LONG) -> ExitPrices:
    return ExitPrices(EntryFill(side, D(quantity), D(1000), D(0)), Basis.NET, D(0), D("0.1"))


def plan(*targets: tuple[str, str]) -> ExitPlan:
    return ExitPlan(targets=tuple(PartialTarget(D(at), D(share)) for at, share in targets))


def test_shares_become_quantities_and_the_last_takes_the_rest() -> None:
    split = partial_targets(plan(("10", "50"), ("20", "25"), ("30", "25")), prices("1.001"), GRID, STOP)

    assert [(part.number, part.quantity) for part in split.parts] == [(1, D("0.5")), (2, D("0.25")), (3, None)]
    assert split.parts[0].price == D("1010")  # 10 / 1.001 = 9.99…, up to the tick
    assert split.rest_quantity == 0
    assert split.problems == ()


def test_shares_below_a_hundred_leave_a_rest_without_target() -> None:
    split = partial_targets(plan(("10", "50"), ("20", "25")), prices(), GRID, STOP)

    assert [part.quantity for part in split.parts] == [D("0.5"), D("0.25")]
    assert split.rest_quantity == D("0.25")


def test_a_short_is_split_the_same_way() -> None:
    split = partial_targets(plan(("10", "50"), ("20", "50")), prices(side=Side.SHORT), GRID, D(1100))

    assert split.parts == (TargetPart(1, D(990), D("0.5")), TargetPart(2, D(980), None))


@pytest.mark.parametrize(
    ("targets", "quantity", "parts", "rest", "problem"),
    [
        # 0.04 of 1000 is 40 USDT, below 50: it goes to the next.
        ((("10", "10"), ("20", "90")), "0.4", [(2, None)], "0", "Target 1 would be 0.04 BTC, worth 41.00 USDT"),
        ((("10", "90"), ("20", "10")), "0.4", [(1, None)], "0", "Target 2 would be 0.04 BTC, worth 42.00 USDT"),
        ((("10", "50"), ("20", "10")), "0.4", [(1, D("0.2"))], "0.2", "Target 2 would be 0.04 BTC"),
        ((("10", "90"),), "0.4", [(1, None)], "0", "The targets would leave 0.04 BTC, worth 36.00 USDT"),
        ((("10", "0.1"), ("20", "99.9")), "0.5", [(2, None)], "0", "Target 1 would be 0 BTC"),
    ],
)
def test_what_cannot_be_split_is_said_and_still_has_its_target(
    targets: tuple[tuple[str, str], ...], quantity: str, parts: list[tuple[int, D | None]], rest: str, problem: str
) -> None:
    split = partial_targets(plan(*targets), prices(quantity), GRID, STOP)

    assert [(part.number, part.quantity) for part in split.parts] == parts
    assert split.rest_quantity == D(rest)
    assert split.problems[0].startswith(problem)
    assert "50.00 USDT or more" in split.problems[0]


def test_no_targets_split_nothing() -> None:
    split = partial_targets(ExitPlan(), prices(), GRID, STOP)

    assert (split.parts, split.rest_quantity, split.problems) == ((), D(1), ())


@given(target_steps(), st.integers(50, 20_000), st.sampled_from(Side))
def test_nothing_is_lost_and_nothing_too_small(targets: tuple[PartialTarget, ...], steps: int, side: Side) -> None:
    quantity = steps * GRID.step_size
    stop = D(900) if side is Side.LONG else D(1100)
    wanted, trade = ExitPlan(targets=targets), prices(str(quantity), side)
    split = partial_targets(wanted, trade, GRID, stop)

    resting = [part.quantity for part in split.parts if part.quantity is not None]
    assert all(part.quantity is not None for part in split.parts[:-1])
    closes_all = bool(split.parts) and split.parts[-1].quantity is None
    left = quantity - sum(resting)
    assert left == split.rest_quantity or (closes_all and split.rest_quantity == 0)
    assert left > 0 or not targets
    for part in split.parts:
        size = left if part.quantity is None else part.quantity
        assert size % GRID.step_size == 0
        if part.price > 0 and split.problems == ():
            assert size * part.price >= GRID.min_notional
    asked = sum((Fraction(target.share_percent) for target in targets), Fraction(0)) / 100
    if not split.problems and targets and asked < 1:
        assert Fraction(sum(resting)) <= asked * Fraction(quantity)
    if asked == 1:
        assert closes_all
    assert list(split.parts) == sorted(split.parts, key=lambda part: part.number)
