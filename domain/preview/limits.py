"""A trade as the limits see it, asked alike by the form before the press and by the engine after it."""

from domain.preview.draft import MarketNow
from domain.preview.preview import Preview
from domain.preview.refusals import Refusal
from domain.reopening import EntryRefusal
from domain.risk.figures import TradeAsked
from domain.risk.uses import RiskFacts
from domain.risk.verdict import judge
from domain.terms import TradeTerms

LIMITS_FIELD = "limits"  # no field of the form: the refusal stands above all of them


def trade_asked(terms: TradeTerms, shown: Preview, market: MarketNow, plan_id: int | None) -> TradeAsked:
    """Return what the limits are asked about.

    Args:
        terms: what the person wants.
        shown: how it would turn out now.
        market: the prices it was worked out from.
        plan_id: the plan it belongs to, None before there is one.
    """
    return TradeAsked(
        plan_id=plan_id,
        side=terms.side,
        margin_usdt=shown.margin,
        net_at_stop_usdt=shown.net_at_stop,
        stop_price=shown.stop_price,
        liquidation_price=shown.liquidation_price,
        bid=market.bid,
        ask=market.ask,
    )


def limit_refusals(facts: RiskFacts, trade: TradeAsked) -> tuple[Refusal, ...]:
    """Return why the limits do not let a trade open, one refusal for each that bites; empty = they let it."""
    return tuple(
        Refusal(LIMITS_FIELD, bite.sentence, cause=EntryRefusal.LIMIT_REACHED) for bite in judge(facts, trade).bites
    )
