"""The rules of a pair as they are published: those of the catalogue, and what was changed since."""

from dataclasses import replace
from decimal import Decimal

from simulator.interfaces import NEVER_DELIVERED_MS, ContractType, Json, RulesChange, SymbolSpec, SymbolStatus

_DEMO_STEPS = {"BTCUSDT": Decimal("0.0001")}
_DEMO_MAX_ORDERS = 10_000
_DEMO_TAKE_BOUND = Decimal("0.30")


def of_demo(spec: SymbolSpec) -> SymbolSpec:
    """Return a pair's rules as the demo venue showed them on 2026-09-30."""
    spec = replace(spec, max_orders=_DEMO_MAX_ORDERS, market_take_bound=_DEMO_TAKE_BOUND)
    step = _DEMO_STEPS.get(spec.symbol)
    return spec if step is None else changed(spec, spec, RulesChange(step_size=step))


def changed(catalogued: SymbolSpec, rules: SymbolSpec, change: RulesChange) -> SymbolSpec:
    """Return the rules that hold after a change.

    Precisions follow: that of quantities with the step, that of prices where a tick needs more decimals. A deliveryDate
    makes a perpetual contract one whose end is announced, unless the change says what it is.

    Raises:
        ValueError: the tick does not fit the prices that the pair is played at; the text says which would.
    """
    if change.tick_size is not None:
        rules = _with_tick(catalogued, rules, change.tick_size)
    if change.step_size is not None:
        step = change.step_size
        rules = replace(rules, step_size=step, min_quantity=step, quantity_precision=_decimals(step))
    if change.min_notional is not None:
        rules = replace(rules, min_notional=change.min_notional)
    if change.delivery_ms is not None:
        rules = replace(rules, delivery_ms=change.delivery_ms, contract_type=_announced(rules, change.delivery_ms))
    return replace(
        rules,
        status=change.status or rules.status,
        contract_type=change.contract_type or rules.contract_type,
    )


def _announced(rules: SymbolSpec, delivery_ms: int) -> ContractType:
    if delivery_ms >= NEVER_DELIVERED_MS and rules.contract_type is ContractType.PERPETUAL_DELIVERING:
        return ContractType.PERPETUAL
    if delivery_ms < NEVER_DELIVERED_MS and rules.contract_type is ContractType.PERPETUAL:
        return ContractType.PERPETUAL_DELIVERING
    return rules.contract_type


def _with_tick(catalogued: SymbolSpec, rules: SymbolSpec, tick: Decimal) -> SymbolSpec:
    played = catalogued.tick_size
    if tick % played and played % tick:
        raise ValueError(
            f"tickSize of {rules.symbol} must be a multiple of {played:f} or divide it, such as {played * 10:f}"
        )
    if tick * 10 > catalogued.max_price:
        raise ValueError(f"tickSize of {rules.symbol} must be far below its highest price, {catalogued.max_price:f}")
    lowest = max(tick, catalogued.min_price + -catalogued.min_price % tick)
    return replace(
        rules,
        tick_size=tick,
        min_price=lowest,
        max_price=catalogued.max_price - catalogued.max_price % tick,
        price_precision=max(catalogued.price_precision, _decimals(tick)),
    )


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def to_row(rules: SymbolSpec) -> Json:
    """Return what of a pair's rules can be changed, to be kept."""
    return {
        "tickSize": str(rules.tick_size),
        "stepSize": str(rules.step_size),
        "minNotional": str(rules.min_notional),
        "status": str(rules.status),
        "contractType": str(rules.contract_type),
        "deliveryDate": rules.delivery_ms,
    }


def from_row(spec: SymbolSpec, row: Json) -> SymbolSpec:
    """Return the rules that to_row took down, over those of the catalogue or of the demo venue."""
    change = RulesChange(
        tick_size=Decimal(row["tickSize"]),
        step_size=Decimal(row["stepSize"]),
        min_notional=Decimal(row["minNotional"]),
        status=SymbolStatus(row["status"]),
        contract_type=ContractType(row["contractType"]),
        delivery_ms=row["deliveryDate"],
    )
    return changed(spec, spec, change)
