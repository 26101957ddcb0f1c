"""What a fresh clone promises: locks that fit, commands that exist, nothing secret."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from domain.version import VERSION
from tests.support import arrows
from tests.support.parsing import parsed

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
LOCKS = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}


def pins(text: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PINNED.findall(text)}


def wanted(requirements: str) -> dict[str, str]:
    """Return what a file of direct requirements pins, the files it refers to included."""
    text = (ROOT / requirements).read_text()
    further = re.findall(r"^-r (\S+)$", text, re.MULTILINE)
    return pins(text) | {name: version for file in further for name, version in wanted(file).items()}


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands(file: str) -> list[str]:
    """Return the lines of a Makefile or shell script, continued ones joined."""
    return (ROOT / file).read_text().replace("\\\n", " ").splitlines()


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(("lock", "requirements"), LOCKS.items())
def test_locks_hold_what_the_project_asks_for(lock: str, requirements: str) -> None:
    asked, locked = wanted(requirements), pins((ROOT / lock).read_text())

    assert len(asked) > 10
    assert asked.items() <= locked.items()


def test_both_locks_agree() -> None:
    locked, locked_for_tests = (pins((ROOT / name).read_text()) for name in LOCKS)

    assert locked.items() <= locked_for_tests.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_carry_hashes_and_no_places(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert len(re.findall(r"^[a-zA-Z0-9].*==.* \\$", text, re.MULTILINE)) == len(pins(text))
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|file://|https?://| @ ", text)


@pytest.mark.parametrize("requirements", LOCKS.values())
def test_requirements_can_be_read_at_a_glance(requirements: str) -> None:
    lines = (ROOT / requirements).read_text().splitlines()

    asked = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert len(asked) == len(pins("\n".join(asked))), "each line is one exact pin"
    assert "--hash" not in "\n".join(lines)
    assert len(lines) < 60


def test_make_installs_nothing_but_the_locks() -> None:
    installs = [line for file in ("Makefile", "scripts/install.sh") for line in commands(file) if "pip install" in line]

    assert len(installs) == 1
    assert "--only-binary :all:" in installs[0]
    assert "--require-hashes" in installs[0]
    assert set(re.findall(r"install\.sh (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)) == set(LOCKS)


def test_hooks_and_make_check_use_the_same_tools() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()

    entries = {entry.split()[0] for entry in re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE)}
    assert entries == {".venv/bin/ruff", ".venv/bin/mypy"}
    assert re.findall(r"repo: (.+)", hooks) == ["local"], "a hook of another repository has versions of its own"


def test_workflow_runs_the_tests_and_looks_for_known_holes() -> None:
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text()

    assert "run: make test" in workflow
    for lock in LOCKS:
        assert re.search(rf"pip-audit .*--require-hashes.* {re.escape(lock)}$", workflow, re.MULTILINE)


def test_changelog_tells_of_what_is_released_and_of_what_is_to_come() -> None:
    versions = re.findall(r"^## \[([^]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == "Unreleased"
    assert "0.1.0" in versions[1:]


def test_the_version_is_the_one_of_pyproject_and_named_nowhere_else() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION

    others = [file.name for file in tracked("*.py", "Makefile", "*.sh") if f'"{VERSION}"' in file.read_text()]
    assert others == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    linked = dict(re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \|", index, re.MULTILINE))
    files = {file.name[:4]: file.name for file in folder.glob("[0-9]*.md")}

    assert linked == files


@pytest.mark.parametrize("document", tracked("*.md"), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", document.read_text())
    local = [link.split("#")[0] for pair in links for link in pair if link and not re.match(r"https?:|mailto:|#", link)]

    assert [link for link in local if link and not (document.parent / link).exists()] == []


def test_every_test_that_a_document_names_is_there() -> None:
    """A name that led nowhere would be a promise that nobody keeps."""
    files = tracked("tests/*.py")
    known = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}
    known |= {file.stem for file in files}
    named = {name for file in tracked("*.md") for name in re.findall(r"`(?:[\w/.]+::)?(test_\w+)`", file.read_text())}

    assert len(named) > 100
    assert named - known == set()


def test_nothing_secret_is_kept_in_the_repository() -> None:
    # The shape of a Binance key or secret: 64 letters and digits, not all of them hexadecimal as in a checksum.
    shape = re.compile(r"\b(?=[A-Za-z0-9]{64}\b)[A-Za-z0-9]*[G-Zg-z][A-Za-z0-9]*\b")

    suspects = [
        file.relative_to(ROOT).as_posix()
        for file in tracked(
            "*.py",
            "*.md",
            "*.toml",
            "*.txt",
            "*.lock",
            "*.yml",
            "*.yaml",
            "*.sh",
            "*.sql",
            "*.json",
            "Makefile",
            ".env*",
        )
        for _ in shape.finditer(file.read_text())
    ]

    assert suspects == []
    assert tracked(".env", ".data", "*/session_secret") == []


def test_the_journal_is_written_with_typed_events_only() -> None:
    writers = [file for file in arrows.files() if "save_journal(" in file.read_text()]

    assert [file.name for file in writers] == ["database.py"]


@pytest.mark.parametrize("module", sorted((ROOT / "engine").rglob("*.py")), ids=lambda file: file.stem)
def test_every_engine_module_has_a_test_file_of_its_own(module: Path) -> None:
    inside = module.relative_to(ROOT)
    own = ROOT / "tests" / inside.parent / f"test_{inside.name}"

    has_code = any(not isinstance(node, ast.Expr) for node in parsed(module.read_text()).body)
    assert own.is_file() or not has_code


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
# A sentence in another language, and several accounts at once, touch what has a reader or an owner everywhere.
CHANGES = (
    "add a column to History",
    "add a notification on close",
    "change the retry of an unknown order",
    "add a limit",
    "add an exit that moves",
    "add a channel for notifications",
    "change who may come in",
    "add a route of an HTTP API",
    "replay brackets over candles",
    "trade several accounts",
    "speak another language",
)
MAY_TOUCH_MORE = ("speak another language", "trade several accounts")


def named_files(text: str) -> list[str]:
    """Return the files and folders that a text names in backticks."""
    return re.findall(r"`([\w*./-]+(?:\.py|/))`", text)


def test_every_file_that_the_architecture_names_is_there() -> None:
    names = named_files(ARCHITECTURE)
    missing = [name for name in names if not (list(ROOT.glob(name)) if "/" in name else tracked(f"*{name}"))]

    # Inside a sentence about its room a folder is called by its last name.
    lost = [name for name in missing if not list(ROOT.glob(f"*/{name}"))]
    assert len(names) > 100
    assert lost == []


def test_a_change_touches_six_files_at_most() -> None:
    changes = dict(re.findall(r"^\| ([^|]+) \| (.+) \|$", ARCHITECTURE.split("## Where to look when")[1], re.MULTILINE))
    wide = {change for change, files in changes.items() if len(named_files(files)) > 6}

    assert set(CHANGES) <= set(changes)
    assert wide <= set(MAY_TOUCH_MORE)


# Rules that are one subject with others: the file that tries them together.
TESTED_WITH = {
    "decisions/partial_targets.py": "tests/decisions/test_exits.py",
    "domain/exit_plan_checks.py": "tests/domain/test_exit_plan.py",
    "domain/exit_plan_json.py": "tests/domain/test_exit_plan.py",
    "domain/journal/facts.py": "tests/domain/test_journal.py",
    "domain/journal/texts.py": "tests/domain/test_journal.py",
    "domain/preview/limits.py": "tests/services/test_preview.py",
    "domain/preview/objection.py": "tests/domain/test_preview.py",
    "domain/preview/objections_protection.py": "tests/domain/test_preview.py",
    "domain/preview/objections_size.py": "tests/domain/test_preview.py",
    "domain/preview/refusals.py": "tests/domain/test_preview.py",
    "domain/preview/suggestions.py": "tests/domain/test_requested.py",
    "domain/risk/limits_json.py": "tests/domain/test_risk_limits.py",
    "domain/risk/sentences.py": "tests/domain/test_risk_verdict.py",
    "domain/risk/uses.py": "tests/domain/test_risk_verdict.py",
}


@pytest.mark.parametrize(
    "module", [*sorted((ROOT / "decisions").rglob("*.py")), *sorted((ROOT / "domain").rglob("*.py"))], ids=str
)
def test_every_rule_has_a_test_file(module: Path) -> None:
    inside = module.relative_to(ROOT)
    room, subject = inside.parts[0], inside.parts[-2]
    own = [f"tests/{room}/test_{inside.name}", f"tests/{room}/test_{subject}_{inside.name}"]
    named = [file for file in (TESTED_WITH.get(inside.as_posix()), *own) if file and (ROOT / file).is_file()]

    has_rules = any(isinstance(node, ast.FunctionDef) for node in parsed(module.read_text()).body)
    assert named or not has_rules


def test_the_monitor_is_the_actor_and_its_loop_and_no_more() -> None:
    assert len((ROOT / "monitor.py").read_text().splitlines()) <= 250
