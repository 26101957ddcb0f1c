"""The external clients: an environment for each, from a lock of its own, and what each finds at an exchange."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tests.simulator.conftest import ROOT
from tests.system.compat.rows import Row, read_rows

HERE = Path(__file__).parent
ENVIRONMENTS = ROOT / ".data" / "compat"
_PIP = ("--disable-pip-version-check", "--no-input", "--quiet", "--require-hashes")
# COIN-M contracts (dapi) are another exchange; two tests only read answers that they bring themselves.
_OWN_TESTS = ("test_client_futures.py", "test_async_client_futures.py", "test_order.py", "test_get_order_book.py")
_NOT_OURS = "not coin and not test_get_order_book"


def environment(name: str) -> Path:
    """Return the folder of a client's environment, made from its lock unless that was done already.

    Raises:
        subprocess.CalledProcessError: pip cannot install what the lock names.
    """
    folder, lock = ENVIRONMENTS / name, HERE / "environments" / f"{name}.lock"
    copy = folder / lock.name
    if not copy.exists() or copy.read_text() != lock.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", *_PIP, "--only-binary", ":all:", "--requirement", str(lock)]
        subprocess.run(pip, check=True)
        shutil.copy(lock, copy)
    return folder


def python_of(name: str) -> Path:
    """Return the interpreter of a client's environment."""
    return environment(name) / "bin" / "python"


def version(name: str, package: str) -> str:
    """Return the version of a package that a client's lock names."""
    found = re.search(rf"^{re.escape(package)}==(\S+)", _lock(name), re.MULTILINE)
    if found is None:
        raise LookupError(f"{name}.lock does not name {package}")
    return found[1]


def rows_of_module(python: str | Path, module: str, url: str) -> list[Row]:
    """Return what a module of this folder finds at an exchange, run by that python."""
    command = [str(python), "-m", f"tests.system.compat.{module}", url]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    return [*read_rows(ended.stdout), *_failure(module, ended)]


def rows_of_own_tests(url: str) -> list[Row]:
    """Return what python-binance's own futures tests say of an exchange."""
    folder = environment("python_binance")
    tests = _unpacked(folder) / "tests"
    shutil.copy(HERE / "python_binance.py", tests / "conftest.py")
    (tests / "__init__.py").touch()
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    command = [str(folder / "bin" / "pytest"), "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    ended = subprocess.run(
        [*command, "-k", _NOT_OURS, f"--junitxml={report}", *(str(tests / name) for name in _OWN_TESTS)],
        cwd=tests.parent,
        env={**os.environ, "PRACTICE_EXCHANGE": url},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if not report.exists():
        return list(_failure("python-binance's tests", ended))
    return list(_reported(report))


def _unpacked(folder: Path) -> Path:
    """Return python-binance's source distribution, fetched by its hash and unpacked."""
    number = version("python_binance", "python-binance")
    unpacked = folder / "source" / f"python_binance-{number}"
    if not unpacked.exists():
        source = str(HERE / "environments" / "python_binance_source.txt")
        pip = [str(folder / "bin" / "pip"), "download", *_PIP, "--no-deps", "--no-build-isolation", "--no-binary"]
        subprocess.run([*pip, ":all:", "--dest", str(folder), "--requirement", source], check=True)
        with tarfile.open(folder / f"python_binance-{number}.tar.gz") as archive:
            archive.extractall(folder / "source", filter="data")
    return unpacked


def _reported(report: Path) -> Iterator[Row]:
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        wrong = case.find("failure") if case.find("failure") is not None else case.find("error")
        if wrong is not None:
            yield Row(name, " ".join(wrong.get("message", "").split())[:300])
        elif case.find("skipped") is None:
            yield Row(name)


def _failure(what: str, ended: subprocess.CompletedProcess[str]) -> Iterator[Row]:
    if ended.returncode:
        yield Row(what, f"ended with {ended.returncode}: {(ended.stdout + ended.stderr)[-600:]}")


def _lock(name: str) -> str:
    return (HERE / "environments" / f"{name}.lock").read_text()
