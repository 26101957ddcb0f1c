"""Behaviours on which public accounts of the exchange disagree, each a switch with a stated default."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

_FEE_RATE = re.compile(r"0(\.[0-9]{1,8})?")
_WORDS = {
    "signature_over": ("sent", "decoded", "either"),
    "close_position_time_in_force": ("GTE_GTC", "GTC"),
    "income_page": ("honoured", "ignored", "refused"),
    "private_stream_without_events": ("all", "none"),
    "listen_key_in_path": ("all", "none"),
    "insurance_cover": ("position", "account"),
}


@dataclass(frozen=True, slots=True)
class Switches:
    """One field per open question; the default is the reading that is most dangerous for a client."""

    close_position_key_includes_family: bool = True  # -4130 keyed by (symbol, side, positionSide, stop|profit)
    duplicate_algo_id_code: int = -4116
    accept_capitalised_booleans: bool = True  # "True" and "TRUE" beside "true"
    signature_over: str = "either"  # what is signed: the bytes as sent, percent-decoded ones, or either
    countdown_cancels_algo_orders: bool = False
    reuse_client_id_after_fill: bool = True
    list_flat_side: bool = False  # positionRisk v3 in hedge mode
    waive_min_notional_for_hedge_close: bool = True
    close_position_time_in_force: str = "GTE_GTC"
    child_original_type: str = "MARKET"
    legacy_order_answer: bool = False  # avgPrice and cumQuote in order answers, as before 2026-06-24
    triggering_milliseconds: int = 0  # how long a conditional order is seen TRIGGERING, its cancel refused with -4117
    strict_routing: bool = True  # a stream asked for on the wrong route is acknowledged and stays silent
    quantity_stop_outlives_position: bool = True  # or expires with it, as closePosition orders do
    show_closers_as_reduce_only: bool = True  # reduceOnly of closing orders in hedge mode, which never send it
    income_page: str = "ignored"  # the parameter `page` of income, which the documentation has dropped
    tick_on_triggers: bool = True  # -4014 for a triggerPrice between two ticks
    bound_stop_prices: bool = False  # -4210 and -4211 for a triggerPrice outside PERCENT_PRICE
    private_stream_without_events: str = "all"  # what a private socket hears that names no events
    listen_key_in_path: str = "all"  # what /private/ws/<listenKey> hears
    insurance_cover: str = "position"  # which position's loss the insurance fund's payment is booked on
    demo_rules: bool = False  # step, order limit and market bound as on the demo venue
    refusal_status: int = 400  # HTTP status of refusals for which no other one is known
    taker_fee_rate: str = "0.000500"
    maker_fee_rate: str = "0.000200"

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise ValueError(f"{name} must be one of {', '.join(words)}")
        for name in ("taker_fee_rate", "maker_fee_rate"):
            if not _FEE_RATE.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be a fraction such as 0.000500")
        if self.triggering_milliseconds < 0:
            raise ValueError("triggering_milliseconds must not be negative")
        if not 400 <= self.refusal_status < 600:
            raise ValueError("refusal_status must be an HTTP status from 400 to 599")


def switched(switches: Switches, choices: Iterable[str]) -> Switches:
    """Return switches with every NAME=VALUE of choices applied; booleans are written true or false.

    Raises:
        ValueError: no switch has that name, or the value does not fit it; the text lists what would.
    """
    for choice in choices:
        name, _, text = choice.partition("=")
        known: dict[str, Any] = {field.name: getattr(switches, field.name) for field in fields(switches)}
        if name not in known:
            raise ValueError(f"no switch is called {name}; there are {', '.join(known)}")
        known[name] = _value_like(known[name], name, text)
        switches = Switches(**known)
    return switches


def _value_like(present: bool | int | str, name: str, text: str) -> bool | int | str:
    if isinstance(present, bool):
        if text not in ("true", "false"):
            raise ValueError(f"{name} must be true or false")
        return text == "true"
    if isinstance(present, int):
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{name} must be a whole number") from None
    return text
