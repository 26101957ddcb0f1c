"""Trying pasted API keys with a throw-away client: do they work, may they trade, what is in the wallet."""

from contextlib import closing
from dataclasses import dataclass, field

from binance_client import BinanceTestnetClient
from config import ResolvedExchange
from domain.exchange import Balance
from exchange.error_codes import MAY_WITHDRAW_CODE, meaning_of
from exchange.errors import ExchangeUnreachable, KeysRejected, Rejected, TradingError

LONGEST_KEY = 256  # four times as long as those that the exchange makes
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\"'"))


@dataclass(frozen=True, slots=True)
class CheckedKeys:
    """Keys that the exchange accepted; they never show in a repr."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    balance: Balance


class KeysNotAccepted(Exception):
    """These keys cannot be used; the text says why and what to do, and holds nothing of the keys."""


def clean(pasted: str) -> str:
    """Return a pasted key without white space, quotes and invisible characters around or inside it."""
    return "".join(pasted.translate(_INVISIBLE).split())


def _looks_like_a_key(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= LONGEST_KEY


def check_keys(api_key: str, api_secret: str, resolved: ResolvedExchange) -> CheckedKeys:
    """Ask the exchange whether these keys work: nothing is changed there.

    Raises:
        KeysNotAccepted: with the sentence for the person.
    """
    if not api_key or not api_secret:
        raise KeysNotAccepted("Paste both: the API key and the secret key that was shown together with it.")
    if not (_looks_like_a_key(api_key) and _looks_like_a_key(api_secret)):
        raise KeysNotAccepted("These do not look like API keys: those are some 64 letters and digits. Copy both again.")
    label = resolved.venue.label
    try:
        with closing(BinanceTestnetClient(api_key, api_secret, resolved.rest_url, resolved.stream_url)) as client:
            modes = client.fetch_account_modes()
            balance = client.fetch_balance()
            may_withdraw = client.fetch_may_withdraw()
    except KeysRejected as refused:
        raise KeysNotAccepted(f"Checked with {label}: {refused.text} Nothing was saved.") from None
    except Rejected as refused:
        raise KeysNotAccepted(f"{label} refused: {refused.text} Nothing was saved.") from None
    except ExchangeUnreachable:
        raise KeysNotAccepted(f"{label} does not answer right now. Nothing was saved; try again in a minute.") from None
    except TradingError:
        raise KeysNotAccepted(f"{label} gave an answer the bot does not understand. Nothing was saved.") from None
    if not modes.can_trade:
        raise KeysNotAccepted(
            f"{label} knows these keys, but they may not trade futures. Switch on futures trading for them there, "
            "or make new ones. Nothing was saved."
        )
    if may_withdraw:
        raise KeysNotAccepted(f"{meaning_of(MAY_WITHDRAW_CODE).sentence} Nothing was saved.")
    return CheckedKeys(api_key, api_secret, balance)
