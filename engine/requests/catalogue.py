"""Every request that the monitor may make."""

from engine.requests.account import (
    ReadAccount,
    ReadBalance,
    ReadBrackets,
    ReadIncome,
    ReadRules,
    ReadSymbol,
    ReconcilePosition,
    ValueFees,
)
from engine.requests.adoption import ReadAdoption
from engine.requests.entry import PrepareEntry
from engine.requests.history import VerifyHistory
from engine.requests.orders import CancelOrder, QueryOrder, ReadTrades, SendOrder
from engine.requests.probe import CleanProbe, ProbeVenue

Task = (
    SendOrder
    | QueryOrder
    | CancelOrder
    | ReadTrades
    | ReadAccount
    | ReadSymbol
    | ReconcilePosition
    | ReadIncome
    | ReadBalance
    | ReadBrackets
    | ReadRules
    | ValueFees
    | PrepareEntry
    | ReadAdoption
    | ProbeVenue
    | CleanProbe
    | VerifyHistory
)
