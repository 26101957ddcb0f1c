"""The form of New trade: its fields, each with what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from html import escape

import streamlit as st

from app_pages.new_trade.pair_now import pair_now
from app_pages.new_trade.starts import draw_starts
from app_pages.ui.draft import key, kind_of, put, reopening, start_of, trade_exits, value
from app_pages.ui.draft_fields import AMOUNTS_IN, EXITS_IN, FORM
from app_pages.ui.exits import draw_exits
from app_pages.ui.number_field import draw_number_field
from app_pages.ui.pair_order import draw_star, in_order, pair_words
from app_pages.ui.position_values import with_pairs
from app_pages.ui.reopening import draw_reopening
from app_pages.ui.typed_trade import rewrite, typed_trade
from domain.preview.amounts import AmountMeasure, AmountUnit, ExitUnit
from domain.preview.exits import EXITS_FIELD
from domain.preview.limits import LIMITS_FIELD
from domain.preview.refusals import Refusal
from domain.preview.requested import number_words
from domain.terms import Side, SymbolRules
from domain.wording import side_words

FIELD_OF_TERM = {"amount_usdt": "amount", "leverage": "leverage", "tp_usdt": "target", "sl_usdt": "stop"}
_AMOUNT_HELP = {
    "Margin": "The margin this trade ties up. Leverage multiplies it.",
    "Margin %": "The margin this trade ties up, as percent of what is free now. Leverage multiplies it.",
    "Position": "What the whole position is worth. Divided by the leverage it is the margin tied up.",
    "Position %": "What the whole position is worth, as percent of the margin that is free now.",
}
_EXIT_HELP = {
    "USDT": None,
    "Price": "Kept as USDT: if the entry fills a little elsewhere, this price moves with it.",
    "% of price": "How far the price goes from the entry. Kept as USDT.",
    "% of margin": "Won or lost, as percent of the margin tied up.",
}


def draw_form(symbols: tuple[str, ...], refusals: tuple[Refusal, ...], rules: SymbolRules | None) -> None:
    """Draw the fields, each refusal beside the field it is about.

    Args:
        symbols: pairs to choose from; the one chosen is kept even while the list is still empty.
        refusals: of the terms as typed now.
        rules: of the pair on show, None while not known.
    """
    draw_starts()
    _draw_pairs(symbols, refusals)
    st.segmented_control(
        "Direction",
        list(Side),
        default=value("side"),
        format_func=side_words,
        key=key("side"),
        width="stretch",
        required=True,
        on_change=_follow_price,
    )
    _draw_refusals("side", refusals, rules)
    _draw_unit("Amount as", "amount_in", list(AMOUNTS_IN), partial(rewrite, amount=True))
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        _draw_amount(refusals, rules)
    with right:
        _draw_leverage(refusals, rules)
    _draw_unit("Stop and target in", "exit_in", list(EXITS_IN), partial(rewrite, exits=True))
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        _draw_exit("Stop loss", "stop", refusals, rules)
    with right:
        _draw_exit("Take profit", "target", refusals, rules)
    st.toggle("After fees: what lands in your wallet", value=value("after_fees"), key=key("after_fees"))
    _draw_refusals("basis", refusals, rules)
    wrong = [refusal.message for refusal in refusals if refusal.field == EXITS_FIELD]
    draw_exits(trade_exits(), wrong, "trade_exits")
    draw_reopening(reopening(), key, FORM)
    _draw_refusals("reopen", refusals, rules)


def _draw_pairs(symbols: tuple[str, ...], refusals: tuple[Refusal, ...]) -> None:
    chosen = value("symbol")
    more = [symbol for symbol in value("more") if symbol != chosen]
    listed = in_order((chosen, *symbols))
    # What was left in a field is its default, not only its state: a browser that draws the field anew begins with
    # the default and sends it back with the next change, as a switch turned off or a wait of one minute.
    with st.container(key="trade_pair", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Pair",
            listed,
            index=listed.index(chosen),
            format_func=pair_words,
            key=key("symbol"),
            on_change=_follow_pair,
        )
        draw_star(chosen)
    st.html(f'<p class="pair-now">{pair_now(chosen)}</p>')
    _draw_refusals("symbol", refusals, None)
    _draw_refusals(LIMITS_FIELD, refusals, None)
    with st.expander("The same trade in more pairs" if not more else f"And in {len(more)} more", expanded=bool(more)):
        st.multiselect(
            "More pairs",
            [symbol for symbol in dict.fromkeys((*listed, *more)) if symbol != chosen],
            default=more,
            format_func=pair_words,
            key=key("more"),
            placeholder="Choose pairs",
            label_visibility="collapsed",
        )


def _draw_unit(label: str, field: str, units: list[str], changed: partial[None]) -> None:
    st.segmented_control(
        label, units, default=value(field), key=key(field), width="stretch", required=True, on_change=changed
    )


def _follow_pair() -> None:
    """Take the pair chosen first out of the further ones, and write prices anew for it."""
    put({"more": [symbol for symbol in value("more") if symbol != value("symbol")]})
    _follow_price()


def _follow_price() -> None:
    """Write prices anew for another pair or direction, where the old ones would mean something else."""
    if EXITS_IN[value("exit_in")] is ExitUnit.PRICE:
        rewrite(exits=True)


def _draw_amount(refusals: tuple[Refusal, ...], rules: SymbolRules | None) -> None:
    chosen = value("amount_in")
    measure, unit = AMOUNTS_IN[chosen]
    percent = unit is AmountUnit.PERCENT_FREE
    word = "Margin (your money)" if measure is AmountMeasure.MARGIN else "Position"
    label = f"{word}, % of free margin" if percent else f"{word}, USDT"
    _draw_number(label, "amount", refusals, _AMOUNT_HELP[chosen])
    _draw_refusals("amount_usdt", refusals, rules)


def _draw_exit(label: str, field: str, refusals: tuple[Refusal, ...], rules: SymbolRules | None) -> None:
    chosen = value("exit_in")
    shown = "price" if EXITS_IN[chosen] is ExitUnit.PRICE else chosen
    _draw_number(f"{label}, {shown}", field, refusals, _EXIT_HELP[chosen])
    _draw_refusals(_term_of(field), refusals, rules)


def _draw_number(label: str, field: str, refusals: tuple[Refusal, ...], help_text: str | None) -> None:
    draw_number_field(
        key(field),
        label,
        kind_of(field),
        form=FORM,
        start=start_of(field),
        help_text=help_text,
        refused=any(refusal.field == _term_of(field) for refusal in refusals),
    )


def _draw_leverage(refusals: tuple[Refusal, ...], rules: SymbolRules | None) -> None:
    _draw_number("Leverage", "leverage", refusals, "Both directions of a pair share one leverage.")
    _draw_refusals("leverage", refusals, rules)


def _draw_refusals(term: str, refusals: tuple[Refusal, ...], rules: SymbolRules | None) -> None:
    for refusal in refusals:
        if refusal.field != term:
            continue
        st.html(f'<p class="refusal" role="alert">{escape(with_pairs(refusal.message))}</p>')
        requested = typed_trade()
        if refusal.suggestion is not None and requested is not None and rules is not None:
            st.button(
                f"Use {number_words(refusal.suggestion, term, requested, rules)}",
                key=f"use_{term}",
                type="tertiary",
                on_click=partial(_use, FIELD_OF_TERM[term], refusal.suggestion),
            )


def _use(field: str, number: Decimal) -> None:
    put({field: number})


def _term_of(field: str) -> str:
    return next(term for term, name in FIELD_OF_TERM.items() if name == field)
