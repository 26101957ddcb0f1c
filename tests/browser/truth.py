"""What the exchange's own ledger says, for comparing with what the pages show."""

from decimal import Decimal

from tests.browser.serving import Served

D = Decimal


def made_on_the_exchange(served: Served) -> Decimal:
    """Return what the account's trades made by the exchange's own ledger: profit less fees, plus funding; in USDT."""
    ledger = served.ledger()
    gross = sum((D(trade["realizedPnl"]) for trade in ledger["trades"]), D(0))
    fees = sum((D(trade["commission"]) for trade in ledger["trades"]), D(0))
    funding = sum((D(row["income"]) for row in ledger["income"] if row["incomeType"] == "FUNDING_FEE"), D(0))
    return gross - fees + funding
