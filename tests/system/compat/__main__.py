"""External clients on the practice exchange: `python -m tests.system.compat` (`make compat`).

python-binance's own futures tests, a trading day with ccxt and the models of Binance's own SDK, each in an environment
of its own under .data/compat and on a fresh exchange. Prints how many agree and what the others say; ends with 1 when
one disagrees for a reason that is not known.
"""

import sys
from collections.abc import Callable

from tests.simulator.conftest import running
from tests.system.compat.external_clients import python_of, rows_of_module, rows_of_own_tests, version
from tests.system.compat.rows import Row, known

SDK = "binance-sdk-derivatives-trading-usds-futures"
CLIENTS: dict[str, Callable[[str], list[Row]]] = {
    f"python-binance {version('python_binance', 'python-binance')}, its own futures tests": rows_of_own_tests,
    f"ccxt {version('ccxt', 'ccxt')}, a trading day": lambda url: rows_of_module(python_of("ccxt"), "ccxt_day", url),
    f"{SDK} {version('sdk', SDK)}, its models": lambda url: rows_of_module(python_of("sdk"), "sdk_models", url),
}


def main() -> int:
    """Let every client try; return the exit status."""
    unknown = 0
    for name, try_at in CLIENTS.items():
        print(f"{name}: …", flush=True)
        with running("simulator", "--port", "0", "--prices", "hold") as (url, _):
            rows = try_at(url)
        print(f"{name}: {sum(not row.problem for row in rows)} of {len(rows)} agree")
        for row in rows:
            if row.problem:
                reason = known(row)
                unknown += not reason
                print(f"  {row.name}: {f'known, {reason}' if reason else row.problem}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
