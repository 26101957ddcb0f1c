"""The verdict on a trade before it is sent: what it costs, what it brings, when it would be liquidated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from html import escape

import streamlit as st

from app_pages.new_trade.exits import exit_chart_lines
from app_pages.ui.address import address_value, set_address_value
from app_pages.ui.banner import notice_html
from app_pages.ui.candles import INTERVALS, ChartLine, LineMoney, chart_values, dropped_price, send_again
from app_pages.ui.exit_fields import EXIT_STEPS
from app_pages.ui.figures import Fact, Figure, draw_figures, facts_html, tone_of
from app_pages.ui.live import component, heard
from app_pages.ui.position_values import liquidation_fact, pair, with_pairs
from app_pages.ui.typed_trade import put_exit_price, put_exit_step
from domain.preview.exits import ExitLine
from domain.preview.preview import Preview
from domain.preview.refusals import Refusal
from domain.preview.together import fees_of, rounding_words, together, win_rate_words
from domain.terms import Basis, SymbolRules, TradeTerms
from domain.wording import format_percent, format_price, format_quantity, format_usdt, rounded

_CHART = "verdict_chart"
_INTERVAL = "form-candles"  # in the address
_SHOWN = 96  # candles: of a quarter of an hour, as at first, a day


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """The verdict on one of the pairs asked for; where terms or figures are None, trouble or refusals say why."""

    symbol: str
    terms: TradeTerms | None
    figures: Preview | None
    refusals: tuple[Refusal, ...]
    trouble: str
    tick: Decimal | None = None  # of a pair whose target and stop are said as prices

    @property
    def ready(self) -> bool:
        """Whether this trade may be sent now."""
        return self.figures is not None and not self.refusals and not self.trouble


def draw_verdict(
    verdict: PairVerdict,
    rules: SymbolRules,
    now: datetime,
    warned: tuple[str, ...] = (),
    exits: Sequence[ExitLine] = (),
) -> None:
    """Draw what would come of the trade if it were opened now.

    Args:
        verdict: of a pair whose terms are known.
        rules: of the pair.
        now: UTC.
        warned: what deserves a second look.
        exits: steps of its moving exits, for the chart.
    """
    terms, figures = verdict.terms, verdict.figures
    st.html(verdict_html(figures, verdict.refusals, warned))
    if figures is None or terms is None:
        return
    smaller = rounding_words(terms, figures, rules)
    if smaller:
        st.html(f'<p class="explained">{escape(smaller)}</p>')
    for note in figures.notes:
        st.html(notice_html("warning", note, ""))
    tick = rules.tick_size
    with st.container(key="verdict_figures"):
        draw_figures("verdict", outcome_figures(figures, tick))
    interval = _draw_intervals()
    component("price-chart")(
        key=_CHART,
        data=chart_values(
            "verdict", terms.symbol, interval, verdict_lines(figures, terms, tick, exits), None, tick, now, shown=_SHOWN
        ),
        on_missing_change=partial(send_again, "verdict"),
        on_dropped_change=_take_dropped,
    )
    st.html(f'<div class="two">{facts_html(cost_facts(figures, rules))}{facts_html(risk_facts(figures, tick))}</div>')


def _draw_intervals() -> str:
    """Draw the choice of how long a candle is; return it."""
    asked = address_value(_INTERVAL)
    chosen = st.segmented_control(
        "Length of a candle",
        list(INTERVALS),
        default=asked if asked in INTERVALS else "15m",
        required=True,
        key="verdict_interval",
        label_visibility="collapsed",
        on_change=_choose_interval,
    )
    return str(chosen)


def _choose_interval() -> None:
    set_address_value(_INTERVAL, st.session_state["verdict_interval"])


def verdict_html(figures: Preview | None, refusals: tuple[Refusal, ...], warned: tuple[str, ...] = ()) -> str:
    """Return the coloured box: ready to open, with what deserves a second look, or why not."""
    if refusals:
        title, _, rest = refusals[0].message.partition(". ")
        others = [refusal.message for refusal in refusals[1:]]
        return notice_html("down", title.rstrip("."), " ".join([rest, *others]).strip())
    if figures is None:
        return notice_html("warning", "Nothing to show yet", "Fill in the form to see what this trade would bring.")
    if warned:
        return notice_html("warning", "Ready to open, but look twice", " ".join([*warned, ready_words(figures)]))
    return notice_html("up", "Ready to open", ready_words(figures))


def ready_words(figures: Preview) -> str:
    """Return what is at stake, and how often such a trade must win."""
    rate = win_rate_words(figures.break_even_win_rate)
    risk, gain = format_usdt(abs(figures.net_at_stop)), format_usdt(figures.net_at_target)
    return f"You risk **{risk}** to make **{gain} USDT**. Break-even win rate **{rate}**."


def outcome_figures(figures: Preview, tick: Decimal) -> list[Figure]:
    """Return the two figures that matter most: at the target, and at the stop."""
    return [
        _outcome(
            "If the target is reached" if figures.targets == 1 else f"If all {figures.targets} targets are reached",
            figures.net_at_target,
            figures.target_price,
            figures.target_distance_fraction,
            tick,
            "at" if figures.targets == 1 else "the last at",
        ),
        _outcome("If the stop is hit", figures.net_at_stop, figures.stop_price, figures.stop_distance_fraction, tick),
    ]


def verdict_lines(
    figures: Preview, terms: TradeTerms, tick: Decimal, exits: Sequence[ExitLine] = ()
) -> list[ChartLine]:
    """Return the lines on the chart beside the form; stop, target and each step can be moved by hand."""
    price, fee = figures.entry_price_estimate, figures.entry_fee
    rate = fee / figures.position_value
    money = partial(LineMoney, side=terms.side, quantity=figures.quantity, entry=price, paid=fee, taker=rate, tick=tick)
    stop = f"Stop {format_usdt(figures.net_at_stop, signed=True)}"
    lines = [
        ChartLine("entry", "Entry about here", figures.entry_price_estimate, "plain", "dashed"),
    ]
    if not terms.exits.targets:
        target = f"Target {format_usdt(figures.net_at_target, signed=True)}"
        lines.append(ChartLine("target", target, figures.target_price, "up", money=money("Target")))
    lines.append(ChartLine("stop", stop, figures.stop_price, "down", money=money("Stop")))
    # A step stands at an amount on the basis of the terms.
    free = {} if terms.basis is Basis.NET else {"paid": Decimal(0), "taker": Decimal(0)}
    lines += exit_chart_lines(exits, partial(money, **free))
    if figures.liquidation_price is not None:
        lines.append(ChartLine("liquidation", "Liquidation", figures.liquidation_price, "warning", "dashed", fit=False))
    return lines


def _take_dropped() -> None:
    """Write the amounts that a line moved by hand stands for into the fields."""
    moved = dropped_price(heard(_CHART, "dropped"), ("stop", "target", *EXIT_STEPS))
    if moved is not None and moved[0] in EXIT_STEPS:
        put_exit_step(*moved)
    elif moved is not None:
        put_exit_price(*moved)


def cost_facts(figures: Preview, rules: SymbolRules) -> list[Fact]:
    """Return what is bought and what it costs."""
    return [
        Fact("Position", f"{_whole(figures.position_value)} USDT"),
        Fact("Quantity", f"{format_quantity(figures.quantity)} {rules.base_asset}"),
        Fact("Fees in and out", f"{format_usdt(fees_of(figures))} USDT"),
        Fact("Risk to reward", risk_to_reward(figures)),
    ]


def risk_facts(figures: Preview, tick: Decimal) -> list[Fact]:
    """Return how far liquidation is, what stays free, and what a bad day could cost."""
    losses = "If it loses" if figures.worst_day_rounds == 1 else f"If all {figures.worst_day_rounds} lose"
    return [
        Fact("Liquidation", _liquidation(figures, tick)),
        Fact("Free after", f"{format_usdt(figures.free_margin_after)} USDT"),
        Fact(losses, f"{format_usdt(figures.worst_day_usdt, signed=True)} USDT"),
        Fact("Break-even win rate", win_rate_words(figures.break_even_win_rate)),
    ]


def risk_to_reward(figures: Preview) -> str:
    """Return what one USDT at risk may bring after fees: "1 to 1.50"; "–" where nothing is at risk or to win."""
    if figures.net_at_stop >= 0 or figures.net_at_target <= 0:
        return "–"
    return f"1 to {format_usdt(figures.net_at_target / -figures.net_at_stop)}"


def pairs_html(verdicts: Sequence[PairVerdict], sent: Mapping[str, bool] | None = None) -> str:
    """Return one line for each pair: ready with what is at stake, or why not.

    Args:
        verdicts: one for each pair.
        sent: while they are being opened, whether each was answered already, by pair.
    """
    return f'<ul class="pairs">{"".join(_pair_html(one, sent or {}) for one in verdicts)}</ul>'


def draw_together(previews: Sequence[Preview], wallet: Decimal | None) -> None:
    """Draw what all trades cost together, repeats included."""
    total = together(previews, wallet)
    st.html(
        '<h3 class="part">All together</h3><div class="two">'
        + facts_html(
            (
                Fact("Margin", f"{format_usdt(total.margin_usdt)} USDT"),
                Fact("Fees in and out", f"{format_usdt(total.fees_usdt)} USDT"),
            )
        )
        + facts_html(
            (
                Fact("If every stop is hit", f"{format_usdt(-total.risk_usdt, signed=True)} USDT"),
                Fact(f"If all {total.rounds} lose", f"{format_usdt(total.worst_day_usdt, signed=True)} USDT"),
            )
        )
        + "</div>"
    )


def _pair_html(verdict: PairVerdict, sent: Mapping[str, bool]) -> str:
    if verdict.symbol in sent:
        tone, icon, words = (
            ("up", "check_circle", "Answered") if sent[verdict.symbol] else ("plain", "sync", "Opening …")
        )
    elif verdict.ready and verdict.figures is not None:
        figures = verdict.figures
        tone, icon, words = "up", "check_circle", f"Ready: {_ends(figures, verdict.tick)}, {risk_to_reward(figures)}"
    else:
        tone, icon = "down", "block"
        words = verdict.trouble or (verdict.refusals[0].message if verdict.refusals else "Nothing to show yet.")
    return (
        f'<li><span class="icon {tone}" aria-hidden="true">{icon}</span><b>{escape(pair(verdict.symbol))}</b>'
        f"<span>{escape(with_pairs(words))}</span></li>"
    )


def _ends(figures: Preview, tick: Decimal | None) -> str:
    """Return what target and stop bring, with their prices where these were asked for."""
    won, lost = format_usdt(figures.net_at_target, signed=True), format_usdt(figures.net_at_stop, signed=True)
    if tick is None:
        return f"{won} or {lost} USDT"
    target, stop = format_price(figures.target_price, tick), format_price(figures.stop_price, tick)
    return f"{won} USDT at {target} or {lost} at {stop}"


def _outcome(label: str, net: Decimal, price: Decimal, distance: Decimal, tick: Decimal, where: str = "at") -> Figure:
    percent = format_percent(distance * 100, signed=True, decimals=2)
    return Figure(label, format_usdt(net, signed=True), f"{where} {format_price(price, tick)}, {percent}", tone_of(net))


def _liquidation(figures: Preview, tick: Decimal) -> str:
    price = None if figures.liquidation_price is None else format_price(figures.liquidation_price, tick)
    fraction = figures.liquidation_distance_fraction
    return liquidation_fact(price, None if fraction is None else fraction * 100)


def _whole(amount: Decimal) -> str:
    return format_quantity(rounded(amount, 0)) if amount >= 10 else format_usdt(amount)
