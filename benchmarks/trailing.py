"""What stops that trail weigh: `python -m benchmarks.trailing [TRADES [SECONDS]]`, by default 50 trades for 70 seconds.

Opens a trade on each of as many pairs of the practice exchange, then moves every price ahead by a fifth of a percent
each second, so that every stop wants to move each time. Prints how often they moved and the heaviest minute by the
exchange's own count. Ends with 1 when it weighs more than 1,200, half of what Binance allows in a minute.
"""

import sys
import time
from dataclasses import replace
from decimal import Decimal
from functools import partial

from benchmarks.running import steered
from domain.exit_plan import ExitPlan, Trail, TrailUnit
from domain.terms import OrderState, Purpose
from tests.system.flow.bot import Bot, terms

MOST_WEIGHT = 1200
MAIN_PAIRS = 10
AT_ONCE = 4  # trades that open at the same time: what the bot does not come to within a minute lapses
AHEAD = Decimal("1.002")
A_MINUTE = 61.0
TRAILING = ExitPlan(trail=Trail(TrailUnit.PERCENT, Decimal("0.5")))


def opened(bot: Bot, number: int) -> list[str]:
    """Open a trailing trade on each of so many pairs; return the pairs."""
    pairs = sorted(symbol for symbol, rules in bot.monitor.symbol_rules().items() if rules.trading)[:number]
    for begun, symbol in enumerate(pairs):
        wanted = replace(terms(symbol, amount="50", tp="900", sl="40"), exits=TRAILING)
        bot.services.instructions.open_trade(f"trailing-{symbol}", wanted)
        bot.eventually(partial(_all_protected, bot, begun - AT_ONCE), f"{begun} trades", within=60)
    bot.eventually(partial(_all_protected, bot, len(pairs)), f"{len(pairs)} trades", within=60)
    return pairs


def _all_protected(bot: Bot, number: int) -> bool:
    return sum(position.protected_at is not None for position in bot.positions()) >= number


def heaviest_minute(bot: Bot, pairs: list[str], seconds: float) -> int:
    """Move the prices ahead for so long; return the largest weight of a minute that an answer told of."""
    heaviest, until = 0, time.monotonic() + seconds
    rules = bot.monitor.symbol_rules()
    while time.monotonic() < until:
        began = time.monotonic()
        for symbol in pairs:
            known = bot.monitor.mark_price(symbol)
            if known is not None:
                tick = rules[symbol].tick_size
                bot.price(symbol, known[0] * AHEAD // tick * tick)
        usage = bot.monitor.health().usage
        heaviest = max(heaviest, 0 if usage is None else usage.weight_1m or 0)
        time.sleep(max(0.0, 1 - (time.monotonic() - began)))
    return heaviest


def main(number: int, seconds: float) -> int:
    """Measure and print; return the exit code."""
    more = str(max(0, number - MAIN_PAIRS))
    with steered("--prices", "hold", "--seed", "1", "--symbols", more) as (bot, _):
        pairs = opened(bot, number)
        time.sleep(A_MINUTE)  # what opening them weighed is counted no more
        weight = heaviest_minute(bot, pairs, seconds)
        stops = [o for p in bot.positions() for o in bot.orders(p.id) if o.purpose is Purpose.STOP]
    moved = sum(order.state is OrderState.CANCELLED for order in stops)
    print(f"{len(pairs)} trailing stops moved {moved} times in {seconds:.0f} s; heaviest minute {weight}")  # noqa: T201
    return 1 if weight > MOST_WEIGHT else 0


if __name__ == "__main__":
    sys.exit(main(*(int(one) for one in (*sys.argv[1:3], *("50", "70")[len(sys.argv) - 1 :]))))
