from sqlalchemy.orm import Session, sessionmaker

from database import install_id


def test_install_id_is_made_once(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        first = install_id(session)

    with session_factory.begin() as session:
        assert install_id(session) == first
