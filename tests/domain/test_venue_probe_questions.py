"""Every question and every answer has words."""

from domain.venue_probe.questions import NOT_MEASURED, WORDINGS, Question, sentence_of


def test_every_question_has_words_for_its_answers() -> None:
    for question in Question:
        wording = WORDINGS[question]
        assert sentence_of(question, NOT_MEASURED).endswith(".")
        assert all(sentence_of(question, answer) == text for answer, text in wording.answers.items())
        assert "7" in sentence_of(question, "7") or not wording.figure


def test_what_takes_a_trade_says_so() -> None:
    assert "a trade of the bot's own" in sentence_of(Question.CLOSERS, NOT_MEASURED)
