from sqlalchemy.orm import Session, sessionmaker

from storage.settings import load_setting, save_setting


def test_settings_are_replaced_by_name(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        assert load_setting(session, "exchange") is None
        save_setting(session, "exchange", {"venue": "practice"})

    with session_factory.begin() as session:
        save_setting(session, "exchange", {"venue": "demo"})
        assert load_setting(session, "exchange") == {"venue": "demo"}
