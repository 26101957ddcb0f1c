"""Words of the trade and what they mean: listed on Settings, and shown on hover where they stand."""

from __future__ import annotations

import re

GLOSSARY = (
    ("Break-even win rate", "How many of such trades must win so that nothing is lost in the long run."),
    ("Drawdown", "How far the result fell below its best moment. Max drawdown is the deepest of these falls."),
    ("Leverage", "How many times your margin the position is worth. It multiplies gains, losses and fees."),
    ("Liquidation", "The price at which the exchange closes a position because the money behind it is used up."),
    ("Long, short", "A long position earns when the price rises, a short one when it falls."),
    ("Margin", "Your own money that a trade ties up."),
    ("Mark price", "The exchange's fair price. Stops, targets and liquidation go by it, not by the last trade."),
    ("P/L", "Profit or loss: what a trade has won or lost."),
    ("Plan", "What you asked for, and when it opens again. Each time it opens is one trade of the plan."),
    ("Profit factor", "What was won for each 1 USDT that was lost."),
    ("Stop loss, take profit", "The prices at which the exchange closes a trade by itself, losing or winning."),
    ("Funding", "What holders of long and short positions pay each other every few hours."),
)


def meaning(label: str) -> str:
    """Return what the word of the trade in a label, e.g. "Margin (your money), USDT", means; empty where none is."""
    for names, said in GLOSSARY:
        if any(re.search(rf"\b{re.escape(name)}\b", label, re.IGNORECASE) for name in names.split(", ")):
            return said
    return ""
