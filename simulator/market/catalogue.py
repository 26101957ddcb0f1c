"""The symbols traded here: filters, brackets and how each of them behaves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from simulator.interfaces import Bracket, SymbolSpec
from simulator.market.main_pairs import MAIN_ROWS, SMALL_TIERS, PairRow
from simulator.market.noise import text_key


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


def _listing(row: PairRow) -> Listing:
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
    row = PairRow(
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
        tiers=SMALL_TIERS,
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
    main = tuple(_listing(row) for row in MAIN_ROWS)
    numbers = [*range(made_up_symbols), *sorted(n for n in made_up_numbers(kept).values() if n >= made_up_symbols)]
    return main + tuple(_made_up(number) for number in numbers)
