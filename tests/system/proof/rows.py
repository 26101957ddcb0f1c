"""The rows of random lives, for comparing two checkouts: `python -m tests.system.proof.rows LIVES FILE`.

Plays LIVES lives of up to 30 steps, the same ones every time, and writes every row that each of them leaves behind to
FILE, in the time of the exchange in memory alone: how long a machine takes for a step decides nothing. A change that
should change nothing leaves the same file:

    python -m tests.system.proof.rows 300 before.txt    # in a checkout of what was there before
    python -m tests.system.proof.rows 300 after.txt && diff before.txt after.txt
"""

import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, TextIO
from unittest.mock import patch

from sqlalchemy import select

from engine.dispatch import emergency
from engine.execution import entry_checks
from engine.requests import orders
from storage.bot_tables import InstructionRow, JournalRow
from storage.connections import create_database_engine
from storage.exit_tables import ExitProgressRow
from storage.tables import FillRow, OrderRow, PlanRow, PositionRow
from tests.system.crash.bench import Bench
from tests.system.proof.machine import Trades, play

STEPS = 30
END = "the end"
TABLES = (PlanRow, PositionRow, OrderRow, FillRow, ExitProgressRow, InstructionRow, JournalRow)
MEASURED_HERE = (
    (orders, "SEND_WITHIN_SECONDS"),
    (entry_checks, "ENTRY_FACTS_FRESH_FOR_SECONDS"),
    (emergency, "SENT_AGAIN_AFTER_SECONDS"),
    (emergency, "ACCOUNT_ASKED_EVERY_SECONDS"),
)
MADE_UP = re.compile(r"\bt1-[0-9a-z]{6}-|[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


class Recorded(Trades):
    """Lives whose rows are written down once all has calmed down."""

    file: ClassVar[TextIO]

    def _calm_down(self) -> None:
        super()._calm_down()
        with self.actor.sessions() as session:
            for table in TABLES:
                rows = session.execute(select(*table.__table__.columns).order_by(*table.__table__.primary_key))
                lines = [MADE_UP.sub("…", f"{table.__tablename__} {tuple(row)!r}\n") for row in rows]
                # Ids of instructions are made up: their order says nothing.
                self.file.writelines(sorted(lines) if table is InstructionRow else lines)
        self.file.write(f"{END}\n")
        self.file.flush()


def main(lives: int, path: Path) -> int:
    """Play and write; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="trading-bot-rows-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            with bench.database() as url, path.open("w") as file, ExitStack() as unmeasured:
                for module, name in MEASURED_HERE:
                    unmeasured.enter_context(patch.object(module, name, float("inf")))
                engine = create_database_engine(url, "rows")
                try:
                    Recorded.file = file
                    play(engine, lives, STEPS, lives=Recorded)
                finally:
                    engine.dispose()
        finally:
            bench.close()
    print(f"{path.read_text().splitlines().count(END)} lives written", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
