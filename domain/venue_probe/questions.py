"""The open questions, what can be answered to each, and the words for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

NOT_MEASURED: Final = "not_measured"


class Question(StrEnum):
    """Something that the documents say in two ways, or not at all."""

    EVENTS_UNNAMED = "events_unnamed"
    KEY_IN_PATH = "key_in_path"
    STREAM_HOSTS = "stream_hosts"
    ROUTING = "routing"
    DUPLICATE_ID = "duplicate_id"
    CLOSERS = "closers"
    INCOME_PAGE = "income_page"
    TRIGGER_TICK = "trigger_tick"
    STOP_BAND = "stop_band"
    CHILD_TYPE = "child_type"
    CLOSER_TIME = "closer_time"
    READ_LAG = "read_lag"
    BOOLEANS = "booleans"
    ORDER_ANSWER = "order_answer"
    CLOSING_ORDERS = "closing_orders"
    FLAT_SIDE = "flat_side"
    REFUSAL_STATUS = "refusal_status"
    FEES = "fees"
    BITCOIN_STEP = "bitcoin_step"
    SIGNATURE = "signature"
    COUNTDOWN = "countdown"
    NUMBER_USED_AGAIN = "number_used_again"
    SMALL_CLOSE = "small_close"
    FIRING = "firing"
    STOP_LEFT_BEHIND = "stop_left_behind"
    INSURANCE = "insurance"


@dataclass(frozen=True, slots=True)
class Wording:
    """A question in plain words, the sentences for its answers, and what the bot makes of it.

    {answer} in a sentence stands for an answer that is a figure or a name.
    """

    title: str
    answers: Mapping[str, str]
    consequence: str
    figure: str = ""  # the sentence for an answer that is none of the words


WORDINGS: Final[Mapping[Question, Wording]] = MappingProxyType(
    {
        Question.EVENTS_UNNAMED: Wording(
            "Account news without naming it",
            {
                "all": "Whoever names no events hears all of them.",
                "none": "Whoever names no events hears nothing.",
            },
            "The bot names the events it wants, so it hears them either way.",
        ),
        Question.KEY_IN_PATH: Wording(
            "The key in the address",
            {
                "heard": "Account news also comes when the key stands in the path.",
                "silent": "With the key in the path nothing is heard.",
            },
            "The bot connects in the way in which news was heard.",
        ),
        Question.STREAM_HOSTS: Wording(
            "Where account news is heard",
            {"none": "No news of the orders was heard anywhere."},
            "The bot connects to the first address that was heard.",
            "News of the orders was heard at {answer}.",
        ),
        Question.ROUTING: Wording(
            "Prices asked for at the wrong address",
            {
                "strict": "A stream asked for at the wrong address stays silent.",
                "loose": "Prices also come at an address that is not theirs.",
            },
            "The bot asks at the documented address.",
        ),
        Question.DUPLICATE_ID: Wording(
            "The same stop sent twice",
            {"accepted": "A second stop with the number of a waiting one was taken."},
            "The bot takes this refusal as the sign that the first one arrived, and reads it.",
            "A second stop with the number of a waiting one is refused with code {answer}.",
        ),
        Question.CLOSERS: Wording(
            "Stop and target for the whole position",
            {
                "family": "A stop and a target for the whole position can wait side by side.",
                "direction": "Only one order for the whole position can wait at a time.",
            },
            "Where only one can, the target gets the trade's own quantity.",
        ),
        Question.INCOME_PAGE: Wording(
            "Pages of the income history",
            {
                "honoured": "The income history can be asked for page by page.",
                "ignored": "The page is ignored: each answer is the same.",
                "refused": "Asking for a page is refused.",
            },
            "The bot asks by time and never by page.",
        ),
        Question.TRIGGER_TICK: Wording(
            "Stop prices between two price steps",
            {
                "enforced": "A stop between two price steps is refused.",
                "free": "A stop between two price steps is taken.",
            },
            "The bot rounds every stop to a price step.",
        ),
        Question.STOP_BAND: Wording(
            "How far a stop may be",
            {
                "bounded": "A stop farther from the price than the pair's band is refused.",
                "free": "A stop may be farther from the price than the pair's band.",
            },
            "Where it is refused, the bot moves such a stop to the nearest price that is taken, and says so.",
        ),
        Question.CHILD_TYPE: Wording(
            "What a stop that fired is called",
            {},
            "The bot knows it by its number, not by its type.",
            "The order of a stop that fired shows {answer} as its original type.",
        ),
        Question.CLOSER_TIME: Wording(
            "How long a stop waits",
            {},
            "The bot does not rely on it.",
            "An order for the whole position shows {answer} as its time in force.",
        ),
        Question.READ_LAG: Wording(
            "How soon an order can be read",
            {"unseen": "An order that was just placed could not be read within three seconds."},
            "The bot waits at least ten seconds before an order counts as not there.",
            "An order that was just placed could be read after {answer} ms.",
        ),
        Question.BOOLEANS: Wording(
            "TRUE in capitals",
            {"accepted": "TRUE in capitals is taken.", "refused": "TRUE in capitals is refused."},
            "The bot writes it in small letters.",
        ),
        Question.ORDER_ANSWER: Wording(
            "What the answer to an order holds",
            {
                "short": "The answer to an order holds no average price.",
                "long": "The answer to an order holds an average price, as before June 2026.",
            },
            "The bot reads prices from the trades.",
        ),
        Question.CLOSING_ORDERS: Wording(
            "How closing orders are shown",
            {
                "reduce_only": "Orders that close are shown as reduce-only.",
                "plain": "Orders that close are not shown as reduce-only.",
            },
            "The bot goes by the direction of an order.",
        ),
        Question.FLAT_SIDE: Wording(
            "The empty side of a pair",
            {
                "listed": "The empty side of a pair in use is listed among the positions.",
                "left_out": "The empty side of a pair in use is not listed among the positions.",
            },
            "The bot takes a side that is not listed as empty.",
        ),
        Question.REFUSAL_STATUS: Wording(
            "The status of a refusal",
            {},
            "The bot goes by the code in the answer.",
            "A refused order is answered with HTTP status {answer}.",
        ),
        Question.FEES: Wording(
            "Fees",
            {},
            "The bot reads the fees of every pair before it trades.",
            "This pair costs {answer} as maker / as taker.",
        ),
        Question.BITCOIN_STEP: Wording(
            "The step of BTCUSDT",
            {},
            "The bot reads the steps of all pairs every hour.",
            "BTCUSDT trades in steps of {answer}.",
        ),
        Question.SIGNATURE: Wording(
            "What a request's signature is made over",
            {
                "sent": "The signature must be over the request as it is sent.",
                "decoded": "The signature must be over the plain text of the request.",
                "either": "The signature may be over the request as it is sent, or over its plain text.",
            },
            "The bot only uses characters for which both are the same.",
        ),
        Question.COUNTDOWN: Wording(
            "What a countdown cancels",
            {
                "stops_too": "A countdown that runs out cancels the stops of a pair as well.",
                "orders_only": "A countdown that runs out cancels limit orders, and leaves stops.",
            },
            "The bot never starts one on a pair that it trades.",
        ),
        Question.NUMBER_USED_AGAIN: Wording(
            "An order number that is used again",
            {},
            "The bot sends an order that opens or closes once, under a number of its own, and asks what became of it.",
        ),
        Question.SMALL_CLOSE: Wording(
            "Closing less than the smallest order",
            {},
            "The bot places no target that small. Where a close is refused, the stop stays and the bot tries again.",
        ),
        Question.FIRING: Wording(
            "How long a stop is firing",
            {},
            "The bot waits three seconds for what becomes of it, then closes at market.",
        ),
        Question.STOP_LEFT_BEHIND: Wording(
            "What becomes of a stop whose position is gone",
            {},
            "The bot cancels what a trade that has ended left behind.",
        ),
        Question.INSURANCE: Wording(
            "Whose loss the insurance fund covers",
            {},
            "The bot books what the exchange books, on the trades that the forced orders closed.",
        ),
    }
)
# What no order far from the price can show: it is not tried, and the bot does what is right either way.
NOT_TRIED: Final[Mapping[Question, str]] = MappingProxyType(
    {
        Question.NUMBER_USED_AGAIN: "Not measured: it takes an order that fills.",
        Question.SMALL_CLOSE: "Not measured: it takes a position.",
        Question.FIRING: "Not measured: it takes a stop that fires.",
        Question.STOP_LEFT_BEHIND: "Not measured: it takes a position.",
        Question.INSURANCE: "Not measured: it takes a liquidation.",
    }
)
TRIED: Final = tuple(question for question in Question if question not in NOT_TRIED)
# These take a position, and are answered by trades of the bot's own.
BY_TRADES: Final = frozenset({Question.CLOSERS, Question.CHILD_TYPE, Question.CLOSER_TIME, Question.CLOSING_ORDERS})


def sentence_of(question: Question, answer: str) -> str:
    """Return what a person reads of an answer."""
    wording = WORDINGS[question]
    if question in NOT_TRIED:
        return NOT_TRIED[question]
    if answer == NOT_MEASURED:
        if question in BY_TRADES:
            return "Not known yet: it shows with a trade of the bot's own."
        if question is Question.INCOME_PAGE:
            return "Not known yet: the account has no history."
        return "Could not be measured."
    return wording.answers.get(answer) or wording.figure.format(answer=answer)
