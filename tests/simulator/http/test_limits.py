"""Weight and order counters in the exchange's own minutes."""

import pytest

from simulator.errors import ApiError
from simulator.limits import FUNDING_REQUESTS, ORDERS_PER_TEN_SECONDS, WEIGHT_LIMIT, RequestLimits

MINUTE = 60_000


def test_weight_starts_again_with_the_next_utc_minute() -> None:
    limits = RequestLimits()

    used = [limits.use("a", 40, 0), limits.use("a", 5, MINUTE - 1), limits.use("a", 1, MINUTE)]

    assert used == [40, 45, 1]


def test_beyond_the_limit_is_429_until_the_minute_ends() -> None:
    limits = RequestLimits()
    limits.use("a", WEIGHT_LIMIT, 0)
    within = limits.refusal("a", 0)
    limits.use("a", 1, 20_500)

    refused = limits.refusal("a", 20_500)

    assert within is None
    assert refused is not None
    assert (refused[0].status, refused[0].code, refused[1]) == (429, -1003, 40)  # 39.5 s to go, rounded up
    assert limits.refusal("a", MINUTE) is None
    assert limits.refusal("b", 20_500) is None


def test_going_on_after_429_is_a_ban_that_names_its_end() -> None:
    limits = RequestLimits()
    limits.use("1.2.3.4", WEIGHT_LIMIT + 1, 0)

    refusals = [limits.refusal("1.2.3.4", 0) for _ in range(101)]

    assert refusals[99] is not None
    assert refusals[99][0].status == 429
    assert refusals[100] is not None
    assert refusals[100][0].status == 418
    assert "IP(1.2.3.4) banned until 120000." in refusals[100][0].message
    assert limits.refusal("1.2.3.4", 119_999) is not None
    assert limits.refusal("1.2.3.4", 120_000) is None


def test_order_beyond_the_ten_second_limit_is_1015_and_not_counted() -> None:
    limits = RequestLimits()
    counted = [limits.count_order("x", (1, 1), 0) for _ in range(ORDERS_PER_TEN_SECONDS)]

    with pytest.raises(ApiError) as refusal:
        limits.count_order("x", (1, 1), 9_999)

    assert counted[-1] == (300, 300)
    assert refusal.value.code == -1015
    assert refusal.value.message == "Too many new orders; current limit is 300 orders per 10 SECOND."
    assert limits.count_order("x", (1, 1), 10_000) == (1, 301)
    assert limits.count_order("y", (5, 1), 9_999) == (5, 1)


def test_funding_requests_have_a_limit_of_their_own() -> None:
    limits = RequestLimits()
    within = [limits.count_funding("a", 0) for _ in range(FUNDING_REQUESTS)]

    refused = limits.count_funding("a", 4 * MINUTE)

    assert set(within) == {None}
    assert refused is not None
    assert (refused[0].status, refused[0].code, refused[1]) == (429, -1003, 60)
    assert limits.count_funding("a", 5 * MINUTE) is None
    assert limits.count_funding("b", 0) is None
