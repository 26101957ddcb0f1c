"""What every part of the bot loads and saves: its name, its journal, its accounts and their keys."""

import re
import secrets
import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.client_ids import parse_client_order_id
from domain.journal.facts import JournalFacts, facts_to_json, severity_of
from domain.journal.texts import sentence
from domain.terms import Severity
from storage.bot_tables import ApiCredentialRow, JournalRow, SettingRow
from storage.settings import read_setting, save_setting
from storage.tables import AccountRow, OrderRow

INSTALL_ID_LENGTH: Final = 6
_INSTALL: Final = "install"


def install_id(session: Session) -> str:
    """Return the six characters [a-z0-9] that mark this database's orders, made at the first call and kept for good."""
    made = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(INSTALL_ID_LENGTH))
    row = insert(SettingRow).values(name=_INSTALL, value={"id": made}, changed_at=func.now())
    session.execute(row.on_conflict_do_nothing())
    kept = read_setting(session, _INSTALL, _install_id, absent="")
    if not kept:  # damaged: the orders still tell it
        kept = _install_of_orders(session) or made
        save_setting(session, _INSTALL, {"id": kept})
    return kept


def _install_id(saved: dict[str, Any]) -> str:
    if not re.fullmatch(f"[a-z0-9]{{{INSTALL_ID_LENGTH}}}", saved["id"]):
        raise ValueError(saved["id"])
    return str(saved["id"])


def _install_of_orders(session: Session) -> str | None:
    newest = session.scalar(select(OrderRow.client_order_id).order_by(OrderRow.id.desc()).limit(1))
    parsed = parse_client_order_id(newest or "")
    return None if parsed is None else parsed.install


def save_journal(
    session: Session,
    *,
    at: datetime,
    severity: Severity,
    event: str,
    text: str,
    account_id: int | None = None,
    position_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> JournalRow:
    """Add a line to the journal; it is written with the session's next flush.

    Args:
        session: the transaction whose effect the line tells of.
        at: when it happened.
        severity: how much it matters to the person.
        event: a short machine word, e.g. entry_filled.
        text: the sentence a person reads.
        account_id: the account it belongs to, None = the bot as a whole.
        position_id: the position it belongs to.
        details: facts behind the sentence; money as strings.
    """
    row = JournalRow(
        account_id=account_id,
        position_id=position_id,
        at=at,
        severity=severity,
        event=event,
        text=text,
        details=dict(details or {}),
    )
    session.add(row)
    return row


def save_event(
    session: Session,
    facts: JournalFacts,
    *,
    at: datetime,
    account_id: int | None = None,
    position_id: int | None = None,
) -> JournalRow:
    """Add an event to the journal, with the sentence that its facts make; see save_journal."""
    return save_journal(
        session,
        at=at,
        severity=severity_of(facts),
        event=facts.EVENT,
        text=sentence(facts),
        account_id=account_id,
        position_id=position_id,
        details=facts_to_json(facts),
    )


def load_account(session: Session, family: str, alias: str) -> AccountRow | None:
    """Return the account with the exchange's alias in a family of venues, or None when it was never seen."""
    return session.scalar(select(AccountRow).where(AccountRow.family == family, AccountRow.alias == alias))


def save_account(session: Session, family: str, alias: str, first_seen_at: datetime) -> AccountRow:
    """Return the account's row, made now when it is new; first_seen_at of a known account stays."""
    row = insert(AccountRow).values(family=family, alias=alias, first_seen_at=first_seen_at)
    session.execute(row.on_conflict_do_nothing())
    return session.scalars(select(AccountRow).where(AccountRow.family == family, AccountRow.alias == alias)).one()


def load_credentials(session: Session, family: str) -> ApiCredentialRow | None:
    """Return the saved keys of a family of venues, encrypted, or None when none are saved."""
    return session.scalar(select(ApiCredentialRow).where(ApiCredentialRow.family == family))


def save_credentials(
    session: Session, family: str, *, api_key_token: str, api_secret_token: str, last_four: str, now: datetime
) -> None:
    """Save the encrypted keys of a family of venues, in place of those that were there."""
    row = insert(ApiCredentialRow).values(
        family=family,
        api_key_token=api_key_token,
        api_secret_token=api_secret_token,
        last_four=last_four,
        created_at=now,
    )
    replaced = ("api_key_token", "api_secret_token", "last_four", "created_at")
    session.execute(
        row.on_conflict_do_update(
            index_elements=[ApiCredentialRow.family], set_={name: row.excluded[name] for name in replaced}
        )
    )


def delete_credentials(session: Session, family: str) -> None:
    """Delete the saved keys of a family of venues; nothing happens when there are none."""
    session.execute(delete(ApiCredentialRow).where(ApiCredentialRow.family == family))
