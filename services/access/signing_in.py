"""What a right password leads to: a look at the second factor, and a session with its cookie."""

import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from config import Config
from crypto_utils import open_secret_box
from services.access import delays, rows, second_factor
from services.access.tokens import new_cookie, stored_hash
from storage.access_tables import AccessRow, AccessSessionRow
from storage.session_secret import SECOND_FACTOR, SecretUnavailable, encrypted_rows_exist, load_or_make_session_secret

log = logging.getLogger(__name__)

SIGNED_IN_FOR: Final = timedelta(days=30)
LONGEST_BROWSER: Final = 200


def open_session(
    session: Session, config: Config, verified: str, address: str, browser: str, code: str, now: datetime
) -> str | None:
    """Return the cookie of a new session; None when the code is wrong or the password has just been changed.

    Args:
        session: a transaction.
        config: where the secret is that the second factor is encrypted with.
        verified: the hash that the password was held against.
        address: where the browser is.
        browser: what it calls itself; cut and printable.
        code: six digits or a recovery code; not looked at without a second factor.
        now: aware.
    """
    row = rows.load_lock(session, now, for_update=True)
    if rows.hash_in_force(row) != verified or not _passes_second_factor(session, config, row, code, now):
        return None
    delays.forgive(session, address, now)
    cookie = new_cookie(row.signing_key)
    session.add(
        AccessSessionRow(
            token_hash=stored_hash(cookie, row.signing_key),
            created_at=now,
            active_at=now,
            expires_at=now + SIGNED_IN_FOR,
            address=address,
            browser=_printable(browser),
        )
    )
    return cookie


def second_factor_refused_because(session: Session, config: Config) -> str | None:
    """Return why no second factor can be stored, in words; None when one can."""
    try:
        if encrypted_rows_exist(session):
            open_secret_box(session, config)
        else:
            load_or_make_session_secret(config, encrypted_rows_exist=False)
    except SecretUnavailable as refusal:
        return str(refusal)
    return None


def _passes_second_factor(session: Session, config: Config, row: AccessRow, code: str, now: datetime) -> bool:
    if row.totp_token is None:
        return True
    recovery = second_factor.recovery_hash(code)
    if recovery is not None:
        return rows.use_recovery_code(session, recovery)
    try:
        secret = open_secret_box(session, config).decrypt(row.totp_token, SECOND_FACTOR)
    except SecretUnavailable:
        log.warning("the second factor cannot be read: a recovery code or `python -m access reset` opens")
        return False
    step = second_factor.matching_step(secret, code, now, row.totp_step)
    if step is not None:
        row.totp_step = step
    return step is not None


def _printable(browser: str) -> str:
    return "".join(character for character in browser if character.isprintable())[:LONGEST_BROWSER]
