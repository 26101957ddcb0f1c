"""What the fields of New trade spell: a requested trade or a preset, and how it is written in another unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app_pages.ui.asking import say
from app_pages.ui.draft import last_fields, last_valid_terms, put, reopening, trade_exits, unread, value
from app_pages.ui.draft_fields import AMOUNTS_IN, EXITS_IN, Fields
from app_pages.ui.number_field import write_number
from app_pages.ui.reopening import rule_of_fields
from app_pages.ui.session import services
from domain.preview.amounts import (
    ExitUnit,
    ExpectedTrade,
    Quote,
    amount_from,
    exit_number,
    exit_usdt,
    expected_trade,
)
from domain.preview.presets import TradePreset
from domain.preview.requested import AMOUNT_DECIMALS, PERCENT_DECIMALS, RequestedTrade, requested_terms
from domain.terms import Basis, Side, TradeTerms
from domain.wording import rounded


def typed_trade(symbol: str | None = None) -> RequestedTrade | None:
    """Return what the fields say for a pair (the one on show), wrong ones included.

    A price is meant for the pair on show: other pairs get the same USDT, and are told at which prices of their own.
    Percents count from each pair's own price.

    Returns:
        None while a number cannot be read, or a price is needed for another pair and not known.
    """
    if unread():
        return None
    exits = trade_exits().typed()[0]
    requested = RequestedTrade(symbol=value("symbol"), side=_side(), exits=exits, **_typed())
    if symbol is None or symbol == requested.symbol:
        return requested
    if requested.exit_unit is not ExitUnit.PRICE:
        return replace(requested, symbol=symbol)
    terms = terms_of(requested)
    if terms is None:
        return None
    return replace(
        requested,
        symbol=symbol,
        exit_unit=ExitUnit.USDT,
        target=terms.tp_usdt,
        stop=terms.sl_usdt,
        said_as_prices=True,
    )


def terms_of(requested: RequestedTrade) -> TradeTerms | None:
    """Return the terms that a requested trade spells; None while a price or the free margin is needed and not known."""
    return requested_terms(requested, services().previews.quote(requested.symbol) if requested.needs_quote else None)


def typed_preset(name: str, with_pair: bool) -> TradePreset:
    """Return what is in the fields as a preset, with pair and direction if asked for."""
    pair_fields = {"symbol": value("symbol"), "side": _side()} if with_pair else {}
    return TradePreset(name=name, exits=value("exits"), **pair_fields, **_typed())


def rewrite(*, amount: bool = False, exits: bool = False) -> None:
    """Write what was valid last in the units, pair and direction that now stand in the form.

    Where that cannot be worked out, because no price is known, the units stay as they were and it is said.
    """
    last_valid = last_valid_terms()
    if last_valid is None:
        return
    quote = services().previews.quote(value("symbol"))
    fields: Fields = {}
    if amount:
        fields |= _written_amount(last_valid, quote)
    if exits:
        fields |= _written_exits(last_valid, quote)
    if not fields:
        put(last_fields("amount_in", "exit_in", "symbol", "side"))
        say("There is no price yet. Try again in a moment.")
        return
    put(fields)


def put_exit_price(field: str, price: Decimal) -> None:
    """Fill stop or target, in the unit it is written in, so that it lies at this price; nothing where it cannot."""
    last_valid = last_valid_terms()
    quote = services().previews.quote(value("symbol"))
    if last_valid is None or quote is None:
        return
    trade = expected_trade(_side(), last_valid.amount_usdt, last_valid.leverage, last_valid.basis, quote)
    if trade is None:
        return
    won = field == "target"
    usdt = exit_usdt(price, ExitUnit.PRICE, trade, won)
    put({field: _exit_number(usdt, trade, won)})


def put_exit_step(field: str, price: Decimal) -> None:
    """Fill the amount at which an exit steps in so that it lies at this price; nothing where it cannot."""
    last_valid = last_valid_terms()
    quote = services().previews.quote(value("symbol"))
    if last_valid is None or quote is None:
        return
    trade = expected_trade(_side(), last_valid.amount_usdt, last_valid.leverage, last_valid.basis, quote)
    if trade is not None:
        usdt = exit_usdt(price, ExitUnit.PRICE, trade, won=True)
        write_number(trade_exits().key(field), max(rounded(usdt, 2), Decimal(0)))


def _typed() -> dict[str, Any]:
    """Return what a requested trade and a preset have in common."""
    measure, amount_unit = AMOUNTS_IN[value("amount_in")]
    return {
        "amount": _number("amount"),
        "measure": measure,
        "amount_unit": amount_unit,
        "leverage": _leverage(),
        "target": _number("target"),
        "stop": _number("stop"),
        "exit_unit": EXITS_IN[value("exit_in")],
        "basis": Basis.NET if value("after_fees") else Basis.GROSS,
        "reopen": rule_of_fields(reopening()),
    }


def _number(field: str) -> Decimal:
    number: Decimal | None = value(field)
    return Decimal(0) if number is None else number


def _leverage() -> int:
    return max(1, int(value("leverage") or 1))


def _side() -> Side:
    return value("side") or Side.LONG


def _written_amount(last_valid: TradeTerms, quote: Quote | None) -> Fields:
    measure, unit = AMOUNTS_IN[value("amount_in")]
    free = None if quote is None else quote.free_usdt
    amount = amount_from(last_valid.amount_usdt, measure, unit, _leverage(), free)
    return {} if amount is None else {"amount": rounded(amount, AMOUNT_DECIMALS[unit])}


def _written_exits(last_valid: TradeTerms, quote: Quote | None) -> Fields:
    if EXITS_IN[value("exit_in")] is ExitUnit.USDT:
        return {"target": rounded(last_valid.tp_usdt, 2), "stop": rounded(last_valid.sl_usdt, 2)}
    if quote is None:
        return {}
    trade = expected_trade(_side(), last_valid.amount_usdt, last_valid.leverage, last_valid.basis, quote)
    if trade is None:
        return {}
    return {
        "target": _exit_number(last_valid.tp_usdt, trade, won=True),
        "stop": _exit_number(last_valid.sl_usdt, trade, won=False),
    }


def _exit_number(usdt: Decimal, trade: ExpectedTrade, won: bool) -> Decimal:
    unit = EXITS_IN[value("exit_in")]
    requested = max(exit_number(usdt, unit, trade, won), Decimal(0))
    if unit is ExitUnit.PRICE:
        return requested
    return rounded(requested, 2 if unit is ExitUnit.USDT else PERCENT_DECIMALS)
