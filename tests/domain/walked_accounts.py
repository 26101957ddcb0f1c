"""Random accounts on which the form's verdict is compared with the practice exchange, walked tick by tick.

``python -m tests.domain.walked_accounts 10000`` compares ten thousand of them.
"""

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from domain.exchange import Balance, CommissionRates, ExchangePosition
from domain.preview.draft import Draft, MarketNow, Situation, draft_trade
from domain.preview.objections_protection import stop_objection
from domain.terms import Basis, LeverageBracket, ReopenRule, Side, SymbolRules, TradeTerms
from simulator.interfaces import SymbolSpec
from simulator.market.catalogue import Listing, catalogue
from simulator.trading.margins import maintenance_margin

D = Decimal
TAKER = D("0.0005")
TICKS = 250  # from the mark down to zero
_WHOLE_WAY = 4 * TICKS
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


@dataclass(frozen=True, slots=True)
class _Held:
    """A position in the practice exchange's own terms: amount is negative for SHORT."""

    spec: SymbolSpec
    amount: Decimal
    entry: Decimal
    mark: Decimal
    isolated: bool

    @property
    def side(self) -> Side:
        return Side.LONG if self.amount > 0 else Side.SHORT


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a trade asked for in one of its pairs."""

    cross_wallet: Decimal
    held: tuple[_Held, ...]
    spec: SymbolSpec
    mark: Decimal
    terms: TradeTerms


def disagreement(seed: int) -> str | None:
    """Return how the form and the practice exchange disagree about a random account; None = they agree."""
    account = random_account(random.Random(seed))
    situation = _situation(account)
    draft = draft_trade(account.terms, situation)
    if draft is None or draft.stop <= 0:
        return None
    survives = _Walk(account, draft)
    wrong = _compare_price(account, draft, survives) or _compare_verdict(account, draft, situation, survives)
    return None if wrong is None else f"account {seed}: {wrong}"


def random_account(draw: random.Random) -> Account:
    """Return up to six positions with the one asked for, some isolated, and a wallet that is small beside them."""
    specs = [replace(_spec(symbol), tick_size=_tick(symbol)) for symbol in SYMBOLS]
    marks = {spec.symbol: spec.tick_size * TICKS for spec in specs}
    isolated = {spec.symbol: draw.random() < 0.2 for spec in specs}
    mine = draw.choice(specs)
    isolated[mine.symbol] = False
    side = draw.choice(list(Side))
    places = [(spec, other) for spec in specs for other in Side if (spec, other) != (mine, side)]
    held = tuple(
        _Held(
            spec,
            other.sign * _quantity(draw, spec, marks[spec.symbol]),
            _near(draw, marks[spec.symbol], "0.1"),
            marks[spec.symbol],
            isolated[spec.symbol],
        )
        for spec, other in draw.sample(places, draw.randint(0, len(places)))
    )
    quantity, mark = _quantity(draw, mine, marks[mine.symbol]), marks[mine.symbol]
    size = quantity * mark + sum((abs(one.amount) * one.mark for one in held if not one.isolated), D(0))
    wallet = (size * D(draw.choice(["0.02", "0.05", "0.1", "0.3", "1", "2"])) * _near(draw, D(1), "0.5")).quantize(
        D("0.01")
    )
    leverage = draw.choice([1, 5, 20])
    loss = quantity * mark * D(draw.randint(1, 900)) / 1000
    terms = TradeTerms(
        mine.symbol,
        side,
        # Up to the next step is bought, never the next.
        amount_usdt=(quantity + mine.step_size / 2) * mark / leverage,
        leverage=leverage,
        tp_usdt=D(1),
        sl_usdt=loss,
        basis=Basis.GROSS,
        reopen=ReopenRule(enabled=False),
    )
    return Account(wallet, held, mine, mark, terms)


class _Walk:
    """The account after the trade, as the practice exchange would see it with the trade's pair at any price."""

    def __init__(self, account: Account, draft: Draft) -> None:
        entry = draft.entry
        cross = [one for one in account.held if not one.isolated]
        others = [one for one in cross if one.spec.symbol != account.spec.symbol]
        self._pair = [(one.amount, one.entry) for one in cross if one.spec.symbol == account.spec.symbol]
        self._pair.append((entry.side.sign * entry.quantity, entry.average_price))
        self._spec = account.spec
        self._wallet = account.cross_wallet - entry.commission_usdt
        self._unrealized = sum(((one.mark - one.entry) * one.amount for one in others), D(0))
        self._maintenance = sum((maintenance_margin(one.spec, abs(one.amount) * one.mark) for one in others), D(0))

    def __call__(self, price: Decimal) -> bool:
        """Whether the account lives with the pair's mark at price."""
        unrealized = sum(((price - entry) * amount for amount, entry in self._pair), self._unrealized)
        needed = sum((maintenance_margin(self._spec, abs(amount) * price) for amount, _ in self._pair), D(0))
        return self._wallet + unrealized > self._maintenance + needed


def _compare_price(account: Account, draft: Draft, survives: _Walk) -> str | None:
    """Compare the price that is shown with the first tick at which the walk ends."""
    shown = draft.liquidation
    dies_at = next((price for price in _way(account, draft, _WHOLE_WAY) if not survives(price)), None)
    if dies_at is None:
        reached = shown is not None and draft.entry.side.sign * (shown - _last(account, draft)) >= 0
        return f"{shown} is shown, and the walk ends nowhere" if reached else None
    if shown is None:
        return f"nothing is shown, and the walk ends at {dies_at}"
    late = draft.entry.side.sign * (shown - dies_at)
    fits = 0 <= late < account.spec.tick_size or dies_at == account.mark == shown
    return None if fits else f"{shown} is shown, and the walk ends at {dies_at}"


def _compare_verdict(account: Account, draft: Draft, situation: Situation, survives: _Walk) -> str | None:
    """Compare the refusal of the stop with the walk from the mark to the stop, or to one tick beyond it."""
    sign, tick = draft.entry.side.sign, account.spec.tick_size
    if sign * (account.mark - draft.stop) < tick:
        return None  # refused for being too near, whatever the margin
    objection = stop_objection(account.terms, draft, situation)
    refused = objection is not None and "liquidation price" in objection.wrong
    ticks = int(sign * (account.mark - draft.stop) / tick)
    lives = all(survives(price) for price in _way(account, draft, ticks + (1 if refused else 0)))
    if refused and lives:
        return f"the stop at {draft.stop} is refused, and the walk passes it"
    if not refused and not lives:
        return f"the stop at {draft.stop} is taken, and the walk ends before"
    return None


def _way(account: Account, draft: Draft, ticks: int) -> Iterator[Decimal]:
    """Yield so many ticks from the mark on the trade's losing way, but none at zero or below."""
    sign, tick = draft.entry.side.sign, account.spec.tick_size
    for step in range(ticks + 1):
        price = account.mark - sign * tick * step
        if price > 0:
            yield price


def _last(account: Account, draft: Draft) -> Decimal:
    *_, last = _way(account, draft, _WHOLE_WAY)
    return last


def _situation(account: Account) -> Situation:
    spec = account.spec
    positions = tuple(
        ExchangePosition(
            one.spec.symbol,
            one.side,
            abs(one.amount),
            one.entry,
            one.mark,
            None,
            (one.mark - one.entry) * one.amount,
            maintenance_margin(one.spec, abs(one.amount) * one.mark),
            one.isolated,
        )
        for one in account.held
    )
    open_result = sum((one.unrealised_usdt for one in positions if not one.isolated), D(0))
    wallet = account.cross_wallet
    balance = Balance("walk", wallet + 1000, max(D(0), wallet + open_result), open_result, wallet)
    rules = SymbolRules(
        symbol=spec.symbol,
        base_asset=spec.base_asset,
        tick_size=spec.tick_size,
        min_price=spec.tick_size,
        max_price=D(0),
        step_size=spec.step_size,
        min_quantity=spec.min_quantity,
        max_quantity=D(10) ** 9,
        min_notional=D(0),
        multiplier_up=D(0),
        multiplier_down=D(0),
        market_take_bound=D(0),
        trading=True,
    )
    brackets = tuple(
        LeverageBracket(
            row.initial_leverage, row.notional_floor, row.notional_cap, row.maintenance_rate, row.cumulative
        )
        for row in spec.brackets
    )
    market = MarketNow(account.mark, account.mark, account.mark)
    return Situation(market, rules, brackets, CommissionRates(D(0), TAKER), balance, None, positions)


@cache
def _listing(symbol: str) -> Listing:
    return next(listing for listing in catalogue(0) if listing.spec.symbol == symbol)


def _spec(symbol: str) -> SymbolSpec:
    return _listing(symbol).spec


def _tick(symbol: str) -> Decimal:
    return (_listing(symbol).start_price / TICKS).quantize(D("0.01"))


def _quantity(draw: random.Random, spec: SymbolSpec, mark: Decimal) -> Decimal:
    steps = D(round(10 ** draw.uniform(1.5, 6.5))) / mark / spec.step_size
    return max(D(1), steps.to_integral_value()) * spec.step_size


def _near(draw: random.Random, value: Decimal, share: str) -> Decimal:
    return value * (1 + D(share) * D(draw.randint(-1000, 1000)) / 1000)


def main() -> None:
    """Compare as many accounts as asked for, and print the disagreements and a count."""
    accounts, began = int(sys.argv[1]), time.monotonic()
    wrong = [said for seed in range(accounts) if (said := disagreement(seed)) is not None]
    for said in wrong[:20]:
        print(said)
    print(f"{accounts} accounts, {len(wrong)} disagreements, {time.monotonic() - began:.0f} s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
