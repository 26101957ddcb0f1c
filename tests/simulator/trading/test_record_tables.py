from simulator.clock import ExchangeClock
from simulator.store import LogStore
from simulator.trading.record_tables import Counters, RecordTable, RowLog
from simulator.trading.records import Countdown


def test_a_shelf_shows_how_it_was() -> None:
    clock = ExchangeClock()
    table = RecordTable(LogStore(), "table", "a", Countdown, clock)
    table.put("1", Countdown("BTCUSDT", 1))
    before = clock.now_ms()
    clock.advance(1000)

    table.put("1", Countdown("BTCUSDT", 2))
    table.put("2", Countdown("SOLUSDT", 3))

    assert table.as_of(before) == {"1": Countdown("BTCUSDT", 1)}
    assert table.as_of(clock.now_ms()) == {"1": Countdown("BTCUSDT", 2), "2": Countdown("SOLUSDT", 3)}


def test_a_deleted_record_was_there_before() -> None:
    clock = ExchangeClock()
    table = RecordTable(LogStore(), "table", "a", Countdown, clock)
    table.put("1", Countdown("BTCUSDT", 1))
    before = clock.now_ms()
    clock.advance(1000)

    table.delete("1")

    assert table.records == {}
    assert table.as_of(before) == {"1": Countdown("BTCUSDT", 1)}


def test_shelves_of_two_accounts_stay_apart() -> None:
    store, clock = LogStore(), ExchangeClock()
    RecordTable(store, "table", "a", Countdown, clock).put("1", Countdown("BTCUSDT", 1))

    assert RecordTable(store, "table", "a", Countdown, clock).records == {"1": Countdown("BTCUSDT", 1)}
    assert RecordTable(store, "table", "b", Countdown, clock).records == {}


def test_counters_go_on_where_they_stopped() -> None:
    store = LogStore()
    Counters(store, {"order": 100}).take("order")

    assert Counters(store, {"order": 100}).take("order") == 101


def test_a_cleared_log_leaves_nothing_in_the_store() -> None:
    store = LogStore()
    log = RowLog(store, "rows", "a")
    log.add("1", {"income": "1"})

    log.clear()

    assert RowLog(store, "rows", "a").stored() == []
