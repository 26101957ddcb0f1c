"""Trades, markets and rules to test with: BTCUSDT as listed, and hypothesis strategies for the rest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from domain.exchange import Balance, CommissionRates, ExchangePosition
from domain.preview.preview import MarketNow
from domain.pricing.brackets import EntryFill
from domain.pricing.liquidation import maintenance_margin
from domain.pricing.pnl import unrealised
from domain.terms import Basis, Fill, LeverageBracket, OrderSide, ReopenRule, Side, SymbolRules, TradeTerms

D = Decimal

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TAKER = D("0.0005")
RATES = CommissionRates(maker=D("0.0002"), taker=TAKER)
NO_REOPEN = ReopenRule(enabled=False)

BTC_BRACKETS = tuple(
    LeverageBracket(leverage, D(low), D(cap), D(rate), D(cumulative))
    for leverage, low, cap, rate, cumulative in (
        (150, 0, 300_000, "0.004", 0),
        (100, 300_000, 800_000, "0.005", 300),
        (75, 800_000, 3_000_000, "0.0065", 1_500),
        (50, 3_000_000, 12_000_000, "0.01", 12_000),
        (25, 12_000_000, 70_000_000, "0.02", 132_000),
    )
)


def rules(tick: str = "0.10", step: str = "0.001", **changes: D | bool | str) -> SymbolRules:
    values: dict[str, D | bool | str] = {
        "symbol": "BTCUSDT",
        "base_asset": "BTC",
        "tick_size": D(tick),
        "min_price": D("261.10"),
        "max_price": D("809484"),
        "step_size": D(step),
        "min_quantity": D(step),
        "max_quantity": D("120"),
        "min_notional": D("50"),
        "multiplier_up": D("1.0500"),
        "multiplier_down": D("0.9500"),
        "market_take_bound": D("0.05"),
        "trading": True,
    }
    return SymbolRules(**{**values, **changes})  # type: ignore[arg-type]


BTC = rules()


def trade(side: Side = Side.LONG, **changes: object) -> TradeTerms:
    values: dict[str, object] = {
        "symbol": "BTCUSDT",
        "side": side,
        "amount_usdt": D("150"),
        "leverage": 20,
        "tp_usdt": D("15"),
        "sl_usdt": D("10"),
        "basis": Basis.NET,
        "reopen": NO_REOPEN,
    }
    return TradeTerms(**{**values, **changes})  # type: ignore[arg-type]


def market(bid: str = "86000.0", ask: str = "86000.1", mark: str = "86000.0") -> MarketNow:
    return MarketNow(D(bid), D(ask), D(mark))


def balance(wallet: str = "10000", available: str | None = None, unrealised: str = "0") -> Balance:
    return Balance("SgsR", D(wallet), D(wallet if available is None else available), D(unrealised), D(wallet))


def held(
    side: Side, quantity: str, entry: str, mark: str = "60000", symbol: str = "BTCUSDT", isolated: bool = False
) -> ExchangePosition:
    """Return a position with a result and a maintenance margin that fit its figures."""
    result, kept = (
        unrealised(side, D(quantity), D(entry), D(mark)),
        maintenance_margin(D(quantity), D(mark), BTC_BRACKETS),
    )
    return ExchangePosition(symbol, side, D(quantity), D(entry), D(mark), None, result, kept, isolated)


def fill(
    trade_id: int,
    price: str,
    quantity: str,
    realized: str = "0",
    commission: str = "0",
    asset: str = "USDT",
    minute: int = 0,
) -> Fill:
    return Fill(
        symbol="BTCUSDT",
        trade_id=trade_id,
        exchange_order_id=7,
        order_side=OrderSide.BUY,
        position_side=Side.LONG,
        price=D(price),
        quantity=D(quantity),
        commission=D(commission),
        commission_asset=asset,
        realized_pnl=D(realized),
        maker=False,
        traded_at=NOON + timedelta(minutes=minute),
    )


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[D]:
    return st.decimals(D(low), D(high), places=places, allow_nan=False, allow_infinity=False)


sides = st.sampled_from(Side)
bases = st.sampled_from(Basis)
taker_rates = st.sampled_from([D(0), D("0.0004"), D("0.0005"), D("0.001")])
ticks = st.sampled_from([D("0.10"), D("0.01"), D("0.0001"), D("0.00000001"), D("5")])


@st.composite
def entries(draw: st.DrawFn) -> EntryFill:
    """Entries of any size, with averages off the tick as partial fills make them."""
    price = draw(st.one_of(decimals("0.5", "200000", 9), decimals("100", "200000", 1)))
    quantity = draw(decimals("0.001", "500", 3))
    rate = draw(taker_rates)
    return EntryFill(draw(sides), quantity, price, price * quantity * rate)
