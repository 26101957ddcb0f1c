"""The invariants, checked between the bot's rows and the exchange's own ledger."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from database_tables import FillRow, IncomeRow, IncomeShareRow, OrderRow, PositionRow
from domain.client_ids import parse_client_order_id
from domain.terms import FINAL_STATES, OrderState, Phase, Purpose

D = Decimal
BARE = "I2 no stop"


def violations(session: Session, ledger: dict[str, Any], *, settled: bool = True) -> list[str]:
    """Return what is wrong, in words; nothing when the invariants hold.

    settled: the bot has had the time to protect, book and tidy up.
    """
    wrong = _entered_once(session, ledger)
    if settled:
        wrong += _protected_or_flat(session, ledger)
        wrong += _evidence(session, ledger)
        wrong += _tidy(session, ledger)
        wrong += _exact(session, ledger)
    return wrong


def _entered_once(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I1: of all entries of one run, at most one executed, and never for more than was asked."""
    executed: dict[int, list[str]] = defaultdict(list)
    for order in ledger["orders"]:
        name = parse_client_order_id(order["clientOrderId"])
        if name is not None and name.purpose is Purpose.ENTRY and D(order["executedQty"]) > 0:
            executed[name.position_id].append(order["clientOrderId"])
    known = {row.client_order_id for row in session.scalars(select(OrderRow))}
    wrong = [f"I1 run {run} was entered {len(ids)} times: {ids}" for run, ids in executed.items() if len(ids) > 1]
    wrong += [f"I8 {name} executed and is not known" for ids in executed.values() for name in ids if name not in known]
    return wrong


def _protected_or_flat(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I2: whatever is open has a stop; I1 again: the place holds what our runs say, and foreign hands."""
    stops = {
        (row["symbol"], row["positionSide"])
        for row in ledger["algoOrders"]
        if row["algoStatus"] == "NEW" and row["orderType"] == "STOP_MARKET"
    }
    wrong = []
    held = {(r["symbol"], r["positionSide"]): abs(D(r["positionAmt"])) for r in ledger["positions"]}
    held = {place: quantity for place, quantity in held.items() if quantity}
    ours: dict[tuple[str, str], Decimal] = {}
    for run in session.scalars(select(PositionRow).where(PositionRow.phase.in_([Phase.OPEN, Phase.CLOSING]))):
        place = (run.symbol, run.side.value)
        ours[place] = run.entry_quantity - run.exit_quantity + run.foreign_quantity
        if place not in stops:
            wrong.append(f"{BARE} on {place} of run {run.id}")
    foreign = _opened_by_others(session, ledger)
    for place in ours.keys() | held.keys():
        if place not in ours and held[place] <= foreign[place]:
            continue  # somebody else's alone
        if ours.get(place, D(0)) != held.get(place, D(0)):
            wrong.append(f"I3 {place}: the bot says {ours.get(place)}, the exchange {held.get(place)}")
    return wrong


def _opened_by_others(session: Session, ledger: dict[str, Any]) -> dict[tuple[str, str], Decimal]:
    """Return by place how much was ever opened there by orders that are not ours."""
    known = set(session.scalars(select(OrderRow.client_order_id)))
    ours = {row["orderId"] for row in ledger["orders"] if row["clientOrderId"] in known}
    opened: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for trade in ledger["trades"]:
        if trade["orderId"] not in ours and (trade["side"] == "BUY") == (trade["positionSide"] == "LONG"):
            opened[trade["symbol"], trade["positionSide"]] += D(trade["qty"])
    return opened


def _evidence(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I3: a closed run's fills are in the exchange's trades and bring it to zero."""
    trades = {int(row["id"]) for row in ledger["trades"]}
    wrong = []
    for run in session.scalars(select(PositionRow).where(PositionRow.phase == Phase.CLOSED)):
        fills = list(session.scalars(select(FillRow).where(FillRow.position_id == run.id)))
        # A closePosition order takes what foreign hands added to our place with it, and nothing beyond that.
        beyond = run.exit_quantity - run.entry_quantity
        if beyond < 0 or beyond > _added_by_others(session, run):
            wrong.append(f"I3 run {run.id} closed with {run.entry_quantity} in and {run.exit_quantity} out")
        if any(fill.trade_id not in trades for fill in fills):
            wrong.append(f"I3 run {run.id} was closed by trades the exchange does not have")
    return wrong


def _added_by_others(session: Session, run: PositionRow) -> Decimal:
    added = select(FillRow.quantity).where(
        FillRow.account_id == run.account_id,
        FillRow.position_id.is_(None),
        FillRow.symbol == run.symbol,
        FillRow.side == run.side,
        FillRow.opening.is_(True),
    )
    return sum(session.scalars(added), D(0))


def _tidy(session: Session, ledger: dict[str, Any]) -> list[str]:
    """No order of an ended run rests, and no order of ours rests that is not known."""
    orders = {row.client_order_id: row for row in session.scalars(select(OrderRow))}
    ended = set(
        session.scalars(select(PositionRow.id).where(PositionRow.phase.in_([Phase.CLOSED, Phase.FAILED]))).all()
    )
    wrong = []
    for row in ledger["algoOrders"]:
        name = parse_client_order_id(row["clientAlgoId"])
        if row["algoStatus"] != "NEW" or name is None:
            continue
        order = orders.get(row["clientAlgoId"])
        if order is None:
            wrong.append(f"I8 {row['clientAlgoId']} rests and is not known")
        elif order.position_id in ended:
            wrong.append(f"I2 {row['clientAlgoId']} of an ended run still rests")
        elif order.state is not OrderState.WORKING:
            wrong.append(f"I8 {row['clientAlgoId']} rests and is {order.state} here")
    wrong += [
        f"I8 {order.client_order_id} of an ended run is {order.state}"
        for order in orders.values()
        if order.position_id in ended and order.state not in FINAL_STATES
    ]
    return wrong


def _exact(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I4: fills, fees, results and funding are the exchange's figures to the last digit."""
    trades = {(row["symbol"], int(row["id"])): row for row in ledger["trades"]}
    wrong = []
    booked: set[tuple[str, int]] = set()
    for fill in session.scalars(select(FillRow)):
        row = trades.get((fill.symbol, fill.trade_id))
        booked.add((fill.symbol, fill.trade_id))
        if row is None or (fill.price, fill.quantity, fill.commission, fill.realized_pnl) != (
            D(row["price"]),
            D(row["qty"]),
            D(row["commission"]),
            D(row["realizedPnl"]),
        ):
            wrong.append(f"I4 trade {fill.trade_id} is booked otherwise than the exchange says")
    ours = {row.client_order_id for row in session.scalars(select(OrderRow))}
    our_orders = {int(row["orderId"]) for row in ledger["orders"] if row["clientOrderId"] in ours}
    for key, row in trades.items():
        if int(row["orderId"]) in our_orders and key not in booked:
            wrong.append(f"I4 trade {key} of our order {row['orderId']} is not booked")
    for run in session.scalars(select(PositionRow).where(PositionRow.net_usdt.is_not(None))):
        fills = list(session.scalars(select(FillRow).where(FillRow.position_id == run.id)))
        gross = sum((fill.realized_pnl for fill in fills), D(0))
        fees = sum((fill.commission for fill in fills), D(0))
        shares = session.scalars(select(IncomeShareRow.amount).where(IncomeShareRow.position_id == run.id))
        funding = sum(shares, D(0))
        if (run.gross_usdt, run.fees_usdt, run.funding_usdt) != (gross, fees, funding):
            wrong.append(
                f"I4 run {run.id}: {run.gross_usdt} {run.fees_usdt} {run.funding_usdt}, not {gross} {fees} {funding}"
            )
        if run.net_usdt != gross - fees + funding:
            wrong.append(f"I4 run {run.id} nets {run.net_usdt}, its parts add up to {gross - fees + funding}")
    return wrong


def unbooked_income(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I4: the income history is booked row for row; for after an income read."""
    booked = {(row.income_type, row.tran_id): (row.amount, row.symbol) for row in session.scalars(select(IncomeRow))}
    return [
        f"I4 income {row['incomeType']} {row['tranId']} of {row['income']} is not booked"
        for row in ledger["income"]
        if booked.get((row["incomeType"], int(row["tranId"]))) != (D(row["income"]), row["symbol"])
    ]
