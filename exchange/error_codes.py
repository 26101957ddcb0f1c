"""The exchange's error codes: what each means for the next step, and what a person reads in its place.

Source: Binance USDⓈ-M Futures documentation, "Error Code"; codes missing there as met on the test venues.
"""

from dataclasses import dataclass
from typing import Final

from domain.rejections import Rejection

CLOCK_CODE: Final = -1021
LISTEN_KEY_CODE: Final = -1125
STOP_TRIGGERING_CODE: Final = -4117
MODE_BLOCKED_CODES: Final = frozenset({-4067, -4068, -4531})  # while something is open, hedge mode cannot be set
ANOTHER_RESTS_CODE: Final = -4130
DUPLICATE_ID_CODE: Final = -4116
NOT_FOUND_CODES: Final = frozenset({-2011, -2013})
# What stands for no code: minus the HTTP status of a refusal, 0 for an order that the bot itself held back.
KEY_CODES: Final = frozenset({-401, -1002, -1022, -2008, -2014, -2015, -2017})
THROTTLED_CODES: Final = frozenset({-1003, -1015})
ALREADY_CROSS_CODE: Final = -4046
ALREADY_HEDGE_CODE: Final = -4059
ALREADY_SINGLE_ASSET_CODE: Final = -4171
STILL_MULTI_ASSETS_CODE: Final = -2  # the bot's own: left it, and is in it all the same
MAY_WITHDRAW_CODE: Final = -3  # the bot's own: it takes no keys with that right


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer with this code says.

    Attributes:
        rejection: why it was not taken; None = the exchange does not know itself whether it was executed.
        retryable: it was not executed for a passing reason: the same may be sent again, with a new id.
        sentence: what happened and what to do, for a person.
    """

    rejection: Rejection | None
    retryable: bool
    sentence: str


UNKNOWN_MEANING: Final = Meaning(
    Rejection.OTHER, False, "The exchange refused this for a reason that the bot does not know; the log has its words."
)
# Told apart from OTHER by the sender: a 503 that says "not executed", or an order that the bot itself held back.
WITHOUT_CODE: Final = Meaning(
    Rejection.NOT_EXECUTED, True, "The exchange was too busy to take this. That passes by itself."
)

UNKNOWN_OUTCOME: Final = (
    "The exchange did not say whether it did this. The bot asks until it knows, and sends nothing twice meanwhile."
)
_BUSY = "The exchange was too busy to take this. That passes by itself."
_TOO_MANY = "Too many requests went to the exchange within a minute. That passes by itself."
_CLOCK = "The request came too late, or the clocks of the bot and the exchange differ. That passes by itself."
_BUG = "The exchange did not understand what the bot sent. Please report this with the log; trying again will not help."
_KEYS = (
    "The exchange does not accept these API keys. Keys of the real exchange do not work here, and keys of the testnet "
    "and of the demo are not the same. Check also whether they are limited to other internet addresses."
)
_MAY_WITHDRAW = (
    "These API keys may withdraw money, which a trading bot never needs. Take that right away from them at the "
    "exchange, or make keys without it."
)
_NO_TRADING = (
    "The exchange allows this account only closing at the moment. Look at the exchange's own page for the reason."
)
_MODE = "The account is not in hedge mode. The bot sets it again as soon as nothing else is open on the account."
_RESTRICTED = "The exchange allows only closing in this pair at the moment. Choose another pair or try again later."
_TOO_SMALL = "The amount is below the smallest that this pair allows. Use more margin or more leverage."
_STEP = "The quantity does not fit this pair's steps. The bot reads the pair's rules anew; try again in a minute."
_TICK = "A price does not fit this pair's steps. The bot reads the pair's rules anew; try again in a minute."
_BAND = "A price is farther from the current one than this pair allows. Use a smaller target or stop."
_LEVERAGE = "The exchange does not allow this leverage here. Choose less."
_PASSED = "The price has passed this level already."
_MARGIN = "There is not enough free margin in the wallet. Use less margin, or close something first."
_STOPS_FULL = "The account has no room for more stops and targets. Close a trade first."
_GONE = "The exchange does not find this order: it has ended, or cannot be seen yet. The bot asks again."
_BLOCKED_MODE = "The account's modes cannot be changed while orders or positions are open on it. Close them first."
_REGION = "The exchange does not allow this account to do that, by its own rules for people or regions."


def _rows(rejection: Rejection | None, sentence: str, *codes: int, retryable: bool = False) -> dict[int, Meaning]:
    return dict.fromkeys(codes, Meaning(rejection, retryable, sentence))


MEANINGS: Final[dict[int, Meaning]] = (
    {0: WITHOUT_CODE}
    # Not known to have been executed or not.
    | _rows(None, UNKNOWN_OUTCOME, -1000, -1001, -1006, -1007)
    # Not executed; the same may be sent again.
    | _rows(Rejection.NOT_EXECUTED, _TOO_MANY, -1003, -1015, retryable=True)
    | _rows(Rejection.NOT_EXECUTED, _BUSY, -1008, -1016, retryable=True)
    | _rows(Rejection.NOT_EXECUTED, _CLOCK, CLOCK_CODE, -5028, retryable=True)
    # Keys and permissions.
    | _rows(Rejection.KEYS_REFUSED, "The secret key does not belong to this API key. Copy both again, in full.", -1022)
    | _rows(Rejection.KEYS_REFUSED, "This is not an API key. Copy it again, in full.", -1002, -2014)
    | _rows(Rejection.KEYS_REFUSED, _KEYS, -401, -2008, -2015)
    | _rows(Rejection.KEYS_REFUSED, "The account's API keys are locked. Unlock them at the exchange.", -2017)
    | _rows(Rejection.KEYS_REFUSED, "The account has never held money. Put test money into its futures wallet.", -4109)
    | _rows(Rejection.KEYS_REFUSED, _MAY_WITHDRAW, MAY_WITHDRAW_CODE)
    | _rows(Rejection.KEYS_REFUSED, _REGION, -451, -4402, -4403)
    | _rows(
        Rejection.KEYS_REFUSED,
        "The exchange turns away requests from this internet address. Stop the bot for a while, then start it again.",
        -403,
    )
    # Stops and targets.
    | _rows(Rejection.WOULD_TRIGGER_NOW, _PASSED, -2021, -4142)
    | _rows(
        Rejection.NO_POSITION_YET,
        "The exchange does not show the position yet. The bot tries again by itself.",
        -4509,
    )
    | _rows(
        Rejection.ANOTHER_RESTS,
        "Another stop or target for the whole position is placed there already.",
        ANOTHER_RESTS_CODE,
    )
    | _rows(Rejection.NO_ROOM_FOR_STOPS, _STOPS_FULL, -2025, -4045)
    | _rows(
        Rejection.DUPLICATE_ID,
        "An order with this number exists already: an earlier try arrived. The bot looks at it.",
        DUPLICATE_ID_CODE,
    )
    | _rows(Rejection.OTHER, "The stop is being triggered at this moment. The bot waits for it.", STOP_TRIGGERING_CODE)
    | _rows(Rejection.OTHER, _GONE, *NOT_FOUND_CODES)
    # Closing.
    | _rows(
        Rejection.NOTHING_TO_CLOSE,
        "There is less to close than was asked for. The bot looks at the position again.",
        -2022,
        -2024,
        -4118,
    )
    # Money and market.
    | _rows(Rejection.MARGIN_SHORT, _MARGIN, -2018, -2019)
    | _rows(
        Rejection.MARGIN_SHORT, "Less leverage needs more margin than the wallet has. Close something first.", -2028
    )
    | _rows(
        Rejection.THIN_BOOK,
        "Too few people trade this pair at the moment for an order of this size. Try again, or use less margin.",
        -2020,
        -4131,
    )
    | _rows(Rejection.SYMBOL_RESTRICTED, _NO_TRADING, -4087, -4088, -4189, -4192)
    | _rows(Rejection.SYMBOL_RESTRICTED, _RESTRICTED, -4105, -4106, -4107, -4140, -4400, -4401)
    | _rows(Rejection.TERMS_REFUSED, "This pair is no longer traded. Choose another one.", -4141, -1121)
    | _rows(
        Rejection.SYMBOL_RESTRICTED, "The account is being liquidated at this moment. Wait until that is over.", -2023
    )
    # Modes of the account.
    | _rows(Rejection.MODE_WRONG, _MODE, -1106, -4060, -4061, -4062)
    | _rows(Rejection.OTHER, _BLOCKED_MODE, -4067, -4068, -4047, -4048, -4167, -4168, -4170)
    | _rows(
        Rejection.OTHER,
        "Hedge mode cannot be set while orders or positions are open on the coin-margined side. Close them first.",
        -4531,
    )
    | _rows(Rejection.OTHER, "This was so already.", ALREADY_HEDGE_CODE, ALREADY_SINGLE_ASSET_CODE, ALREADY_CROSS_CODE)
    | _rows(
        Rejection.MODE_WRONG,
        "The account stays in multi-assets mode, in which several assets are margin together; the bot needs it off. "
        "Switch it off at the exchange, in the settings of futures trading.",
        STILL_MULTI_ASSETS_CODE,
    )
    | _rows(
        Rejection.OTHER,
        "Multi-assets mode cannot be left while the balance of an asset is too small or below zero. Put the balances "
        "in order at the exchange first.",
        -4169,
        -4172,
    )
    # Size, price and leverage.
    | _rows(Rejection.TERMS_REFUSED, _TOO_SMALL, -4004, -4164)
    | _rows(Rejection.PRECISION, _STEP, -1111, -4003, -4023)
    | _rows(Rejection.TERMS_REFUSED, "The amount is more than this pair allows in one order. Use less margin.", -4005)
    | _rows(Rejection.PRECISION, _TICK, -4014)
    | _rows(
        Rejection.TERMS_REFUSED,
        _BAND,
        *(-4001, -4002, -4006, -4007, -4013, -4016, -4024, -4183, -4184, -4210, -4211),
    )
    | _rows(
        Rejection.TERMS_REFUSED, "A position of this size needs less leverage. Choose less leverage or margin.", -2027
    )
    | _rows(Rejection.TERMS_REFUSED, _LEVERAGE, -4028, -4161, *range(-4209, -4201))
    # Anything the bot itself wrote wrongly.
    | _rows(Rejection.OTHER, "The exchange refused the order without a reason. Try again.", -2010)
    | _rows(
        Rejection.OTHER,
        _BUG,
        *(-1100, -1101, -1102, -1104, -1105, -1115, -1116, -1117, -1120, -1127, -1128, -1130),
        *(-2012, -2026, -4015, -4031, -4120, -4135, -4136, -4137, -4138, -4139, -4165),
        *(-5000, -5021, -5022, -5037, -5038, -5039, -5040, -5041, -5047),
    )
    | _rows(Rejection.OTHER, "The account's event stream has to be opened anew; the bot does so.", LISTEN_KEY_CODE)
)


def meaning_of(code: int) -> Meaning:
    """Return what a code means; one that is not listed is a clear refusal for an unknown reason."""
    return MEANINGS.get(code, UNKNOWN_MEANING)


def rejection_of(code: int | None) -> Rejection | None:
    """Return why an order was not taken; None without a code, and for codes that leave open whether it was."""
    return None if code is None else meaning_of(code).rejection


def leaves_open(code: int | None) -> bool:
    """Return whether an answer with this code leaves open whether the request was executed."""
    return code is not None and meaning_of(code).rejection is None
