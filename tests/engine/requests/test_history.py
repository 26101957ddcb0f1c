"""Whether a booked row of income is still shown."""

from datetime import timedelta

from binance_client import BinanceTestnetClient
from engine.requests.history import VerifyHistory
from engine.requests.reports import HistoryVerified, TaskFailed
from tests.support.practice import PracticeExchange


def test_a_row_is_found_until_the_account_is_wiped(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    now = client.exchange_now()
    (row,) = client.fetch_income(now - timedelta(minutes=5), now + timedelta(minutes=1))
    asked = VerifyHistory(row.income_type, row.tran_id, row.occurred_at)

    before = asked.run(client)
    exchange.control("wipe", {"account": "practice"})
    after = asked.run(client)

    assert before == HistoryVerified(asked, found=True)
    assert after == HistoryVerified(asked, found=False)


def test_no_answer_is_not_a_missing_row(client: BinanceTestnetClient, exchange: PracticeExchange) -> None:
    exchange.control("faults", {"match": "GET /fapi/v1/income", "kind": "html_502", "times": 10})

    assert isinstance(VerifyHistory("TRANSFER", 1, client.exchange_now()).run(client), TaskFailed)
