from simulator.trading.core import account_alias
from simulator.trading.order_indexes import walk
from tests.simulator.trading.venue import Venue


def test_ids_are_walked_from_one_on_or_backwards() -> None:
    ids = [3, 5, 8, 9]

    assert list(walk(ids, 5)) == [5, 8, 9]
    assert list(walk(ids, 6)) == [8, 9]
    assert list(walk(ids, None)) == [9, 8, 5, 3]


def test_an_alias_belongs_to_account_and_state() -> None:
    alias = account_alias("state", "practice")

    assert alias == account_alias("state", "practice")
    assert len({alias, account_alias("state", "other"), account_alias("another", "practice")}) == 3
    assert alias.isascii()
    assert alias.isalpha()


def test_a_reused_client_id_names_the_latest_order() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010", newClientOrderId="mine")
    latest = venue.market_order("SELL", "0.010", newClientOrderId="mine")["orderId"]

    assert venue.get("/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="mine")["orderId"] == latest


def test_orders_of_all_symbols_are_listed_by_id() -> None:
    venue = Venue()
    first = venue.market_order("BUY", "0.010")["orderId"]
    second = venue.market_order("BUY", "1.00", symbol="SOLUSDT")["orderId"]
    third = venue.market_order("SELL", "0.010")["orderId"]

    assert [row["orderId"] for row in venue.get("/fapi/v1/allOrders")] == [first, second, third]
    assert [row["orderId"] for row in venue.get("/fapi/v1/allOrders", orderId=str(second))] == [second, third]


def test_account_names_may_contain_anything() -> None:
    venue = Venue(names=("a", "a/b"))
    venue.market_order("BUY", "0.010", account="a/b")

    venue.start()

    assert venue.wallet("a") == 10000
    assert venue.wallet("a/b") < 10000
