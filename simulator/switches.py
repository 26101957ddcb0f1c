"""Behaviours on which public accounts of the exchange disagree, each a switch with a stated default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switches:
    """One field per open question; the default is the reading that is most dangerous for a client."""

    close_position_key_includes_family: bool = True  # -4130 keyed by (symbol, side, positionSide, stop|profit)
    duplicate_algo_id_code: int = -4116
    reuse_client_id_after_fill: bool = True
    list_flat_side: bool = False  # positionRisk v3 in hedge mode
    waive_min_notional_for_hedge_close: bool = True
    close_position_time_in_force: str = "GTE_GTC"
    child_original_type: str = "MARKET"
    legacy_order_answer: bool = False  # avgPrice and cumQuote in order answers, as before 2026-06-24
    strict_routing: bool = True  # a stream asked for on the wrong route is acknowledged and stays silent
    taker_fee_rate: str = "0.000500"
    maker_fee_rate: str = "0.000200"
