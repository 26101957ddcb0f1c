"""What events named and is still to be asked about; an event carries no authority, only a name."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from domain.client_ids import belongs_to_install, parse_client_order_id
from domain.position_key import PositionKey
from engine.requests.reports import SentOrder


@dataclass(slots=True)
class EventInbox:
    """Names that events brought, and which orders and positions of ours they may mean; the actor's alone."""

    named_orders: set[str] = field(default_factory=set)  # client order ids
    named_symbols: set[str] = field(default_factory=set)  # where an event named an order that is not ours
    open_orders: dict[str, SentOrder] = field(default_factory=dict)  # ours, by client id, as of the last cycle
    live_keys: set[PositionKey] = field(default_factory=set)  # where trades of ours live, as of the last cycle

    def name(self, client_id: str | None, symbol: str | None, install: str) -> None:
        """Take in what an event names: our own orders are queried, external ones make us read the symbol."""
        if client_id is not None and belongs_to_install(client_id, install):
            self.named_orders.add(client_id)
        elif client_id is not None and symbol is not None:
            self.named_symbols.add(symbol)

    def know(self, open_orders: Iterable[SentOrder], live_keys: Iterable[PositionKey]) -> None:
        """Remember the orders of ours that are not final, and where our trades live."""
        self.open_orders = {order.client_order_id: order for order in open_orders}
        self.live_keys = set(live_keys)

    def named_positions(self) -> set[int]:
        """Return the trades whose orders events have named, ended ones included."""
        parsed = [parse_client_order_id(text) for text in self.named_orders]
        return {name.position_id for name in parsed if name is not None}

    def take_open_orders(self, answered: Collection[int]) -> list[SentOrder]:
        """Return the named orders that are not final, without those whose answer just came; they are named no more."""
        named = self.named_orders & self.open_orders.keys()
        self.named_orders -= named
        return [self.open_orders[name] for name in named if self.open_orders[name].order_id not in answered]

    def take_symbols(self) -> set[str]:
        """Return the symbols of live trades on which somebody else has traded; they are named no more."""
        named = self.named_symbols & {key.symbol for key in self.live_keys}
        self.named_symbols.clear()
        return named
