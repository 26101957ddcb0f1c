"""Trade terms as JSON and back: how an instruction keeps what a person asked for.

The shape, money as strings so that no digit is lost on the way:

    {"symbol": "BTCUSDT", "side": "LONG", "amount_usdt": "150", "leverage": 20,
     "tp_usdt": "15.00", "sl_usdt": "10.00", "basis": "net",
     "reopen": {"enabled": true, "delay_seconds": 300, "maximum": 20, "after_target": true, "after_stop": true},
     "exits": null}

``maximum`` is null where there is no maximum; ``exits`` is null or missing where none move, else as in exit_plan_json.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import InvalidOperation
from typing import Any

from domain.exit_plan_checks import check_exits
from domain.exit_plan_json import BadExits, loaded_exits, stored_exits
from domain.json_values import money, switch, text, whole
from domain.numbers import number_refusal
from domain.terms import Basis, ReopenRule, Side, TradeTerms


class BadTerms(ValueError):
    """These terms cannot be traded as they stand: show the messages and ask again."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


def terms_to_json(terms: TradeTerms) -> dict[str, Any]:
    """Return terms in the shape above; money as plain strings without exponent."""
    return {
        "symbol": terms.symbol,
        "side": terms.side.value,
        "amount_usdt": format(terms.amount_usdt, "f"),
        "leverage": terms.leverage,
        "tp_usdt": format(terms.tp_usdt, "f"),
        "sl_usdt": format(terms.sl_usdt, "f"),
        "basis": terms.basis.value,
        "reopen": {
            "enabled": terms.reopen.enabled,
            "delay_seconds": int(terms.reopen.delay.total_seconds()),
            "maximum": terms.reopen.maximum,
            "after_target": terms.reopen.after_target,
            "after_stop": terms.reopen.after_stop,
        },
        "exits": stored_exits(terms.exits),
    }


def terms_from_json(json: Mapping[str, Any]) -> TradeTerms:
    """Return the terms kept in json, exactly as they were put in.

    Raises:
        BadTerms: something is missing, unknown or not a number; or check_terms finds them untradable.
    """
    try:
        reopen = json["reopen"]
        terms = TradeTerms(
            symbol=text(json["symbol"]),
            side=Side(json["side"]),
            amount_usdt=money(json["amount_usdt"]),
            leverage=whole(json["leverage"]),
            tp_usdt=money(json["tp_usdt"]),
            sl_usdt=money(json["sl_usdt"]),
            basis=Basis(json["basis"]),
            reopen=ReopenRule(
                enabled=switch(reopen["enabled"]),
                delay=timedelta(seconds=whole(reopen["delay_seconds"])),
                maximum=None if reopen["maximum"] is None else whole(reopen["maximum"]),
                after_target=switch(reopen["after_target"]),
                after_stop=switch(reopen["after_stop"]),
            ),
            exits=loaded_exits(json.get("exits")),
        )
    except BadExits as wrong:
        raise BadTerms(wrong.messages) from wrong
    except KeyError as missing:
        raise BadTerms((f"The trade does not say its {missing.args[0]}.",)) from missing
    except (TypeError, ValueError, InvalidOperation, OverflowError) as error:
        raise BadTerms((f"The trade cannot be read: {error}.",)) from error
    check_terms(terms)
    return terms


def check_terms(terms: TradeTerms) -> None:
    """Refuse terms that make no sense on any exchange.

    Raises:
        BadTerms: with one plain sentence for each thing that is wrong.
    """
    reopen = terms.reopen
    wrong = {
        "Choose a pair.": not terms.symbol,
        "The stake must be more than 0 USDT.": terms.amount_usdt.is_nan() or terms.amount_usdt <= 0,
        "The leverage must be 1 or more.": terms.leverage < 1,
        "The take profit must be more than 0 USDT.": terms.tp_usdt.is_nan() or terms.tp_usdt <= 0,
        "The stop loss must be more than 0 USDT.": terms.sl_usdt.is_nan() or terms.sl_usdt <= 0,
        "The wait before opening again cannot be negative.": reopen.delay < timedelta(0),
        "The number of rounds must be 1 or more.": reopen.maximum is not None and reopen.maximum < 1,
    }
    amounts = {"stake": terms.amount_usdt, "take profit": terms.tp_usdt, "stop loss": terms.sl_usdt}
    messages = tuple(sentence for sentence, holds in wrong.items() if holds)
    messages += tuple(f"The {name}: {words}" for name, amount in amounts.items() if (words := number_refusal(amount)))
    messages += check_exits(terms.exits, terms.tp_usdt if terms.tp_usdt.is_finite() else None)
    if messages:
        raise BadTerms(messages)
