"""The symbols traded here: filters, brackets and how each of them behaves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from simulator.interfaces import Bracket, SymbolSpec
from simulator.market.noise import text_key

# (notional cap in USDT, highest leverage, maintenance margin rate)
_BTC_TIERS = (
    (300_000, 150, "0.004"),
    (800_000, 100, "0.005"),
    (3_000_000, 75, "0.0065"),
    (12_000_000, 50, "0.01"),
    (70_000_000, 25, "0.02"),
    (100_000_000, 20, "0.025"),
    (230_000_000, 10, "0.05"),
    (480_000_000, 5, "0.1"),
    (600_000_000, 4, "0.125"),
    (800_000_000, 3, "0.15"),
    (1_200_000_000, 2, "0.25"),
    (1_800_000_000, 1, "0.5"),
)
_ETH_TIERS = (
    *_BTC_TIERS[:4],
    (50_000_000, 25, "0.02"),
    (65_000_000, 20, "0.025"),
    (150_000_000, 10, "0.05"),
    (320_000_000, 5, "0.1"),
    (400_000_000, 4, "0.125"),
    (530_000_000, 3, "0.15"),
    (800_000_000, 2, "0.25"),
    (1_200_000_000, 1, "0.5"),
)
_SOL_TIERS = (
    (50_000, 100, "0.005"),
    (400_000, 75, "0.0065"),
    (1_000_000, 50, "0.01"),
    (4_000_000, 25, "0.02"),
    (8_000_000, 20, "0.025"),
    (40_000_000, 10, "0.05"),
    (80_000_000, 5, "0.1"),
    (100_000_000, 4, "0.125"),
    (200_000_000, 2, "0.25"),
    (400_000_000, 1, "0.5"),
)
_MAJOR_TIERS = (
    (10_000, 75, "0.005"),
    (80_000, 50, "0.01"),
    (500_000, 40, "0.015"),
    (1_000_000, 25, "0.02"),
    (3_000_000, 20, "0.025"),
    (15_000_000, 10, "0.05"),
    (30_000_000, 5, "0.1"),
    (40_000_000, 4, "0.125"),
    (75_000_000, 2, "0.25"),
    (150_000_000, 1, "0.5"),
)
_SMALL_TIERS = (
    (5_000, 50, "0.015"),
    (25_000, 25, "0.02"),
    (50_000, 20, "0.025"),
    (250_000, 10, "0.05"),
    (600_000, 5, "0.1"),
    (1_000_000, 4, "0.125"),
    (2_000_000, 2, "0.25"),
    (4_000_000, 1, "0.5"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A symbol with everything the market needs to play it."""

    spec: SymbolSpec
    start_price: Decimal
    yearly_volatility: float  # 0.5 is 50 %
    daily_turnover_usdt: float
    spread_ticks: int
    onboard_ms: int
    kind: str  # underlyingSubType of exchangeInfo


@dataclass(frozen=True, slots=True)
class _Row:
    base: str
    tick: str
    price_digits: int
    low: str
    high: str
    step: str
    most: str
    market_most: str
    notional: str
    start: str
    volatility: float
    turnover: float
    tiers: Sequence[tuple[int, int, str]]
    onboard: str
    kind: str
    liquidation_fee: str = "0.012500"
    band: str = "0.05"


_MAIN_ROWS = (
    _Row(
        "BTC",
        "0.10",
        2,
        "261.10",
        "809484",
        "0.001",
        "1000",
        "120",
        "50",
        "84000.0",
        0.48,
        9e9,
        _BTC_TIERS,
        "2019-09-25",
        "PoW",
    ),
    _Row(
        "ETH",
        "0.01",
        2,
        "18.67",
        "306177",
        "0.001",
        "10000",
        "2000",
        "20",
        "2800.00",
        0.62,
        7e9,
        _ETH_TIERS,
        "2019-11-27",
        "Layer-1",
    ),
    _Row(
        "SOL",
        "0.01",
        4,
        "0.42",
        "6857",
        "0.01",
        "1000000",
        "80000",
        "5",
        "140.00",
        0.80,
        2.4e9,
        _SOL_TIERS,
        "2020-09-14",
        "Layer-1",
        "0.015000",
    ),
    _Row(
        "BNB",
        "0.01",
        3,
        "6.60",
        "100000",
        "0.01",
        "100000",
        "2000",
        "5",
        "850.00",
        0.55,
        5e8,
        _SOL_TIERS,
        "2020-02-10",
        "Layer-1",
        "0.015000",
    ),
    _Row(
        "XRP",
        "0.0001",
        4,
        "0.0143",
        "100000",
        "0.1",
        "10000000",
        "2000000",
        "5",
        "2.1000",
        0.78,
        1.1e9,
        _SOL_TIERS,
        "2020-01-06",
        "Payment",
        "0.015000",
    ),
    _Row(
        "LTC",
        "0.01",
        2,
        "3.61",
        "100000",
        "0.001",
        "100000",
        "20000",
        "20",
        "85.00",
        0.70,
        2e8,
        _MAJOR_TIERS,
        "2020-01-09",
        "Payment",
        "0.015000",
    ),
    _Row(
        "ADA",
        "0.0001",
        5,
        "0.0174",
        "2000",
        "1",
        "20000000",
        "4000000",
        "5",
        "0.4200",
        0.82,
        2.5e8,
        _MAJOR_TIERS,
        "2020-01-31",
        "Layer-1",
        "0.015000",
    ),
    _Row(
        "DOGE",
        "0.00001",
        6,
        "0.00244",
        "30",
        "1",
        "50000000",
        "30000000",
        "5",
        "0.15000",
        0.88,
        5e8,
        _MAJOR_TIERS,
        "2020-07-10",
        "Meme",
        "0.015000",
    ),
    _Row(
        "LINK",
        "0.001",
        3,
        "0.277",
        "100000",
        "0.01",
        "500000",
        "120000",
        "20",
        "13.000",
        0.80,
        2.2e8,
        _MAJOR_TIERS,
        "2020-01-17",
        "Infrastructure",
        "0.015000",
    ),
    _Row(
        "AVAX",
        "0.001",
        4,
        "0.261",
        "100000",
        "1",
        "200000",
        "60000",
        "5",
        "14.000",
        0.86,
        1.5e8,
        _MAJOR_TIERS,
        "2020-09-23",
        "Layer-1",
        "0.015000",
    ),
)
_MOST = 2000
_SYLLABLES = ("ba", "co", "da", "fi", "go", "ka", "lu", "mo", "na", "po", "ra", "su", "ta", "vi", "xe", "zo")


def brackets(tiers: Sequence[tuple[int, int, str]]) -> tuple[Bracket, ...]:
    """Return the leverage brackets of tiers (cap, leverage, maintenance rate).

    The cumulative amount follows cum = floor · (rate − rate before) + cum before, so that the maintenance margin is
    continuous at every floor.
    """
    rows: list[Bracket] = []
    floor = rate_before = cumulative = Decimal(0)
    for number, (cap, leverage, rate_text) in enumerate(tiers, start=1):
        rate = Decimal(rate_text)
        cumulative += floor * (rate - rate_before) if rows else Decimal(0)
        rows.append(Bracket(number, leverage, floor, Decimal(cap), rate, cumulative.normalize() + Decimal(0)))
        floor, rate_before = Decimal(cap), rate
    return tuple(rows)


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _listing(row: _Row) -> Listing:
    spec = SymbolSpec(
        symbol=f"{row.base}USDT",
        base_asset=row.base,
        quote_asset="USDT",
        tick_size=Decimal(row.tick),
        min_price=Decimal(row.low),
        max_price=Decimal(row.high),
        step_size=Decimal(row.step),
        min_quantity=Decimal(row.step),
        max_quantity=Decimal(row.most),
        market_max_quantity=Decimal(row.market_most),
        min_notional=Decimal(row.notional),
        multiplier_up=1 + Decimal(row.band),
        multiplier_down=1 - Decimal(row.band),
        market_take_bound=Decimal(row.band),
        trigger_protect=Decimal("0.0500"),
        liquidation_fee=Decimal(row.liquidation_fee),
        price_precision=row.price_digits,
        quantity_precision=_decimals(row.step),
        brackets=brackets(row.tiers),
    )
    onboard = datetime.fromisoformat(row.onboard).replace(hour=8, tzinfo=UTC)
    return Listing(spec, Decimal(row.start), row.volatility, row.turnover, 1, int(onboard.timestamp() * 1000), row.kind)


def _made_up(number: int) -> Listing:
    """Return the made-up symbol of a number: the same name and values on every machine, whatever the seed."""
    return _drawn(_name(number), text_key(0, f"made-up symbol {number}"))


def _name(number: int) -> str:
    return "".join(_SYLLABLES[number >> shift & 15] for shift in (0, 4, 8)).upper()


def _drawn(name: str, bits: int) -> Listing:
    exponent = bits % 6 - 3  # first digit between 0.001 and 100
    digits = 10 + (bits >> 8) % 90
    start = Decimal(digits).scaleb(exponent - 1)
    tick_digits = min(7, max(2, 4 - exponent))
    step_digits = max(0, exponent)
    market_most = (Decimal(900_000) / start).quantize(Decimal(1)) + 1
    row = _Row(
        base=name,
        tick=str(Decimal(1).scaleb(-tick_digits).quantize(Decimal(1).scaleb(-tick_digits)))
        if tick_digits < 7
        else "0.0000001",
        price_digits=tick_digits,
        low=f"{start / 100:.{tick_digits}f}",
        high=f"{start * 200:.0f}" if start >= 1 else "200",
        step="1" if step_digits == 0 else f"{Decimal(1).scaleb(-step_digits):f}",
        most=str(market_most * 5),
        market_most=str(market_most),
        notional="5",
        start=f"{start:.{tick_digits}f}",
        volatility=0.7 + (bits >> 20) % 60 / 100,
        turnover=1e7 + (bits >> 32) % 90_000_000,
        tiers=_SMALL_TIERS,
        onboard="2023-03-01",
        kind="Alt",
        liquidation_fee="0.020000",
        band="0.10",
    )
    return _listing(row)


def listing_of(symbol: str) -> Listing:
    """Return a made-up pair of any name: the same values for the same name on every machine.

    Raises:
        ValueError: the name is not that of a pair against USDT.
    """
    base = symbol.removesuffix("USDT")
    if not base or base == symbol or not base.isalnum() or not base.isascii() or base != base.upper():
        raise ValueError(f"a pair is called like NEWUSDT, capital letters and digits before USDT, not {symbol!r}")
    return _drawn(base, text_key(0, f"listed symbol {symbol}"))


def made_up_numbers(symbols: Collection[str]) -> dict[str, int]:
    """Return the numbers of the made-up pairs among these names."""
    return {f"{_name(number)}USDT": number for number in range(_MOST) if f"{_name(number)}USDT" in symbols}


def catalogue(made_up_symbols: int, kept: Collection[str] = ()) -> tuple[Listing, ...]:
    """Return the ten main pairs and so many made-up ones, always in the same order, then the kept ones beyond these.

    Raises:
        ValueError: more made-up symbols asked for than there are names, or a negative number.
    """
    if not 0 <= made_up_symbols <= _MOST:
        raise ValueError(f"between 0 and {_MOST} made-up symbols are possible")
    main = tuple(_listing(row) for row in _MAIN_ROWS)
    numbers = [*range(made_up_symbols), *sorted(n for n in made_up_numbers(kept).values() if n >= made_up_symbols)]
    return main + tuple(_made_up(number) for number in numbers)
