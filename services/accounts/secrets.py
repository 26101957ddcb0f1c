"""Saved API keys: whether they can be read and stored here, never what they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config import Config
from crypto_utils import open_secret_box
from database import load_credentials
from storage.session_secret import (
    API_KEY,
    API_SECRET,
    SecretUnavailable,
    encrypted_rows_exist,
    load_or_make_session_secret,
)


@dataclass(frozen=True, slots=True)
class SavedKeys:
    """What may be told of a saved pair; readable says whether this SESSION_SECRET opens it."""

    last_four: str
    saved_at: datetime
    readable: bool


def saving_refused_because(session: Session, config: Config) -> str | None:
    """Return why keys cannot be stored here in plain words, None when they can."""
    try:
        if encrypted_rows_exist(session):
            open_secret_box(session, config)
        else:
            load_or_make_session_secret(config, encrypted_rows_exist=False)
    except SecretUnavailable as refusal:
        return str(refusal)
    return None


def read_saved_keys(session: Session, config: Config, family: str) -> SavedKeys | None:
    """Return what may be told of the saved keys of a family of venues, None when there are none."""
    row = load_credentials(session, family)
    if row is None:
        return None
    try:
        box = open_secret_box(session, config)
        box.decrypt(row.api_key_token, API_KEY)
        box.decrypt(row.api_secret_token, API_SECRET)
    except SecretUnavailable:
        return SavedKeys(row.last_four, row.created_at, readable=False)
    return SavedKeys(row.last_four, row.created_at, readable=True)
