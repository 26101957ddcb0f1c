"""A process that takes the lease and says what becomes of it: `python -m tests.storage.lease_holder URL INSTANCE`."""

import sys
import time

from sqlalchemy.exc import DBAPIError

from storage.connections import create_database_engine, sessions
from storage.lease import Lease, LeaseLost


def main(url: str, instance: str) -> None:
    """Go round until the lease is lost: say "held" once, then "lost", then whether a transaction was still let in."""
    lease = Lease(url, instance)
    print("held" if lease.try_take() else "refused", flush=True)
    maker = sessions(create_database_engine(url, instance))
    try:
        while True:
            lease.heartbeat()
            time.sleep(0.05)
    except LeaseLost:
        print("lost", flush=True)
    try:
        with maker.begin() as session:
            lease.guard(session)
        print("let in", flush=True)
    except (LeaseLost, DBAPIError):
        print("kept out", flush=True)


main(*sys.argv[1:])
