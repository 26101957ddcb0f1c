"""A whole request: sums over its trades, and what deserves a second look."""

from datetime import timedelta
from decimal import Decimal

from domain.preview.preview import Preview, preview
from domain.preview.together import cautions, rounding_words, together, win_rate_words
from domain.terms import ReopenRule, TradeTerms
from tests.domain.trades import BTC, BTC_BRACKETS, RATES, balance, market, trade

D = Decimal
TWENTY_MORE = ReopenRule(enabled=True, delay=timedelta(minutes=5), maximum=20)


def shown(terms: TradeTerms) -> Preview:
    figures, refused = preview(terms, market(), BTC, BTC_BRACKETS, RATES, balance())
    assert not refused
    assert figures is not None
    return figures


def test_sums_are_over_all_pairs_and_repeats() -> None:
    once, often = shown(trade()), shown(trade(reopen=TWENTY_MORE))

    total = together([once, often], wallet_usdt=D(10000))

    assert total.margin_usdt == once.margin + often.margin
    assert total.risk_usdt == -(once.net_at_stop + often.net_at_stop)
    assert total.rounds == 1 + 21
    assert total.worst_day_usdt == 22 * once.net_at_stop


def test_a_worst_day_costs_no_more_than_the_wallet() -> None:
    total = together([shown(trade(reopen=TWENTY_MORE))], wallet_usdt=D(50))

    assert total.worst_day_usdt == -50


def test_a_trade_within_the_share_says_nothing() -> None:
    assert cautions([shown(trade())], wallet_usdt=D(10000)) == ()


def test_a_stop_beyond_the_share_is_said_with_both_shares() -> None:
    (said,) = cautions([shown(trade())], wallet_usdt=D(40), share_percent=D(20))

    assert said == "The stop alone would cost 10.00 USDT, 25.0\u202f% of your wallet; you set 20\u202f%."


def test_repeats_beyond_the_share_are_said_though_one_stop_is_not() -> None:
    (said,) = cautions([shown(trade(reopen=TWENTY_MORE))], wallet_usdt=D(1000), share_percent=D(20))

    assert said.startswith("If all 21 trades of a day lose")


def test_two_pairs_together_pass_the_share_that_each_keeps() -> None:
    one = shown(trade())

    assert cautions([one], wallet_usdt=D(60)) == ()
    assert cautions([one, one], wallet_usdt=D(60)) != ()


def test_a_win_rate_that_nobody_reaches_is_said() -> None:
    (said,) = cautions([shown(trade(tp_usdt=D(1), sl_usdt=D(100)))], wallet_usdt=D(10000))

    assert "hardly anybody reaches that" in said


def test_a_break_even_win_rate_has_one_decimal() -> None:
    assert win_rate_words(D(1) / D(3)) == "33.3\u202f%"


def test_lot_rounding_is_explained_where_it_takes_more_than_a_hundredth() -> None:
    small = trade(amount_usdt=D(10), leverage=20)  # 200 USDT of BTC at 86 000.1 is 0.0023…

    assert rounding_words(small, shown(small), BTC) == "0.001 BTC is the smallest step: 172 instead of 200 USDT."
    even = trade(amount_usdt=D("4300.005"), leverage=20, tp_usdt=D(300), sl_usdt=D(200))
    assert rounding_words(even, shown(even), BTC) == ""
