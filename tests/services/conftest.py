from tests.exchange.conftest import server
from tests.notifications.conftest import receiver

__all__ = ["receiver", "server"]
