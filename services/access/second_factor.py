"""The second factor: six digits from a phone (TOTP), and recovery codes for the day the phone is gone."""

import hashlib
import hmac
import re
from datetime import datetime
from typing import Final

import pyotp
import segno

ISSUER: Final = "Trading bot"
RECOVERY_CODES: Final = 10
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}")
_STEP_SECONDS: Final = 30


def new_secret() -> str:
    """Return a new secret to share with a phone, 32 characters of base 32."""
    return pyotp.random_base32()


def qr_code(secret: str, account: str) -> str:
    """Return the picture for a phone's camera as a data address of an SVG.

    Args:
        secret: as new_secret() made it.
        account: what the phone shows beside the digits, e.g. the dashboard's address.
    """
    address = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)
    return str(segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff", border=2))


def matching_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """Return the half minute that a code belongs to, None when it is wrong or was used already.

    The half minutes before and after count too: phones' clocks are not exact.
    """
    digits = re.sub(r"\s", "", code)
    if not _SIX_DIGITS.fullmatch(digits):
        return None
    generator = pyotp.TOTP(secret)
    present = int(now.timestamp()) // _STEP_SECONDS
    for step in (present - 1, present, present + 1):
        right = hmac.compare_digest(generator.generate_otp(step), digits)
        if right and (last_step is None or step > last_step):
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Return codes that each open the door once, in groups of four characters; 80 random bits each."""
    codes = (pyotp.random_base32(32)[:16] for _ in range(RECOVERY_CODES))
    return tuple("-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes)


def recovery_hash(code: str) -> str | None:
    """Return the hash under which a recovery code is kept, None for what cannot be one."""
    plain = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(plain.encode()).hexdigest() if _RECOVERY.fullmatch(plain) else None
