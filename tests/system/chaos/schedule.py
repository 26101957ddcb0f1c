"""Random schedules of moves, faults, kills, external traders and instructions: the same seed draws the same steps."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.risk.limits import RiskLimits

SYMBOLS = ("BTCUSDT", "ETHUSDT")
SEEDED = "SOLUSDT"  # what appears without a trade beside one that is being opened, nothing could explain
WRITES = ("POST /fapi/v1/order", "POST /fapi/v1/algoOrder", "DELETE /fapi/v1/algoOrder")
READS = (
    "GET /fapi/v1/order",
    "GET /fapi/v1/algoOrder",
    "GET /fapi/v1/openAlgoOrders",
    "GET /fapi/v3/positionRisk",
    "GET /fapi/v1/userTrades",
    "GET /fapi/v1/time",
)
SOCKETS = ("WS /private*",)
WRITE_FAULTS = (
    "drop_before",
    "drop_after",
    "unknown_executed",
    "unknown_not_executed",
    "timeout_executed",
    "timeout_not_executed",
    "late",
    "throttled",
    "rate_limited",
    "delay",
    "partial_fill",
    "unfilled",
    "reject_at_trigger",
    "html_502",
)
READ_FAULTS = ("drop_before", "drop_after", "amnesia", "read_lag", "delay", "html_502", "rate_limited")
# Of reads and writes alike: an answer that hangs, is damaged or another one's, and connections that are dead.
ANSWER_FAULTS = ("drip", "stall_headers", "truncate", "corrupt_gzip", "wrong_answer", "dead_keepalive")
# Market orders are left out: their ids are free again once they are filled, so that each delivery would execute.
TAKEN_ONCE = ("POST /fapi/v1/algoOrder", "DELETE /fapi/v1/algoOrder")
LISTS = ("GET /fapi/v1/openAlgoOrders", "GET /fapi/v3/positionRisk", "GET /fapi/v1/userTrades", "GET /fapi/v1/income")
# Only closing, margin, step, tick, no room for stops, too many orders.
REFUSALS = (-4400, -2019, -1111, -4014, -4045, -1015)
OTHER_STEPS = {"BTCUSDT": ("0.0001", "0.001"), "ETHUSDT": ("0.0001", "0.001")}
OTHER_TICKS = {"BTCUSDT": ("0.5", "0.1"), "ETHUSDT": ("0.05", "0.01")}
SOCKET_FAULTS = ("ws_drop", "ws_silent", "ws_duplicate", "ws_reorder", "listen_key_expired", "half_open")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, some seconds after the one before it."""

    after_seconds: float
    kind: str
    details: dict[str, Any]


# What public accounts of the exchange disagree on, each reading as likely as the others.
OPEN_QUESTIONS = {
    "close_position_key_includes_family": ("true", "false"),
    "reuse_client_id_after_fill": ("true", "false"),
    "list_flat_side": ("true", "false"),
    "close_position_time_in_force": ("GTE_GTC", "GTC"),
    "child_original_type": ("MARKET", "STOP_MARKET"),
    "legacy_order_answer": ("true", "false"),
    "triggering_milliseconds": ("0", "300"),
    "quantity_stop_outlives_position": ("true", "false"),
    "show_closers_as_reduce_only": ("true", "false"),
    "income_page": ("honoured", "ignored", "refused"),
    "tick_on_triggers": ("true", "false"),
    "private_stream_without_events": ("all", "none"),
    "listen_key_in_path": ("all", "none"),
    "insurance_cover": ("position", "account"),
    "duplicate_algo_id_code": ("-4116", "-4015"),
    "accept_capitalised_booleans": ("true", "false"),
    "signature_over": ("sent", "decoded", "either"),
    "countdown_cancels_algo_orders": ("true", "false"),
    "waive_min_notional_for_hedge_close": ("true", "false"),
    "strict_routing": ("true", "false"),
    "bound_stop_prices": ("true", "false"),
    "demo_rules": ("true", "false"),
    "refusal_status": ("400", "409"),
    "taker_fee_rate": ("0.000500", "0.000400"),
    "maker_fee_rate": ("0.000200", "0.000150"),
}


def switches(seed: str) -> dict[str, str]:
    """Return how the exchange of a schedule reads the open questions, by the switch of each."""
    dice = random.Random(f"switches of {seed}")
    return {name: dice.choice(readings) for name, readings in OPEN_QUESTIONS.items()}


def limits(seed: str) -> RiskLimits | None:
    """Return the limits of the account in a schedule, None in every other one."""
    dice = random.Random(f"limits of {seed}")
    if dice.random() < 0.5:
        return None
    return RiskLimits(
        day_loss_usdt=dice.choice((None, Decimal(8), Decimal(20))),
        losses_in_a_row=dice.choice((None, 1, 2)),
        open_positions=dice.choice((None, 1, 2)),
        count_open_risk=dice.random() < 0.5,
    )


def schedule(seed: str, steps: int = 12) -> list[Step]:
    """Return the steps of a seed; the first opens a trade, the others are drawn."""
    dice = random.Random(seed)
    drawn = [Step(0.0, "open", _open(dice))]
    makers: dict[str, tuple[Callable[[random.Random], dict[str, Any]], float]] = {
        "open": (_open, 3),
        "price": (_price, 3),
        "price_apart": (_price, 0.5),
        "fire": (_fire, 3),
        "wall": (_wall, 1),
        "fault": (_fault, 6),
        "kill": (_nothing, 2),
        "freeze": (_span, 1),
        "silence": (_span, 1),
        "cut_database": (_nothing, 1),
        "hang_database": (_hang, 1),
        "refuse_stop": (_refuse, 0.7),
        "advance": (_advance, 1),
        "external_add": (_external_add, 1),
        "external_leave": (_pick, 1),
        "external_reduce": (_share, 1),
        "external_cancel": (_pick, 1),
        "take_over": (_pick, 0.7),
        "close_external": (_pick, 0.3),
        "ignore": (_pick, 0.5),
        "close": (_pick, 1),
        "close_part": (_share, 1),
        "edit": (_edit, 1.5),
        "pause": (_pick, 0.5),
        "skip": (_pick, 0.5),
        "reopen_now": (_pick, 1),
        "restart_exchange": (_nothing, 0.3),
        "refusal": (_refusal, 1),
        "odd_row": (_odd_row, 1),
        "ban": (_ban, 0.5),
        "change_tick": (_tick, 0.7),
        "delist": (_delist, 0.3),
        "change_step": (_step, 0.7),
        "reset_account": (_reset, 0.5),
    }
    kinds, weights = list(makers), [weight for _, weight in makers.values()]
    for kind in dice.choices(kinds, weights, k=steps):
        drawn.append(Step(round(dice.choice((0.0, 0.05, 0.3, 1.0)), 3), kind, makers[kind][0](dice)))
    return drawn


def _open(dice: random.Random) -> dict[str, Any]:
    return {
        "symbol": dice.choice(SYMBOLS),
        "side": dice.choice(("LONG", "SHORT")),
        "amount": dice.choice(("100", "150")),
        "tp": dice.choice(("6", "10")),
        "sl": dice.choice(("5", "8")),
        "reopen": dice.random() < 0.6,
        "exits": _exits(dice),
    }


def _exits(dice: random.Random) -> dict[str, Any] | None:
    """Return exits that move, none for every other trade; all within what prices of a schedule can reach."""
    if dice.random() < 0.5:
        return None
    trail = {"unit": "percent", "distance": dice.choice(("0.1", "0.3")), "after_usdt": dice.choice((None, "1"))}
    targets = [{"at_usdt": "2", "share_percent": "50"}, {"at_usdt": "5", "share_percent": dice.choice(("50", "25"))}]
    drawn: dict[str, Any] = {
        "break_even_after_usdt": dice.choice((None, "1.5")),
        "trail": dice.choice((None, trail)),
        "lock_ins": dice.choice(([], [{"after_usdt": "3", "keep_usdt": "1"}])),
        "targets": dice.choice(([], targets)),
        "time_stop": dice.choice((None, None, {"after_seconds": 600, "only_in_profit": dice.random() < 0.5})),
    }
    return drawn | {"stop_follows_targets": bool(drawn["targets"]) and dice.random() < 0.5}


def _price(dice: random.Random) -> dict[str, Any]:
    return {"symbol": dice.choice(SYMBOLS), "factor": f"{1 + dice.uniform(-0.004, 0.004):.5f}"}


def _fire(dice: random.Random) -> dict[str, Any]:
    return {"which": dice.choice(("stop", "target")), "pick": dice.random(), "beyond": dice.choice(("0", "0.002"))}


def _fault(dice: random.Random) -> dict[str, Any]:
    groups = (
        (WRITES, WRITE_FAULTS),
        (WRITES, WRITE_FAULTS),
        (WRITES, ANSWER_FAULTS),
        (TAKEN_ONCE, ("delivered_twice",)),
        (READS, READ_FAULTS),
        (READS, ANSWER_FAULTS),
        (SOCKETS, SOCKET_FAULTS),
    )
    matches, kinds = dice.choices(groups, (4, 4, 3, 1, 4, 3, 3))[0]
    return {
        "match": dice.choice(matches),
        "kind": dice.choice(kinds),
        "times": dice.choice((1, 1, 2, 4)),
        "seconds": dice.choice((0.3, 1, 3)),
        "fraction": dice.choice(("0.3", "0.7")),
    }


def _span(dice: random.Random) -> dict[str, Any]:
    return {"seconds": dice.choice((0.3, 1.5, 3.0, 6.0))}


def _hang(dice: random.Random) -> dict[str, Any]:
    meanwhile = ("nothing", "external_cancel", "external_cancel", "stop", "target", "kill")
    return {
        "seconds": dice.choice((0.7, 2.5, 6.0)),
        "meanwhile": dice.choice(meanwhile),
        "pick": dice.random(),
        "times": dice.choice((1, 1, 2)),
        "between_seconds": dice.choice((0.1, 0.7)),
    }


def _refuse(dice: random.Random) -> dict[str, Any]:
    return {"pick": dice.random(), "lost_closes": dice.choice((0, 1, 2))}


def _advance(dice: random.Random) -> dict[str, Any]:
    return {"seconds": dice.choice((2, 7, 61, 700))}


def _wall(dice: random.Random) -> dict[str, Any]:
    return {"pick": dice.random(), "times": dice.choice((2, 4)), "gap_seconds": dice.choice((0, 0.02, 0.2))}


def _external_add(dice: random.Random) -> dict[str, Any]:
    return {"symbol": dice.choice(SYMBOLS), "side": dice.choice(("LONG", "SHORT")), "lots": dice.choice((1, 3))}


def _share(dice: random.Random) -> dict[str, Any]:
    return {"pick": dice.random(), "share": dice.choice(("0.3", "0.5", "1"))}


def _pick(dice: random.Random) -> dict[str, Any]:
    return {"pick": dice.random()}


def _edit(dice: random.Random) -> dict[str, Any]:
    return {
        "pick": dice.random(),
        "which": dice.choice(("stop", "stop", "target", "both")),
        "factor": dice.choice(("0.3", "0.6", "-0.5", "1.5")),
    }


def _refusal(dice: random.Random) -> dict[str, Any]:
    match = dice.choice((*WRITES, "GET /fapi/v1/openAlgoOrders", "GET /fapi/v3/positionRisk"))
    return {"match": match, "code": dice.choice(REFUSALS), "times": dice.choice((1, 2))}


def _odd_row(dice: random.Random) -> dict[str, Any]:
    return {"match": dice.choice(LISTS), "times": dice.choice((1, 4))}


def _ban(dice: random.Random) -> dict[str, Any]:
    return {"match": dice.choice((*WRITES, *READS)), "seconds": dice.choice((0.5, 2))}


def _tick(dice: random.Random) -> dict[str, Any]:
    symbol = dice.choice(SYMBOLS)
    return {"symbol": symbol, "tick": dice.choice(OTHER_TICKS[symbol])}


def _step(dice: random.Random) -> dict[str, Any]:
    symbol = dice.choice(SYMBOLS)
    return {"symbol": symbol, "step": dice.choice(OTHER_STEPS[symbol])}


def _reset(dice: random.Random) -> dict[str, Any]:
    return {"symbol": SEEDED, "side": dice.choice(("LONG", "SHORT")), "lots": dice.choice((0, 1, 3))}


def _delist(dice: random.Random) -> dict[str, Any]:
    return {"symbol": dice.choice(SYMBOLS), "seconds": dice.choice((0.3, 2))}


def _nothing(_: random.Random) -> dict[str, Any]:
    return {}
