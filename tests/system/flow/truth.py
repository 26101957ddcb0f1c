"""The invariants, checked between the bot's rows and the exchange's own ledger."""

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from database import install_id
from domain.client_ids import ParsedId, parse_client_order_id
from domain.terms import FINAL_STATES, CloseReason, InstructionKind, OrderState, Phase, Purpose, Side
from engine.requests.reports import TIMESTAMP_AHEAD_AT_MOST
from storage.bot_tables import InstructionRow
from storage.income_tables import IncomeRow, IncomeShareRow
from storage.risk_tables import ReachedLimitRow
from storage.tables import FillRow, OrderRow, PositionRow
from tests.system.flow.past import Past, lost_in_resets

D = Decimal
TRADE_ROWS = ("REALIZED_PNL", "COMMISSION")
BARE = "I2 no stop"
_ENDED_UNKNOWN = or_(PositionRow.close_reason == CloseReason.LOST, PositionRow.phase == Phase.FAILED)


def violations(
    session: Session, ledger: dict[str, Any], *, settled: bool = True, past: Past | None = None
) -> list[str]:
    """Return what is wrong, in words; nothing when the invariants hold.

    settled: the bot has had the time to protect, book and tidy up. past: what the exchange forgot in resets: books and
    entries are held against all there ever was, what is open against the present chapter alone.
    """
    past = past or Past()
    whole = past.whole(ledger)
    wrong = _entered_once(session, whole) + _limits_held(session) + lost_in_resets(session, past)
    if settled:
        wrong += _protected_or_flat(session, ledger, past)
        wrong += _moved_towards_profit(session)
        wrong += _evidence(session, whole)
        wrong += _tidy(session, ledger)
        wrong += _exact(session, whole, past)
    return wrong


def _entered_once(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I1: of all entries of one position, at most one executed, and never for more than was asked."""
    install = install_id(session)
    executed: dict[int, list[str]] = defaultdict(list)
    known = {row.client_order_id: row for row in session.scalars(select(OrderRow))}
    for order in ledger["orders"]:
        name = _own_id(install, order["clientOrderId"])
        if name is None or name.purpose is not Purpose.ENTRY or D(order["executedQty"]) <= 0:
            continue
        if not _older(order["time"], known.get(order["clientOrderId"])):
            executed[name.position_id].append(order["clientOrderId"])
    wrong = [
        f"I1 position {position} was entered {len(ids)} times: {ids}"
        for position, ids in executed.items()
        if len(ids) > 1
    ]
    wrong += [f"I8 {name} executed and is not known" for ids in executed.values() for name in ids if name not in known]
    return wrong


def _limits_held(session: Session) -> list[str]:
    """I9: no entry is made while a limit of the whole account that was reached holds."""
    entries = session.scalars(select(OrderRow).where(OrderRow.purpose == Purpose.ENTRY)).all()
    limits = session.scalars(select(ReachedLimitRow).where(ReachedLimitRow.plan_id.is_(None))).all()
    return [
        f"I9 {entry.client_order_id} was made at {entry.created_at:%T} although {limit.kind} was reached"
        for entry in entries
        for limit in limits
        if limit.account_id == entry.account_id
        and limit.reached_at < entry.created_at
        and (limit.lifted_at is None or entry.created_at < limit.lifted_at)
    ]


def _own_id(install: str, client_id: str) -> ParsedId | None:
    """Return the parts of an id of this install, None for every other id."""
    name = parse_client_order_id(client_id)
    return name if name is not None and name.install == install else None


def _older(milliseconds: int, row: OrderRow | None) -> bool:
    """Whether an order is from before the one of ours that has its id: then it is somebody else's."""
    return row is None or milliseconds < (row.created_at - TIMESTAMP_AHEAD_AT_MOST).timestamp() * 1000


def _protected_or_flat(session: Session, ledger: dict[str, Any], past: Past) -> list[str]:
    """I2: whatever is open has a stop; I1 again: the position holds what our positions say, and external traders."""
    stops = {
        (row["symbol"], row["positionSide"])
        for row in ledger["algoOrders"]
        if row["algoStatus"] == "NEW" and row["orderType"] == "STOP_MARKET"
    }
    wrong = []
    held = {(r["symbol"], r["positionSide"]): abs(D(r["positionAmt"])) for r in ledger["positions"]}
    held = {key: quantity for key, quantity in held.items() if quantity}
    ours: dict[tuple[str, str], Decimal] = {}
    for position in session.scalars(select(PositionRow).where(PositionRow.phase.in_([Phase.OPEN, Phase.CLOSING]))):
        key = (position.symbol, position.side.value)
        ours[key] = position.entry_quantity - position.exit_quantity + position.external_quantity
        if key in held and key not in stops:
            wrong.append(f"{BARE} on {key} of position {position.id}")
    left_by_others = _left_by_others(session, ledger, past)
    for key in ours.keys() | held.keys() | left_by_others.keys():
        known = ours.get(key, left_by_others.get(key, D(0)))
        if known != held.get(key, D(0)):
            wrong.append(f"I3 {key}: the bot says {known}, the exchange {held.get(key)}")
    return wrong


def _left_by_others(session: Session, ledger: dict[str, Any], past: Past) -> dict[tuple[str, str], Decimal]:
    """Return by key what the chapter began with and all its trades, without our positions', make the account hold."""
    ours: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for fill in session.scalars(select(FillRow).where(FillRow.position_id.is_not(None))):
        ours[fill.symbol, fill.trade_id] += fill.quantity
    left = past.seeded_by_key()
    for row in ledger["trades"]:
        opening = (row["side"] == "BUY") == (row["positionSide"] == Side.LONG)
        quantity = D(row["qty"]) - ours[row["symbol"], int(row["id"])]
        left[row["symbol"], row["positionSide"]] += quantity if opening else -quantity
    return left


def _moved_towards_profit(session: Session) -> list[str]:
    """No stop that the exchange took lies farther from profit than one before, unless the person moved it."""
    by_hand = set(
        session.scalars(
            select(InstructionRow.position_id).where(InstructionRow.kind == InstructionKind.EDIT_PROTECTION)
        )
    )
    wrong = []
    for run in session.scalars(select(PositionRow).where(PositionRow.exits.is_not(None))):
        orders = list(session.scalars(select(OrderRow).where(OrderRow.position_id == run.id).order_by(OrderRow.id)))
        entered = max((o.final_at for o in orders if o.purpose is Purpose.ENTRY and o.final_at), default=None)
        if run.id in by_hand or run.external_quantity or run.own_part_only or entered is None:
            continue
        taken = [o for o in orders if o.purpose in (Purpose.STOP, Purpose.INTERIM) and o.algo_id is not None]
        taken.sort(key=lambda order: (order.sent_at, order.id))  # a spare was written before others that went first
        prices = [o.trigger_price for o in taken if o.trigger_price is not None and o.created_at > entered]
        for before, price in pairwise(prices):
            if run.side.sign * (price - before) < 0:
                wrong.append(f"I2 the stop of run {run.id} went from {before} to {price}, away from profit")
    return wrong


def _evidence(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I3: a closed position's fills are in the exchange's trades and bring it to exactly zero."""
    trades = {int(row["id"]) for row in ledger["trades"]}
    wrong = []
    for position in session.scalars(select(PositionRow).where(PositionRow.phase == Phase.CLOSED)):
        fills = list(session.scalars(select(FillRow).where(FillRow.position_id == position.id)))
        if position.entry_quantity != position.exit_quantity and position.close_reason is not CloseReason.LOST:
            wrong.append(
                f"I3 position {position.id} closed with {position.entry_quantity} in and {position.exit_quantity} out"
            )
        if any(fill.trade_id not in trades for fill in fills):
            wrong.append(f"I3 position {position.id} was closed by trades the exchange does not have")
    return wrong


def _tidy(session: Session, ledger: dict[str, Any]) -> list[str]:
    """No order of an ended position rests, and no order of ours rests that is not known."""
    install = install_id(session)
    orders = {row.client_order_id: row for row in session.scalars(select(OrderRow))}
    ended = set(
        session.scalars(select(PositionRow.id).where(PositionRow.phase.in_([Phase.CLOSED, Phase.FAILED]))).all()
    )
    wrong = []
    for row in ledger["algoOrders"]:
        name = _own_id(install, row["clientAlgoId"])
        order = orders.get(row["clientAlgoId"])
        if row["algoStatus"] != "NEW" or name is None or (order is not None and _older(row["createTime"], order)):
            continue
        if order is None:
            wrong.append(f"I8 {row['clientAlgoId']} rests and is not known")
        elif order.position_id in ended:
            wrong.append(f"I2 {row['clientAlgoId']} of an ended position still rests")
        elif order.state is not OrderState.WORKING:
            wrong.append(f"I8 {row['clientAlgoId']} rests and is {order.state} here")
    wrong += [
        f"I8 {order.client_order_id} of an ended position is {order.state}"
        for order in orders.values()
        if order.position_id in ended and order.state not in FINAL_STATES
    ]
    return wrong


def _exact(session: Session, ledger: dict[str, Any], past: Past) -> list[str]:
    """I4: fills, fees, results and funding are the exchange's figures to the last digit.

    A trade that a reset took before it was read has no place in the books of a position that ended unknown.
    """
    trades = {(row["symbol"], int(row["id"])): row for row in ledger["trades"]}
    booked: dict[tuple[str, int], list[FillRow]] = defaultdict(list)
    for fill in session.scalars(select(FillRow)):
        booked[fill.symbol, fill.trade_id].append(fill)
    wrong = [
        f"I4 trade {key} is booked otherwise than the exchange says"
        for key, parts in booked.items()
        if key not in trades or not _adds_up(parts, trades[key])
    ]
    ours = {row.client_order_id: row for row in session.scalars(select(OrderRow))}
    our_orders = {
        int(row["orderId"]): ours[row["clientOrderId"]].position_id
        for row in ledger["orders"]
        if not _older(row["time"], ours.get(row["clientOrderId"]))
    }
    forgotten = {int(row["orderId"]) for row in past.orders}
    ended_unknown = set(session.scalars(select(PositionRow.id).where(_ENDED_UNKNOWN)))
    for key, row in trades.items():
        if int(row["orderId"]) in forgotten and our_orders.get(int(row["orderId"])) in ended_unknown:
            continue
        if int(row["orderId"]) in our_orders and key not in booked:
            wrong.append(f"I4 trade {key} of our order {row['orderId']} is not booked")
    for position in session.scalars(select(PositionRow).where(PositionRow.net_usdt.is_not(None))):
        gross, fees, funding = _money_of(session, position)
        if (position.gross_usdt, position.fees_usdt, position.funding_usdt) != (gross, fees, funding):
            wrong.append(
                f"I4 position {position.id}: {position.gross_usdt} {position.fees_usdt} {position.funding_usdt}, "
                f"not {gross} {fees} {funding}"
            )
        if position.net_usdt != gross - fees + funding:
            wrong.append(
                f"I4 position {position.id} nets {position.net_usdt}, its parts add up to {gross - fees + funding}"
            )
    return wrong + _positions_and_bucket(session, ledger)


def _adds_up(parts: list[FillRow], row: dict[str, Any]) -> bool:
    """Whether the parts of a trade, one for each whose it is, add up to the exchange's row."""
    same_price = {part.price for part in parts} == {D(row["price"])}
    return same_price and all(
        sum((getattr(part, column) for part in parts), D(0)) == D(row[name])
        for column, name in (("quantity", "qty"), ("commission", "commission"), ("realized_pnl", "realizedPnl"))
    )


def _money_of(session: Session, position: PositionRow) -> tuple[Decimal, Decimal, Decimal]:
    fills = list(session.scalars(select(FillRow).where(FillRow.position_id == position.id)))
    shares = session.scalars(select(IncomeShareRow.amount).where(IncomeShareRow.position_id == position.id))
    return (
        sum((fill.realized_pnl for fill in fills), D(0)),
        sum((fill.fee_usdt for fill in fills if fill.fee_usdt is not None), D(0)),
        sum(shares, D(0)),
    )


def _positions_and_bucket(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I4: what the positions say they earned and what is not ours make the account's income, in each asset.

    Income without a trade counts as not ours as long as no position claims a share of it: it is read every few minutes.
    """
    fills = list(session.scalars(select(FillRow)))
    booked: dict[str, Decimal] = defaultdict(Decimal)  # by asset: positions and what is not ours
    for position in session.scalars(select(PositionRow)):
        gross, _, funding = _money_of(session, position)
        booked["USDT"] += gross + funding
    for part in fills:
        booked["USDT"] += part.realized_pnl if part.position_id is None else D(0)
        booked[part.commission_asset] -= part.commission
    known = {(part.symbol, part.trade_id) for part in fills}
    income: dict[str, Decimal] = defaultdict(Decimal)
    for row in ledger["income"]:
        amount = D(row["income"])
        income[row["asset"]] += amount
        if row["incomeType"] not in TRADE_ROWS:
            shares = select(IncomeShareRow.amount).join(IncomeRow, IncomeRow.id == IncomeShareRow.income_id)
            of_row = (IncomeRow.income_type == row["incomeType"], IncomeRow.tran_id == int(row["tranId"]))
            booked[row["asset"]] += amount - sum(session.scalars(shares.where(*of_row)), D(0))
        elif (row["symbol"], int(row["tradeId"])) not in known:
            booked[row["asset"]] += amount
    return [
        f"I4 positions and others, {booked[asset]} {asset}, are not the income {income[asset]}"
        for asset in booked.keys() | income.keys()
        if booked[asset] != income[asset]
    ]


def unbooked_income(session: Session, ledger: dict[str, Any]) -> list[str]:
    """I4: the income history is booked row for row; for after an income read."""
    booked = {(row.income_type, row.tran_id): (row.amount, row.symbol) for row in session.scalars(select(IncomeRow))}
    return [
        f"I4 income {row['incomeType']} {row['tranId']} of {row['income']} is not booked"
        for row in ledger["income"]
        if booked.get((row["incomeType"], int(row["tranId"]))) != (D(row["income"]), row["symbol"])
    ]
