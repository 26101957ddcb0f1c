"""What the form shows for any trade whatever: suggestions that work, and promises kept."""

from functools import partial

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.exchange import Balance
from domain.preview.preview import MarketNow
from domain.preview.refusals import Refusal
from domain.terms import Basis, TradeTerms
from tests.domain.test_preview import D, look
from tests.domain.trades import BTC, balance, bases, decimals, sides, trade

amounts = st.one_of(decimals("-1", "100", 2), decimals("0.01", "2000000", 2))
prices = st.builds(
    lambda mark, spread, gap: MarketNow(mark - gap, mark - gap + spread, mark),
    decimals("20000", "120000", 1),
    decimals("0.1", "30", 1),
    decimals("-200", "200", 1),
)
trades = st.builds(
    trade,
    sides,
    amount_usdt=amounts,
    leverage=st.integers(1, 160),
    tp_usdt=st.one_of(decimals("-1", "50", 2), decimals("0.01", "100000", 2)),
    sl_usdt=st.one_of(decimals("-1", "50", 2), decimals("0.01", "100000", 2)),
    basis=bases,
)
wallets = st.one_of(decimals("0", "1000", 2), decimals("0", "3000000", 2)).map(lambda money: balance(str(money)))
other_leverages = st.none() | st.integers(1, 150)


def entered(terms: TradeTerms, refusal: Refusal) -> TradeTerms:
    assert isinstance(refusal.suggestion, D)
    value = int(refusal.suggestion) if refusal.field == "leverage" else refusal.suggestion
    return trade(
        terms.side,
        **{
            "amount_usdt": terms.amount_usdt,
            "leverage": terms.leverage,
            "tp_usdt": terms.tp_usdt,
            "sl_usdt": terms.sl_usdt,
            "basis": terms.basis,
            refusal.field: value,
        },
    )


@settings(max_examples=400)
@given(trades, prices, wallets, other_leverages)
def test_all_suggestions_entered_at_once_leave_nothing_wrong(
    terms: TradeTerms, now: MarketNow, money: Balance, other: int | None
) -> None:
    ask = partial(look, market=now, balance=money, other_side_leverage=other)
    _, refused = ask(terms)
    hopeless = {refusal.field for refusal in refused if refusal.suggestion is None}

    for refusal in refused:
        if refusal.suggestion is not None:
            terms = entered(terms, refusal)

    _, left = ask(terms)
    assert {refusal.field for refusal in left} <= hopeless
    assert all(refusal.suggestion is None for refusal in left)


@given(trades, prices, wallets)
def test_following_the_suggestions_one_by_one_ends(terms: TradeTerms, now: MarketNow, money: Balance) -> None:
    ask = partial(look, market=now, balance=money)

    for _ in range(8):
        suggested = [refusal for refusal in ask(terms)[1] if refusal.suggestion is not None]
        if not suggested:
            break
        terms = entered(terms, suggested[0])

    assert not [refusal for refusal in ask(terms)[1] if refusal.suggestion is not None]


sensible_trades = st.builds(
    trade,
    sides,
    amount_usdt=decimals("20", "900", 2),
    leverage=st.integers(5, 100),
    tp_usdt=decimals("1", "2000", 2),
    sl_usdt=decimals("1", "2000", 2),
    basis=bases,
)


@given(sensible_trades, prices, decimals("500", "3000", 2).map(lambda money: balance(str(money))))
def test_an_accepted_trade_keeps_every_promise(terms: TradeTerms, now: MarketNow, money: Balance) -> None:
    shown, refused = look(terms, market=now, balance=money)
    assume(not refused)
    assert shown is not None

    sign, tick = terms.side.sign, BTC.tick_size
    assert shown.margin <= terms.amount_usdt
    assert shown.net_at_target > 0 > shown.net_at_stop
    at_stop, at_target = shown.net_at_stop, shown.net_at_target
    if terms.basis is Basis.GROSS:
        at_stop, at_target = (
            sign * shown.quantity * (price - shown.entry_price_estimate)
            for price in (shown.stop_price, shown.target_price)
        )
    assert at_stop >= -terms.sl_usdt
    assert at_target >= terms.tp_usdt
    assert sign * (now.mark - shown.stop_price) >= tick
    assert sign * (shown.target_price - now.mark) >= tick
    assert min(shown.stop_price, shown.entry_price_estimate, now.mark) * shown.quantity >= BTC.min_notional
    assert shown.free_margin_after >= 0
    assert shown.stop_price > 0
    if shown.liquidation_price is not None:
        assert sign * (shown.stop_price - shown.liquidation_price) >= tick


@given(trades, prices, wallets)
def test_a_refusal_speaks_in_sentences(terms: TradeTerms, now: MarketNow, money: Balance) -> None:
    for refusal in look(terms, market=now, balance=money)[1]:
        assert refusal.message.endswith(".")
        assert "{" not in refusal.message
        assert "  " not in refusal.message
