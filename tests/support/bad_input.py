"""What fields trip over: texts that a person, a file or a hostile page may put into any of them."""

from typing import Final

from hypothesis import strategies as st

ODD_TEXTS: Final = (
    *("", " ", "\t", "\n", "\r\n", "\u00a0", "\u200b", "\ufeff"),
    *("NaN", "nan", "-NaN", "sNaN", "inf", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "0x10", "1_000", "½"),
    *(
        "9" * 5000,
        "0." + "1" * 30,
        "0." + "0" * 29 + "1",
        "1" * 40,
        "1" * 41,
        "-1",
        "-0",
        "0",
        "00",
        "+0",
        "--1",
        "+-1",
    ),
    *("١٢٣", "８５０１", "१२", "1٫5", "²", "Ⅷ", "1.2.3", "1,2,3", ".", ",", "1..2", "1 2 3", "5%", "5 USDT", "20x"),
    *("a\x00b", "\x00", "\x1b[2J", "\x7f", "\x08", "\u202e1", "\u2028", "\U000e0001", "\ud800", "\udfff1"),
    *("None", "null", "true", "[]", "{}", "'", '"', "\\", ";--", "%s", "%00", "{0}", "$1", "../..", "~root"),
    *(
        "<b>1</b>",
        "![](http://127.0.0.1:1)",
        "=1+1",
        "@SUM(1)",
        "-1+1",
        "http://[",
        "://",
        "é" * 300,
        "💥" * 50,
        "x" * 10_000,
    ),
)

# Without what no text of Python's own encoders takes; what a form sends as JSON may hold even that.
TYPED_TEXTS: Final = tuple(
    text for text in ODD_TEXTS if text.isascii() or text.encode("utf-8", "ignore").decode() == text
)

BAD_TEXTS: Final = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.text(max_size=60),
    st.builds("{}{}".format, st.sampled_from(ODD_TEXTS), st.text(max_size=8)),
    st.builds("{}{}".format, st.integers(), st.sampled_from(ODD_TEXTS)),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.floats().map(repr),
)
EXAMPLES: Final = 250  # of each field
