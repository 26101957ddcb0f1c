"""Saved API keys: whether they can be read and stored here, never what they are."""

from dataclasses import dataclass
from datetime import datetime

from crypto_utils import SecretBox, SecretMissing, WrongSecret, load_or_make_session_secret
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from config import Config
from database import load_credentials
from database_tables import ApiCredentialRow
from services_errors import SavingRefused


@dataclass(frozen=True, slots=True)
class SavedKeys:
    """What may be told of a saved pair; readable says whether this SESSION_SECRET opens it."""

    last_four: str
    saved_at: datetime
    readable: bool


def open_box(session: Session, config: Config) -> SecretBox:
    """Return what encrypts and decrypts with this installation's secret.

    Raises:
        SavingRefused: there is no secret to encrypt with, or it is not the one the saved keys were encrypted with.
    """
    try:
        encrypted = bool(session.scalar(select(exists().where(ApiCredentialRow.id.is_not(None)))))
        return SecretBox.open(session, load_or_make_session_secret(config, encrypted))
    except (SecretMissing, WrongSecret) as refusal:
        raise SavingRefused(str(refusal)) from refusal


def saving_refused_because(session: Session, config: Config) -> str | None:
    """Return why keys cannot be stored here in plain words, None when they can."""
    try:
        open_box(session, config)
    except SavingRefused as refusal:
        return str(refusal)
    return None


def read_saved_keys(session: Session, config: Config, family: str) -> SavedKeys | None:
    """Return what may be told of the saved keys of a family of venues, None when there are none."""
    row = load_credentials(session, family)
    if row is None:
        return None
    try:
        box = open_box(session, config)
        box.decrypt(row.api_key_token)
        box.decrypt(row.api_secret_token)
    except (SavingRefused, WrongSecret):
        return SavedKeys(row.last_four, row.created_at, readable=False)
    return SavedKeys(row.last_four, row.created_at, readable=True)
