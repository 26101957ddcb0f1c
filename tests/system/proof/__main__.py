"""The proof at length: `python -m tests.system.proof [LIVES]`, what `make proof` runs.

Plays LIVES (300) random lives of trades of up to 30 steps with all rules whole; then breaks each rule on purpose and
prints the shortest life in which that does harm. Ends with 1 when a promise is broken, or when a broken rule does none.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine

from storage.connections import create_database_engine
from tests.system.crash.bench import Bench
from tests.system.proof.breaking import BROKEN, Broken
from tests.system.proof.machine import play

STEPS = 30


def main(lives: int) -> int:
    """Prove; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="trading-bot-proof-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            with bench.database() as url:
                engine = create_database_engine(url, "proof")
                try:
                    return _prove(engine, lives)
                finally:
                    engine.dispose()
        finally:
            bench.close()


def _prove(engine: Engine, lives: int) -> int:
    started = time.monotonic()
    try:
        play(engine, lives, STEPS, shrink=True)
    except AssertionError as wrong:
        print("\n".join([f"a promise is broken: {wrong}", *_steps(wrong)]), flush=True)
        return 1
    print(f"{lives} lives with all rules whole: no promise broken, {time.monotonic() - started:.0f} s", flush=True)
    found = [_finds(engine, broken) for broken in BROKEN]
    return 0 if all(found) else 1


def _finds(engine: Engine, broken: Broken) -> bool:
    print(f"\nwithout the rule: {broken.rule}")
    try:
        broken.search(engine, shrink=True)
    except AssertionError as wrong:
        print("\n".join([f"  {wrong}", *_steps(wrong)]), flush=True)
        return re.match(broken.found, str(wrong)) is not None
    print("  NOTHING WAS FOUND", flush=True)
    return False


def _steps(wrong: AssertionError) -> list[str]:
    notes = "\n".join(getattr(wrong, "__notes__", [])).splitlines()
    return [f"    {line}" for line in notes if line.startswith("state.") and "promises_hold" not in line]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
