"""A probe of the practice exchange, and what it leaves there."""

from decimal import Decimal

from binance_client import BinanceTestnetClient
from engine.requests.probe import ProbeVenue
from engine.requests.reports import VenueProbed
from tests.support.practice import PracticeExchange

D = Decimal
PAIR = "AVAXUSDT"
PREFIX = "p1-abcdef-1-"


def signed_in(exchange: PracticeExchange) -> BinanceTestnetClient:
    client = BinanceTestnetClient("practice", "practice", exchange.url, exchange.stream_url)
    client.measure_clock()
    client.set_hedge_mode()
    return client


def probe(client: BinanceTestnetClient, room: bool = True) -> VenueProbed:
    rules = client.fetch_symbol_rules()
    step = rules["BTCUSDT"].step_size
    asked = ProbeVenue(1, rules[PAIR], PREFIX, client.exchange_now(), step, None, lambda: room)
    report = asked.run(client)
    assert isinstance(report, VenueProbed)
    return report


def left_of(exchange: PracticeExchange) -> list[str]:
    ledger = exchange.ledger()
    orders = [row["clientOrderId"] for row in ledger["orders"] if row["status"] in ("NEW", "PARTIALLY_FILLED")]
    stops = [row["clientAlgoId"] for row in ledger["algoOrders"] if row["algoStatus"] == "NEW"]
    return orders + stops
