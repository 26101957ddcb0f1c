"""How passwords are hashed and compared."""

import unicodedata

from argon2 import PasswordHasher, Type, extract_parameters

from domain.passwords import LONGEST
from services.access.passwords import WORK, hash_password, is_password


def test_the_work_is_what_the_standard_recommends() -> None:
    assert (WORK.type, WORK.memory_cost, WORK.time_cost) == (Type.ID, 64 * 1024, 3)
    hashed = PasswordHasher.from_parameters(WORK).hash("correct horse")
    assert extract_parameters(hashed) == WORK


def test_a_password_opens_its_own_hash_alone() -> None:
    stored = hash_password("correct horse")

    assert "correct horse" not in stored
    assert stored != hash_password("correct horse")
    assert is_password(stored, "correct horse")
    assert not is_password(stored, "correct horse ")


def test_an_accent_is_the_same_however_the_keyboard_composes_it() -> None:
    stored = hash_password(unicodedata.normalize("NFC", "café au lait"))

    assert is_password(stored, unicodedata.normalize("NFD", "café au lait"))


def test_what_cannot_be_a_password_opens_nothing() -> None:
    stored = hash_password("x" * LONGEST)

    assert is_password(stored, "x" * LONGEST)
    for wrong in ("x" * (LONGEST + 1), "", "\ud800", "\x00"):
        assert not is_password(stored, wrong)
    assert not is_password("not a hash", "x")
