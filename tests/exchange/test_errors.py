from datetime import UTC, datetime, timedelta

import pytest

from exchange.errors import (
    Banned,
    ClockRejected,
    ExchangeUnreachable,
    Failure,
    KeysRejected,
    ListenKeyGone,
    NotExecuted,
    OrderNotFound,
    OutcomeUnknown,
    Rejected,
    StopTriggering,
    Throttled,
    TradingError,
    cancel_error,
    order_error,
    read_error,
)

NOW = datetime(2026, 11, 23, 10, 0, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(None, None, "no answer (ReadTimeout)"),
        Failure(None, None, "no answer (ConnectionError)"),
        Failure(503, None, "Unknown error, please check your request or try again later."),
        Failure(503, -1000, "Unknown error, please check your request or try again later."),
        Failure(503, None, "HTTP 503, not JSON"),
        Failure(502, None, "HTTP 502, not JSON"),
        Failure(500, -2019, "Margin is insufficient."),
        Failure(408, -1007, "Timeout waiting for response from backend server."),
        Failure(408, None, "HTTP 408"),
        Failure(400, -1000, "An unknown error occured while processing the request."),
        Failure(400, -1001, "Internal error; unable to process your request. Please try again."),
        Failure(400, -1006, "An unexpected response was received from the message bus."),
        Failure(400, -1007, "Timeout waiting for response from backend server."),
        Failure(200, -1000, "An unknown error occured while processing the request."),
        Failure(200, None, "the answer lacks orderId"),
        Failure(302, None, "HTTP 302, not JSON"),
        Failure(404, None, "HTTP 404, not JSON"),
    ],
)
def test_an_order_without_a_clear_answer_is_unknown(failure: Failure) -> None:
    error = order_error(failure, "t1-abc123-7-e-1")

    assert isinstance(error, OutcomeUnknown)
    assert error.client_order_id == "t1-abc123-7-e-1"


@pytest.mark.parametrize(
    "failure",
    [
        Failure(503, None, "Service Unavailable."),
        Failure(503, -1008, "Request throttled by system-level protection."),
        Failure(400, -1008, "Server is currently overloaded with other requests."),
        Failure(429, -1003, "Too many requests", timedelta(seconds=7)),
        Failure(429, None, "HTTP 429, not JSON"),
        Failure(418, -1003, "Way too many requests"),
        Failure(400, -1015, "Too many new orders"),
        Failure(400, -1021, "Timestamp for this request is outside of the recvWindow."),
        Failure(400, -5028, "Timestamp for this request is outside of the ME recvWindow."),
    ],
)
def test_an_answer_that_says_not_executed_allows_a_new_attempt(failure: Failure) -> None:
    error = order_error(failure, "id")

    assert isinstance(error, NotExecuted)
    assert error.code == (failure.code or 0)
    assert error.retry_after == failure.retry_after


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Failure(400, -2019, "Margin is insufficient."), -2019),
        (Failure(400, -2021, "Order would immediately trigger."), -2021),
        (Failure(400, -4509, "Time in Force (TIF) GTE can only be used with open positions."), -4509),
        (Failure(400, -4116, "ClientOrderId is duplicated."), -4116),
        (Failure(403, None, "HTTP 403, not JSON"), -403),
        (Failure(451, 0, "Service unavailable from a restricted location"), -451),
    ],
)
def test_a_clear_no_is_refused(failure: Failure, code: int) -> None:
    error = order_error(failure, "id")

    assert isinstance(error, Rejected)
    assert not isinstance(error, KeysRejected)
    assert error.code == code


@pytest.mark.parametrize("code", [-1002, -1022, -2008, -2014, -2015, -2017])
def test_refused_keys_are_named_for_orders_and_reads(code: int) -> None:
    failure = Failure(401, code, "no")

    assert isinstance(order_error(failure, "id"), KeysRejected)
    assert isinstance(read_error(failure, NOW), KeysRejected)


def test_a_401_without_a_code_is_about_the_keys() -> None:
    assert isinstance(read_error(Failure(401, None, "HTTP 401, not JSON"), NOW), KeysRejected)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure(400, -2011, "Unknown order sent."), OrderNotFound),
        (Failure(400, -2013, "Order does not exist."), OrderNotFound),
        (Failure(400, -4117, "stop order is triggering"), StopTriggering),
        (Failure(500, -2011, "Unknown order sent."), OutcomeUnknown),
        (Failure(503, -1008, "Request throttled"), NotExecuted),
        (Failure(None, None, "no answer"), OutcomeUnknown),
    ],
)
def test_a_failed_cancel_tells_a_missing_order_from_a_triggering_one(
    failure: Failure, kind: type[TradingError]
) -> None:
    assert type(cancel_error(failure, "id")) is kind


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure(None, None, "no answer (ConnectTimeout)"), ExchangeUnreachable),
        (Failure(502, None, "HTTP 502, not JSON"), ExchangeUnreachable),
        (Failure(200, None, "HTTP 200, not JSON"), ExchangeUnreachable),
        (Failure(200, -2013, "Order does not exist."), ExchangeUnreachable),
        (Failure(503, -1008, "Request throttled"), ExchangeUnreachable),
        (Failure(403, None, "HTTP 403, not JSON"), ExchangeUnreachable),
        (Failure(400, -1000, "An unknown error occured"), ExchangeUnreachable),
        (Failure(400, -1021, "Timestamp for this request is outside of the recvWindow."), ClockRejected),
        (Failure(400, -2013, "Order does not exist."), OrderNotFound),
        (Failure(400, -1125, "This listenKey does not exist."), ListenKeyGone),
        (Failure(400, -1121, "Invalid symbol."), Rejected),
        (Failure(400, -4067, "Position side cannot be changed if there exists open orders."), Rejected),
    ],
)
def test_a_failed_read_is_never_more_than_it_says(failure: Failure, kind: type[TradingError]) -> None:
    assert type(read_error(failure, NOW)) is kind


def test_a_throttled_read_waits_as_told_or_for_the_next_minute() -> None:
    error = read_error(Failure(429, -1003, "Too many requests", timedelta(seconds=7)), NOW)
    untold = read_error(Failure(429, -1003, "Too many requests"), NOW)

    assert isinstance(error, Throttled)
    assert isinstance(untold, Throttled)
    assert error.retry_after == timedelta(seconds=7)
    assert untold.retry_after == timedelta(seconds=15)  # 10:00:45 to 10:01:00


def test_a_ban_is_waited_out_by_its_length_where_the_clocks_may_differ() -> None:
    an_hour_ahead = "Way too many requests; IP(1.2.3.4) banned until 1795345200000."

    error = read_error(Failure(418, -1003, an_hour_ahead, timedelta(seconds=2)), NOW)

    assert isinstance(error, Banned)
    assert error.until == NOW + timedelta(seconds=2)


def test_a_ban_ends_as_its_text_says() -> None:
    # 1795341600000 ms = 2026-11-22 10:00:00 UTC
    stated = read_error(Failure(418, -1003, "Way too many requests; IP(1.2.3.4) banned until 1795341600000."), NOW)
    error = read_error(Failure(418, -1003, "Way too many requests", timedelta(seconds=30)), NOW)
    untold = read_error(Failure(418, None, "HTTP 418, not JSON"), NOW)

    assert isinstance(stated, Banned)
    assert isinstance(error, Banned)
    assert isinstance(untold, Banned)
    assert stated.until == datetime.fromtimestamp(1795341600, UTC)
    assert error.until == NOW + timedelta(seconds=30)
    assert untold.until == NOW + timedelta(minutes=2)
