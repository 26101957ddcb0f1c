import re

import pytest

from domain.rejections import Rejection
from exchange.error_codes import KEY_CODES, MEANINGS, UNKNOWN_MEANING, leaves_open, meaning_of, rejection_of
from exchange.errors import (
    Failure,
    KeysRejected,
    NotExecuted,
    OrderNotFound,
    OutcomeUnknown,
    Rejected,
    UnexpectedAnswer,
    order_error,
)

# Binance USDⓈ-M Futures documentation, "Error Code", and what the test venues answer beyond it.
MET = frozenset(
    {-1000, -1001, -1002, -1003, -1006, -1007, -1008, -1015, -1016, -1021, -1022, -1100, -1101, -1102, -1104, -1105}
    | {-1106, -1111, -1115, -1116, -1117, -1120, -1121, -1125, -1127, -1128, -1130, -2008, -2010, -2011, -2012, -2013}
    | {-2014, -2015, -2017, -2018, -2019, -2020, -2021, -2022, -2023, -2024, -2025, -2026, -2027, -2028, -4001, -4002}
    | {-4003, -4004, -4005, -4006, -4007, -4013, -4014, -4015, -4016, -4023, -4024, -4028, -4031, -4045, -4046, -4047}
    | {-4048, -4059, -4060, -4061, -4062, -4067, -4068, -4087, -4088, -4105, -4106, -4107, -4109, -4116, -4117, -4118}
    | {-4120, -4130, -4131, -4135, -4136, -4137, -4138, -4139, -4140, -4141, -4142, -4161, -4164, -4165, -4167, -4168}
    | {-4169, -4170, -4171, -4172, -4183, -4184, -4189, -4192, *range(-4211, -4201), -4400, -4401, -4402, -4403, -4509}
    | {-4531, -5000, -5021, -5022, -5028, -5037, -5038, -5039, -5040, -5041, -5047}
)


def test_every_code_that_can_be_met_has_words_of_its_own() -> None:
    assert MET - MEANINGS.keys() == set()


@pytest.mark.parametrize("code", [*sorted(MEANINGS), -99999])
def test_what_a_person_reads_is_a_sentence_without_the_exchange_s_words(code: int) -> None:
    sentence = meaning_of(code).sentence

    assert re.fullmatch(r"[A-Z][^_{}]*[.]", sentence)
    assert str(code) not in sentence
    assert not re.search(r"recvWindow|positionSide|reduceOnly|GTE|parameter|PERCENT|timestamp|null|IP", sentence)


@pytest.mark.parametrize(
    ("code", "rejection", "retryable"),
    [
        (-2021, Rejection.WOULD_TRIGGER_NOW, False),
        (-4142, Rejection.WOULD_TRIGGER_NOW, False),
        (-4509, Rejection.NO_POSITION_YET, False),
        (-4130, Rejection.ANOTHER_RESTS, False),
        (-4116, Rejection.DUPLICATE_ID, False),
        (-2022, Rejection.NOTHING_TO_CLOSE, False),
        (-1008, Rejection.NOT_EXECUTED, True),
        (-1021, Rejection.NOT_EXECUTED, True),
        (-2019, Rejection.MARGIN_SHORT, False),
        (-4045, Rejection.NO_ROOM_FOR_STOPS, False),
        (-4400, Rejection.SYMBOL_RESTRICTED, False),
        (-4061, Rejection.MODE_WRONG, False),
        (-2015, Rejection.KEYS_REFUSED, False),
        (-4164, Rejection.TERMS_REFUSED, False),
        (-99999, Rejection.OTHER, False),
        (0, Rejection.NOT_EXECUTED, True),
    ],
)
def test_what_a_code_means_for_the_next_step(code: int, rejection: Rejection, retryable: bool) -> None:
    assert (rejection_of(code), meaning_of(code).retryable) == (rejection, retryable)


@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007])
def test_codes_that_leave_the_outcome_open_are_no_rejection(code: int) -> None:
    assert leaves_open(code)
    assert rejection_of(code) is None


def test_without_a_code_nothing_is_known() -> None:
    assert rejection_of(None) is None
    assert not leaves_open(None)


def test_whatever_was_not_executed_may_be_sent_again_and_nothing_else() -> None:
    again = {meaning.rejection for meaning in MEANINGS.values() if meaning.retryable}

    assert again == {Rejection.NOT_EXECUTED}
    assert all(meaning_of(code).rejection is Rejection.KEYS_REFUSED for code in KEY_CODES)
    assert UNKNOWN_MEANING.rejection is Rejection.OTHER


RAW = "Order's position side does not match user's setting."


@pytest.mark.parametrize(
    "error",
    [
        Rejected(-4061, RAW),
        KeysRejected(-2015, RAW),
        NotExecuted(-1008, RAW),
        OrderNotFound(-2013, RAW),
        OutcomeUnknown("t1-abc123-7-e-1", RAW),
        UnexpectedAnswer(RAW),
        order_error(Failure(400, -77777, RAW), "id"),
        order_error(Failure(403, None, RAW), "id"),
        order_error(Failure(503, None, RAW), "id"),
    ],
)
def test_errors_speak_to_the_person_and_keep_the_exchange_s_words_for_the_log(
    error: Rejected | OutcomeUnknown | UnexpectedAnswer,
) -> None:
    assert RAW not in str(error)
    assert not re.search(r"-?\d{3,}", str(error))
    assert error.text == str(error)
    assert RAW in error.details
