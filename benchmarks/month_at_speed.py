"""What happens in a month at speed: three pairs trade both ways, and somebody else has a hand on the account.

The bot trades with cross margin, where a liquidation takes the whole account: that is how the month ends. What somebody
else opens and the bot takes over has a margin of its own, so that single trades can be liquidated on the way.
"""

import random
import sys
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import NamedTuple

from sqlalchemy import func, select

from domain.exit_plan import ExitPlan, PartialTarget
from domain.terms import OrderState, Phase, Purpose, Side, TradeTerms
from engine.state.routines import Routine
from storage.income_tables import EquityRow
from storage.tables import PositionRow
from tests.simulator.http.client import BareClient
from tests.system.flow.bot import Bot, reopening, terms

PAIRS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")  # the first ones
BESIDE = "XRPUSDT"  # where somebody else trades, with isolated margin
LAST = "BNBUSDT"  # where somebody else loses everything in the end
MONTH = timedelta(days=30)
AT_ONCE = reopening(timedelta(0))
QUIET = timedelta(seconds=10)
ROUNDS_A_READING = 3
STEP, CRASH = Decimal("0.02"), Decimal("0.13")  # of a price: past any stop and target; past any liquidation
TIMES_THE_WALLET = 8
FINE = Decimal("0.0005")  # a tick of a price, at most
FARTHEST = Decimal("0.2")  # from where a price began, before it goes back
WITHIN = 120.0

# After so many rounds each.
FILLS_IN_PARTS, TRADED_BESIDE, ADDED, CLOSED_BY_HAND, ADOPTED, LIQUIDATED = 2, 3, 5, 13, 17, 34


class Key(NamedTuple):
    """One of the positions that are open again and again."""

    symbol: str
    side: Side


SHARED, TAKEN, OTHERS = Key("SOLUSDT", Side.SHORT), Key(BESIDE, Side.SHORT), Key(BESIDE, Side.LONG)


def wanted(key: Key) -> TradeTerms:
    """Return what is traded there: ETHUSDT leaves in two parts, the others at once."""
    trade = terms(key.symbol, key.side, tp="4", sl="4", reopen=AT_ONCE)
    if key.symbol != "ETHUSDT":
        return trade
    targets = (PartialTarget(Decimal(2), Decimal(50)), PartialTarget(Decimal(4), Decimal(50)))
    return TradeTerms(
        *(trade.symbol, trade.side, trade.amount_usdt, trade.leverage, trade.tp_usdt, trade.sl_usdt, trade.basis),
        reopen=AT_ONCE,
        exits=ExitPlan(targets=targets),
    )


def closed(bot: Bot) -> int:
    """Return how many trades have closed."""
    with bot.sessions() as session:
        count = select(func.count()).where(PositionRow.phase == Phase.CLOSED)
        return session.scalar(count) or 0


def protected(bot: Bot) -> dict[Key, int]:
    """Return the trades that are open with a stop, by their key."""
    held = (PositionRow.phase == Phase.OPEN, PositionRow.protected_at.is_not(None))
    with bot.sessions() as session:
        rows = session.execute(select(PositionRow.symbol, PositionRow.side, PositionRow.id).where(*held))
        return {Key(symbol, side): number for symbol, side, number in rows}


def sample(bot: Bot) -> None:
    """Let the wallet be read away from anything that is recorded."""
    bot.wait_on_the_exchange(QUIET)
    with bot.sessions() as session:
        before = session.scalar(select(func.count()).select_from(EquityRow)) or 0

    def read() -> bool:
        with bot.sessions() as session:
            return (session.scalar(select(func.count()).select_from(EquityRow)) or 0) > before

    bot.make_due(Routine.SAMPLE_EQUITY)
    bot.eventually(read, "a reading of the wallet", within=WITHIN)
    bot.wait_on_the_exchange(QUIET)


class MonthAtSpeed:
    """Plays it; what was done by other hands than the bot's is counted."""

    def __init__(self, bot: Bot, trades: int, pairs: int) -> None:
        self.bot = bot
        self.trades = trades
        self.done: Counter[str] = Counter()
        self._hand = BareClient(bot.exchange.url)
        self._dice = random.Random(1)  # the same month every time
        self._rounds = 0
        self._ticks = _ticks(self._hand)
        self.keys = {Key(symbol, side) for symbol in self._pairs(pairs) for side in Side}
        self._first = {key.symbol: _mark(self._hand, key.symbol) for key in (*self.keys, OTHERS)}
        self._prices = dict(self._first)

    def play(self) -> None:
        """Let so many trades live and close while a month passes."""
        jump = MONTH * len(self.keys) / max(self.trades, len(self.keys))
        isolated = {"symbol": BESIDE, "marginType": "ISOLATED"}
        self._hand.signed("POST", "/fapi/v1/marginType", **isolated).raise_for_status()
        for key in sorted(self.keys):
            self._open(key)
        while closed(self.bot) < self.trades:
            held = self._all_open()
            if self._rounds % ROUNDS_A_READING == 0:
                sample(self.bot)
                print(f"{datetime.now(UTC):%H:%M:%S} {closed(self.bot)}", file=sys.stderr, flush=True)  # noqa: T201
            # Each round, so that the exchange's limits of requests and orders a minute begin anew.
            self.bot.wait_on_the_exchange(jump)
            self.bot.eventually(self._clock_measured, "the clock measured", within=WITHIN)
            self._rounds += 1
            self._somebody_else()
            for symbol in sorted({key.symbol for key in self.keys}):
                self._move(symbol)
            self._move_beside()
            self.bot.eventually(partial(self._closed, set(held.values())), "all closed", within=WITHIN)

    def lose_everything(self) -> None:
        """Let somebody else's loss take the account, with every trade that is open then."""
        held = self._all_open()
        wallet, price = Decimal(self.bot.exchange.ledger()["balance"]), _mark(self._hand, LAST)
        self._by_hand(Key(LAST, Side.LONG), str(wallet * TIMES_THE_WALLET // price))
        self.bot.ask("pause_opening", within=WITHIN)
        self._to(LAST, price * (1 - CRASH))
        self.bot.eventually(partial(self._closed, set(held.values())), "all liquidated", within=WITHIN)

    def calm(self) -> None:
        """Let the last rows of the month be read."""
        self.bot.wait_on_the_exchange(timedelta(minutes=30))
        sample(self.bot)

    def _every(self, rounds: int, what: str) -> bool:
        due = self._rounds % rounds == 0
        self.done[what] += due
        return due

    def _pairs(self, number: int) -> list[str]:
        """Return the first pairs, and as many more whose prices are fine enough for stops so near."""
        taken = (*PAIRS, BESIDE, LAST)
        fine = (
            symbol
            for symbol, rules in sorted(self.bot.monitor.symbol_rules().items())
            if symbol not in taken and rules.trading and rules.tick_size / _mark(self._hand, symbol) < FINE
        )
        return [*PAIRS[:number], *islice(fine, max(0, number - len(PAIRS)))]

    def _open(self, key: Key) -> None:
        """Ask for a trade until it is being opened: orders of the one before may not be finished yet."""

        def begun() -> bool:
            reply = self.bot.ask("open_trade", wanted(key), within=WITHIN)
            return "is being opened" in reply or "is open already" in reply

        self.bot.eventually(begun, f"{key} being opened", within=WITHIN)

    def _all_open(self) -> dict[Key, int]:
        """Wait until every key is open and protected; return the trades."""

        def held() -> dict[Key, int] | None:
            found = protected(self.bot)
            missing = self.keys - found.keys()
            self._take_away_rests(missing)
            return None if missing else found

        try:
            return self.bot.eventually(held, "all open", within=WITHIN / 4)
        except AssertionError as missed:
            missing = self.keys - protected(self.bot).keys()
            print(f"not open: {missing}\n{missed}"[:3000], file=sys.stderr, flush=True)  # noqa: T201
            for key in missing:
                reply = self.bot.ask("open_trade", wanted(key), within=WITHIN)
                self.done["asked for again"] += 1
                print(reply, file=sys.stderr, flush=True)  # noqa: T201
        return self.bot.eventually(held, "all open", within=WITHIN)

    def _closed(self, numbers: set[int]) -> bool:
        return not numbers & set(protected(self.bot).values())

    def _clock_measured(self) -> bool:
        return abs(self.bot.monitor.exchange_now() - self.bot.exchange.now()) < timedelta(seconds=1)

    def _somebody_else(self) -> None:
        """Let an entry fill in parts now and then, and somebody else trade."""
        if self._every(FILLS_IN_PARTS, "filled in part"):
            self.bot.exchange.control("faults", {"match": "POST /fapi/v1/order", "kind": "partial_fill", "times": 1})
        if self._every(TRADED_BESIDE, "traded beside"):
            held = self._held(OTHERS)
            self._by_hand(OTHERS, held or "100", closes=bool(held))
        if self._every(ADDED, "added to a trade"):
            self._by_hand(SHARED, "1")
        if self._every(ADOPTED, "adopted"):
            self._adopt(TAKEN)
        if self._every(CLOSED_BY_HAND, "closed by hand"):
            self._close_by_hand(Key("ETHUSDT", Side.SHORT))

    def _by_hand(self, key: Key, quantity: str, *, closes: bool = False) -> None:
        side = "BUY" if (key.side is Side.LONG) is not closes else "SELL"
        body = {"account": "practice", "symbol": key.symbol, "positionSide": key.side, "side": side}
        self.bot.exchange.control("position", {**body, "quantity": quantity})

    def _take_away_rests(self, missing: Collection[Key]) -> None:
        """Let somebody else close what is left of theirs where the bot cannot open again because of it."""
        for rest in self.bot.monitor.health().external_positions:
            key = Key(rest.symbol, rest.side)
            if key in missing and Decimal(self._held(key) or 0) == rest.quantity:
                self._by_hand(key, format(rest.quantity, "f"), closes=True)
                self.done["taken away"] += 1

    def _held(self, key: Key) -> str:
        """Return the quantity of a position on the exchange, empty when there is none."""
        answer = self._hand.signed("GET", "/fapi/v3/positionRisk", symbol=key.symbol)
        answer.raise_for_status()
        amounts = [row["positionAmt"] for row in answer.json() if row["positionSide"] == key.side]
        return next((amount.lstrip("-") for amount in amounts if Decimal(amount)), "")

    def _close_by_hand(self, key: Key) -> None:
        number = protected(self.bot)[key]
        self._by_hand(key, self._held(key), closes=True)
        self.bot.closed(number, within=WITHIN)
        self._open(key)
        self._all_open()

    def _adopt(self, key: Key) -> None:
        self._by_hand(key, "200")
        self.bot.eventually(lambda: self._noticed(key), "noticed", within=WITHIN)
        self.bot.ask("adopt", *key, Decimal(2), Decimal(2), within=WITHIN)
        self.bot.eventually(lambda: key in protected(self.bot), "taken over", within=WITHIN)

    def _noticed(self, key: Key) -> bool:
        return key in {(held.symbol, held.side) for held in self.bot.monitor.health().external_positions}

    def _move(self, symbol: str, by: Decimal | None = None) -> None:
        """Let a price jump past what rests on both sides of it."""
        away = self._prices[symbol] / self._first[symbol] - 1
        if by is None:
            up = self._dice.random() < 0.5 if abs(away) < FARTHEST else away < 0
            by = STEP if up else -STEP
        self._prices[symbol] *= 1 + by
        self._to(symbol, self._prices[symbol])

    def _to(self, symbol: str, price: Decimal) -> None:
        self.bot.price(symbol, price // self._ticks[symbol] * self._ticks[symbol])

    def _move_beside(self) -> None:
        """Move the price where somebody else trades, now and then past the liquidation of a trade taken over."""
        adopted = protected(self.bot).get(TAKEN)
        if adopted is None or not self._every(LIQUIDATED, "liquidated"):
            self._move(BESIDE)
            return
        for order in self.bot.orders(adopted):
            if order.purpose is Purpose.STOP and order.state is OrderState.WORKING:
                # From outside; the price has to move before the bot puts one back.
                self.bot.exchange.control("cancel", {"account": "practice", "algoId": order.algo_id})
        self._move(BESIDE, CRASH)


def _ticks(client: BareClient) -> dict[str, Decimal]:
    listed = client.send("GET", "/fapi/v1/exchangeInfo").json()["symbols"]
    return {row["symbol"]: Decimal(row["filters"][0]["tickSize"]) for row in listed}


def _mark(client: BareClient, symbol: str) -> Decimal:
    return Decimal(client.send("GET", "/fapi/v1/premiumIndex", symbol=symbol).json()["markPrice"])
