"""Results from literals: what fills and funding make of a trade."""

from dataclasses import replace

from decisions.reconciliation.effects import RecordFunding, RecordResult
from decisions.reconciliation.results import result, with_funding
from domain.terms import OrderSide
from tests.decisions.reconciliation_building import D
from tests.domain.trades import fill

ENTRY = replace(fill(1, "100000", "0.03"), commission=D("1.5"))
EXIT = replace(fill(2, "99500", "0.03"), order_side=OrderSide.SELL, commission=D("1.4925"), realized_pnl=D("-15"))


def test_a_result_is_profit_less_fees_plus_funding() -> None:
    assert result(1, [(ENTRY, True), (EXIT, False)], D("0.2")) == RecordResult(
        1,
        entry_quantity=D("0.03"),
        entry_price=D(100_000),
        exit_quantity=D("0.03"),
        exit_price=D(99_500),
        gross_usdt=D("-15"),
        fees_usdt=D("2.9925"),
        funding_usdt=D("0.2"),
        net_usdt=D("-17.7925"),
        opened_at=ENTRY.traded_at,
    )


def test_of_a_trade_without_fills_nothing_is_known_but_that_it_cost_nothing() -> None:
    nothing = result(1, [], D(0))

    assert (nothing.entry_price, nothing.exit_price, nothing.opened_at) == (None, None, None)
    assert (nothing.entry_quantity, nothing.exit_quantity) == (D(0), D(0))
    assert (nothing.gross_usdt, nothing.net_usdt) == (D(0), D(0))


def test_0085_a_fee_whose_value_is_not_known_leaves_the_result_unknown() -> None:
    paid_in_bnb = replace(EXIT, commission=D("0.002"), commission_asset="BNB", fee_usdt=None)

    unknown = result(1, [(ENTRY, True), (paid_in_bnb, False)], D("0.2"))

    assert (unknown.fees_usdt, unknown.net_usdt) == (None, None)
    assert (unknown.gross_usdt, unknown.funding_usdt) == (D("-15"), D("0.2"))


def test_0013_another_share_of_funding_changes_what_is_left_after_fees() -> None:
    assert with_funding(1, D(-15), D(3), D("0.5")) == RecordFunding(1, D("0.5"), D("-17.5"))
