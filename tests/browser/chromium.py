"""Finds the Chromium that the browser tests drive, or installs one: `python -m tests.browser.chromium`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from playwright.sync_api import sync_playwright

# The first is Chromium without its windows: it draws the same pages with a third less work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the path of a Chromium that starts, the system's before Playwright's own, or None."""
    systems = (found for name in NAMES if (found := shutil.which(name)))
    return next((path for path in chain(systems, _playwrights_own()) if _starts(path)), None)


def _playwrights_own() -> Iterator[str]:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).exists():
        yield path


def _starts(path: str) -> bool:
    # On Ubuntu the name may belong to a stub that only tells how to install the real one.
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout


def _install() -> str:
    """Try what this machine allows; return the one command that a person can run instead."""
    apt_get = shutil.which("apt-get")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if apt_get:
        may = not sudo or (shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0)
        if may:
            print("Installing Chromium for the browser tests …", flush=True)
            _apt_get(sudo, "update", "-qq")
            # Ubuntu and older Debians have no package of Chromium without its windows.
            for package in ("chromium-headless-shell", "chromium"):
                _apt_get(sudo, "install", "-qq", "-y", "--no-install-recommends", package)
                if find_chromium():
                    break
        return "sudo apt-get update && sudo apt-get install -y chromium"
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return f"{sys.executable} -m playwright install --with-deps chromium"


def _apt_get(sudo: list[str], *arguments: str) -> None:
    output = subprocess.DEVNULL
    subprocess.run([*sudo, "apt-get", *arguments], check=False, stdout=output, stderr=output)


def main() -> int:
    """Return 0 when there is a Chromium in the end; else say the command that installs one."""
    if find_chromium():
        return 0
    command = _install()
    if find_chromium():
        return 0
    print(f"The browser tests need Chromium. Install it with:\n    {command}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
