"""Numbers as people type them: what a text means, what has to be asked, and what is wrong with it, in words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.wording import MINUS, decimals_of, format_quantity

LONGEST = 40  # characters of a text that is looked at
MOST_DIGITS = 15  # before the decimal sign
_ARABIC_SIGNS = {"٫": ".", "٬": " ", "،": ","}
_MINUSES = "-−–﹣－"
_APOSTROPHES = "'’ʼ′"
_NUMBER = re.compile(r"[0-9., ]+")
_EMPTY = "Type a number."
_NOT_A_NUMBER = "This is not a number. Type digits, for example {example}."


class DecimalSign(StrEnum):
    """What stands before the decimals in a reader's number format; the other one groups thousands."""

    POINT = "."
    COMMA = ","

    @property
    def other(self) -> DecimalSign:
        """The sign that groups thousands."""
        return DecimalSign.COMMA if self is DecimalSign.POINT else DecimalSign.POINT


class NumberRole(StrEnum):
    """What a field asks for, which decides what a sign in front means."""

    AMOUNT = "amount"  # money or a price: above nothing, so without a minus
    LOSS = "loss"  # 5 and −5 both mean a loss of 5
    LOSS_OR_PROFIT = "loss_or_profit"  # the same, and +5 a profit of 5 that is locked in
    GAIN = "gain"
    WHOLE = "whole"  # a whole number within bounds
    WHOLE_OR_NONE = "whole_or_none"  # the same, or nothing at all


@dataclass(frozen=True, slots=True)
class NumberKind:
    """What a field takes.

    unit stands behind the number as it was read, e.g. "USDT", "%", "×" or nothing. decimals is how many a number of
    this kind needs: from three on, three digits after the reader's own decimal sign are decimals beyond doubt. least
    and most bound whole numbers.
    """

    role: NumberRole
    unit: str = "USDT"
    decimals: int = 2
    least: int = 1
    most: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Understood:
    """A text with one meaning. value is exact: a loss is positive, a profit kept at the stop negative; None is nothing.

    words say how it was read, for under the field.
    """

    value: Decimal | None
    words: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A text with two meanings, which only the person knows."""

    words: str
    choices: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is refused; words say what would work."""

    words: str


Reading = Understood | Unclear | Unreadable


def read_number(text: str, kind: NumberKind, sign: DecimalSign = DecimalSign.POINT) -> Reading:
    """Return what a text in a field means.

    Args:
        text: as typed.
        kind: what the field takes.
        sign: the reader's decimal sign.

    Returns:
        Understood where it can only mean one number; the other format's sign, spaces and apostrophes between thousands
        are taken. Unclear where it can mean two, as "1.000". Unreadable otherwise.
    """
    plain = _plain(text)
    if not plain:
        return _nothing(kind)
    body, minus, plus = _without_sign(_without_unit(plain, kind.unit))
    if not body or len(plain) > LONGEST or not _NUMBER.fullmatch(body) or not any(map(str.isdigit, body)):
        return Unreadable(_refusal_of(plain, kind, sign))
    numbers = _meanings(body, sign, kind.decimals)
    if not numbers:
        return Unreadable(f"The digits are grouped oddly. Type {_example(sign, '1234', '50')} or 1234.")
    if any(number >= Decimal(10) ** MOST_DIGITS for number in numbers):
        return Unreadable("This is more than any account holds. Type a smaller number.")
    if len(numbers) == 2:
        thousand, small = numbers
        return Unclear(f"Do you mean {spelled(thousand, sign)} or {_plainly(small, sign)}?", (thousand, small))
    return _judged(numbers[0], minus, plus, kind)


def spelled(number: Decimal, sign: DecimalSign = DecimalSign.POINT, plus: bool = False) -> str:
    """Return a number as a field shows it, so that it is read back as the same: "1234.5", "1234,5"; no thousands."""
    short = number.normalize() + Decimal(0)
    text = f"{abs(short):f}".replace(".", sign.value)
    if decimals_of(short) == 3 and abs(short) < 1000 and abs(short) >= 1:
        text += "0"  # three digits behind a sign could be thousands
    lead = MINUS if short < 0 else "+" if plus and short > 0 else ""
    return lead + text


def decimal_sign_of(locale: str | None) -> DecimalSign:
    """Return the decimal sign of a browser's locale, e.g. "de-DE"; the point where it is not known."""
    if not locale:
        return DecimalSign.POINT
    language, _, region = locale.replace("_", "-").partition("-")
    if locale in _POINT_LOCALES or region.upper() in _POINT_REGIONS:
        return DecimalSign.POINT
    return DecimalSign.COMMA if language.lower() in _COMMA_LANGUAGES else DecimalSign.POINT


# Source: Unicode CLDR 46, numbering symbols "decimal" of each language's Latin digits.
_COMMA_LANGUAGES = frozenset(
    """
    af az be bg bs ca cs da de el es et eu fi fo fr gl hr hu hy id is it ka kk ky lt lv mk mn nb nl nn no pl pt ro ru
    sk sl sq sr sv tk tr uk uz vi
    """.split()  # noqa: SIM905  a list of so many words is read better as words
)
_POINT_REGIONS = frozenset(["CH", "LI", "MX", "US", "GT", "HN", "NI", "PA", "PE", "PR", "SV", "DO"])
_POINT_LOCALES = frozenset({"en-ZA"})


def _plain(text: str) -> str:
    """Return a text in ASCII digits and signs, one space for each kind of white space and for thousands marks."""
    plain = []
    for character in text.strip():
        if character in _ARABIC_SIGNS:
            plain.append(_ARABIC_SIGNS[character])
        elif character in _MINUSES:
            plain.append("-")
        elif character in _APOSTROPHES or character.isspace():
            plain.append(" ")
        elif unicodedata.category(character) == "Cf":
            continue  # marks of direction, which some keyboards put around a sign
        else:
            digit = unicodedata.digit(character, None)
            plain.append(character if digit is None or not character.isdecimal() else str(digit))
    return "".join(plain).strip()


def _without_unit(plain: str, unit: str) -> str:
    for spelling in {unit.casefold(), "x" if unit == "×" else unit.casefold()}:
        if spelling and plain.casefold().endswith(spelling):
            return plain[: -len(spelling)].rstrip()
    return plain


def _without_sign(plain: str) -> tuple[str, bool, bool]:
    """Return the digits, and whether a minus or a plus stood before them."""
    return plain[1:].lstrip() if plain[:1] in "+-" else plain, plain.startswith("-"), plain.startswith("+")


def _meanings(body: str, sign: DecimalSign, decimals: int) -> tuple[Decimal, ...]:
    """Return what digits with signs between them can mean: nothing, one number, or thousands first and decimals."""
    signs = [character for character in body if character in ".,"]
    if len(set(signs)) == 2:
        last = signs[-1]
        return _one(body, last) if signs.count(last) == 1 else ()
    if len(signs) > 1:
        return _one(body, "")
    if not signs:
        return _one(body, "")
    whole, _, after = body.partition(signs[0])
    could_be_thousands = len(after) == 3 and whole.isdigit() and len(whole) <= 3 and not whole.startswith("0")
    if not could_be_thousands or (signs[0] == sign and decimals >= 3):
        return _one(body, signs[0])
    return (Decimal(whole + after), Decimal(f"{whole}.{after}"))


def _one(body: str, decimal_sign: str) -> tuple[Decimal, ...]:
    whole, _, after = body.partition(decimal_sign) if decimal_sign else (body, "", "")
    if not (after.isdigit() or not after):
        return ()
    groups = re.split(r"[., ]", whole)
    if len(groups) > 1 and not (_are_thousands(groups, whole) or _are_lakhs(groups, whole)):
        return ()
    digits = "".join(groups)
    return (Decimal(f"{digits or '0'}.{after or '0'}").normalize() + Decimal(0),) if digits or after else ()


def _are_thousands(groups: list[str], whole: str) -> bool:
    same_sign = len({character for character in whole if not character.isdigit()}) == 1
    return same_sign and 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _are_lakhs(groups: list[str], whole: str) -> bool:
    """Whether they are grouped as in India: 1,00,000."""
    return (
        set(whole) - set("0123456789") == {","}
        and len(groups) > 2
        and 1 <= len(groups[0]) <= 2
        and all(len(group) == 2 for group in groups[1:-1])
        and len(groups[-1]) == 3
    )


def _judged(number: Decimal, minus: bool, plus: bool, kind: NumberKind) -> Reading:
    """Return what a number means in this field; its sign first."""
    if kind.role in (NumberRole.WHOLE, NumberRole.WHOLE_OR_NONE):
        if minus or number != number.to_integral_value() or not kind.least <= number <= kind.most:
            return Unreadable(f"Type a whole number from {kind.least} to {format_quantity(Decimal(kind.most))}.")
        return Understood(number.to_integral_value(), _words(number, kind))
    if kind.role is NumberRole.LOSS_OR_PROFIT and plus and number:
        return Understood(-number, f"a profit of {_shown(number, kind)} kept at the stop")
    if kind.role is NumberRole.LOSS and plus and number:
        return Unreadable("A new trade cannot keep a profit at its stop. Type the loss without a plus.")
    if kind.role in (NumberRole.LOSS, NumberRole.LOSS_OR_PROFIT) and minus:
        return Understood(number, f"a loss of {_shown(number, kind)}")
    if minus and number:
        what = "A take-profit is a gain" if kind.role is NumberRole.GAIN else "This is never below zero"
        return Unreadable(f"{what}: type it without the minus.")
    return Understood(number, _words(number, kind))


def _nothing(kind: NumberKind) -> Reading:
    return Understood(None, "no limit") if kind.role is NumberRole.WHOLE_OR_NONE else Unreadable(_EMPTY)


def _words(number: Decimal, kind: NumberKind) -> str:
    return f"= {_shown(number, kind)}"


def _shown(number: Decimal, kind: NumberKind) -> str:
    decimals = max(
        0 if kind.unit == "×" or kind.role in (NumberRole.WHOLE, NumberRole.WHOLE_OR_NONE) else kind.decimals, 0
    )
    exact = number.normalize() + Decimal(0)
    shown = format_quantity(exact)
    if decimals > decimals_of(exact) and kind.unit == "USDT":
        shown += ("." if decimals_of(exact) == 0 else "") + "0" * (decimals - decimals_of(exact))
    return f"{shown} {kind.unit}".rstrip() if kind.unit != "×" else f"{shown}×"


def _plainly(number: Decimal, sign: DecimalSign) -> str:
    return f"{number:f}".replace(".", sign.value)


def _example(sign: DecimalSign, whole: str, after: str) -> str:
    return f"{whole}{sign.value}{after}"


def _refusal_of(plain: str, kind: NumberKind, sign: DecimalSign) -> str:
    if plain.endswith("%") and kind.unit != "%":
        return f"This field counts {kind.unit or 'a price'}. Choose per cent above to type per cent."
    if re.fullmatch(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+", plain):
        return "Write the number out in digits."
    example = "20" if kind.role in (NumberRole.WHOLE, NumberRole.WHOLE_OR_NONE) else _example(sign, "12", "50")
    return _NOT_A_NUMBER.format(example=example)
