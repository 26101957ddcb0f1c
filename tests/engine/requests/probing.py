"""A probe of the practice exchange, and what it leaves there."""

from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.terms import OrderIntent, Purpose, Side
from domain.venue_probe.placing import ClosingOrder, FiredOrder
from engine.requests.probe import ProbeVenue
from engine.requests.reports import VenueProbed
from tests.support.practice import PracticeExchange
from tests.support.waiting import eventually

D = Decimal
PAIR = "AVAXUSDT"
PREFIX = "p1-abcdef-1-"


def signed_in(exchange: PracticeExchange) -> BinanceTestnetClient:
    client = BinanceTestnetClient("practice", "practice", exchange.url, exchange.stream_url)
    client.measure_clock()
    client.set_hedge_mode()
    return client


def fired_stop(client: BinanceTestnetClient, exchange: PracticeExchange) -> FiredOrder:
    """Let a stop for the whole position fire, and tell which order it became."""
    opening = OrderIntent(
        "t1-abcdef-1-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False
    )
    stop = OrderIntent("t1-abcdef-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, D("83000.0"), close_position=True)
    exchange.control("price", {"symbol": "BTCUSDT", "price": "84000.0"})
    client.place_market_order(opening, client.exchange_now())
    client.place_conditional_order(stop, client.exchange_now())
    exchange.control("price", {"symbol": "BTCUSDT", "price": "82900.0"})

    def child() -> int | None:
        rows = exchange.ledger()["algoOrders"]
        return next((int(row["actualOrderId"]) for row in rows if row["algoStatus"] == "FINISHED"), None)

    return FiredOrder("BTCUSDT", eventually(child, "the stop fired"), stop.client_order_id)


def closing_order(client: BinanceTestnetClient) -> ClosingOrder:
    """Open and close at market, and tell the number of the close."""
    purposes = (("t1-abcdef-2-e-1", Purpose.ENTRY), ("t1-abcdef-2-c-1", Purpose.CLOSE))
    for name, purpose in purposes:
        intent = OrderIntent(name, purpose, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
        placed = client.place_market_order(intent, client.exchange_now())
    return ClosingOrder("BTCUSDT", placed.exchange_order_id)


def probe(
    client: BinanceTestnetClient,
    room: bool = True,
    fired: FiredOrder | None = None,
    closing: ClosingOrder | None = None,
) -> VenueProbed:
    rules = client.fetch_symbol_rules()
    step = rules["BTCUSDT"].step_size
    asked = ProbeVenue(1, rules[PAIR], PREFIX, client.exchange_now(), step, fired, closing, lambda: room)
    report = asked.run(client)
    assert isinstance(report, VenueProbed)
    return report


def left_of(exchange: PracticeExchange) -> list[str]:
    ledger = exchange.ledger()
    orders = [row["clientOrderId"] for row in ledger["orders"] if row["status"] in ("NEW", "PARTIALLY_FILLED")]
    stops = [row["clientAlgoId"] for row in ledger["algoOrders"] if row["algoStatus"] == "NEW"]
    return orders + stops
