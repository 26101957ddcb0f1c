"""What a fill costs, and in which asset it is paid.

Source: Binance USDⓈ-M Futures documentation, "Toggle BNB Burn On Futures Trade", and the fee schedule of the venue.
"""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from simulator.trading.accounts import AccountState
from simulator.trading.amounts import ZERO, truncated
from simulator.trading.core import Core

BNB = "BNB"
_BNB_SYMBOL = "BNBUSDT"
_BNB_DISCOUNT = Decimal("0.9")
_UNIT = Decimal("1E-8")


@dataclass(frozen=True, slots=True)
class Commission:
    """A fee: amount in asset, and what it is worth in USDT."""

    amount: Decimal
    asset: str
    value: Decimal


USDT_FREE = Commission(ZERO, "USDT", ZERO)


def commission_of(core: Core, account: AccountState, price: Decimal, quantity: Decimal, *, maker: bool) -> Commission:
    """Return the fee of a fill: in BNB at ten percent less where the account burns BNB and has enough, else in USDT.

    An amount of USDT is truncated to eight decimals, in the account's favour; BNB at its mark price is rounded up.
    """
    rate = Decimal(core.switches.maker_fee_rate if maker else core.switches.taker_fee_rate)
    if account.settings.fee_burn and account.settings.bnb and _BNB_SYMBOL in core.symbols:
        value = price * quantity * rate * _BNB_DISCOUNT
        amount = (value / core.market.mark(_BNB_SYMBOL)).quantize(_UNIT, rounding=ROUND_UP)
        if amount <= account.settings.bnb:
            return Commission(amount, BNB, value)
    amount = truncated(price * quantity * rate)
    return Commission(amount, "USDT", amount)
