"""Every request that the monitor may make."""

from engine.requests.account import ExplainPlace, ReadAccount, ReadBalance, ReadIncome, ReadSymbol
from engine.requests.adoption import ReadAdoption
from engine.requests.entry import PrepareEntry
from engine.requests.orders import AskOrder, CancelOrder, SendOrder

Task = (
    SendOrder
    | AskOrder
    | CancelOrder
    | ReadAccount
    | ReadSymbol
    | ExplainPlace
    | ReadIncome
    | ReadBalance
    | PrepareEntry
    | ReadAdoption
)
