"""`python -m access reset` opens the dashboard's lock on the machine that the bot runs on."""

import os
import sys
from collections.abc import Mapping, Sequence

from domain.start_refused import StartRefused
from services.access.reset import reset_lock


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; returns its exit status."""
    if list(arguments) != ["reset"]:
        sys.stderr.write("usage: python -m access reset\n")
        return 2
    try:
        opens = reset_lock(environ)
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write("Password, second factor, sessions and waits of the dashboard are gone.\n")
    sys.stdout.write(
        "It opens without a password on this machine now.\n"
        if opens
        else "The bot was last started with DASHBOARD_PASSWORD: that is still its password. To do without, start it "
        "without that variable.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
