"""Every request that the monitor may make."""

from engine.requests.account import ReadAccount, ReadBalance, ReadBrackets, ReadIncome, ReadSymbol, ReconcilePosition
from engine.requests.adoption import ReadAdoption
from engine.requests.entry import PrepareEntry
from engine.requests.orders import CancelOrder, QueryOrder, SendOrder

Task = (
    SendOrder
    | QueryOrder
    | CancelOrder
    | ReadAccount
    | ReadSymbol
    | ReconcilePosition
    | ReadIncome
    | ReadBalance
    | ReadBrackets
    | PrepareEntry
    | ReadAdoption
)
