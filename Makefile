# The commands of the project; `make help` lists them.

HOST ?= 127.0.0.1
PORT ?= 8501
WORKERS ?= 4

PYTHON := $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)

# A test run starts dozens of processes: they read what the first has compiled, also where this is switched off.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check crash chaos proof bench screenshots lock

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

run: .venv/installed ## start the bot; the dashboard is at http://127.0.0.1:8501, Ctrl-C stops everything
	@trap 'exit 0' INT TERM; .venv/bin/streamlit run app.py --server.address "$(HOST)" --server.port "$(PORT)"

test: .venv/installed-dev ## run all tests, those in a browser included
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# The fast tests keep the processor busy: more of them at once than it has cores would only be collected more often.
check: .venv/installed-dev ## check format, lint and types, and run the fast tests
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy . & types=$$!; \
	.venv/bin/pytest -m "not slow" --numprocesses logical --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$types && exit $$tests

crash: .venv/installed-dev ## kill the bot at every commit and request of a trade, restart it, check the ledger
	@.venv/bin/python -m tests.system.crash

SEED ?= first
RUNS ?= 100

chaos: .venv/installed-dev ## play RUNS random schedules of faults, kills and prices from SEED, check the ledger after each
	@.venv/bin/python -m tests.system.chaos "$(SEED)" "$(RUNS)"

proof: .venv/installed-dev ## play random lives of trades, then break each rule on purpose and see that it is missed
	@.venv/bin/python -m tests.system.proof

bench: .venv/installed-dev ## print how fast a fired stop is booked and an entry protected, also when things go wrong
	@.venv/bin/python -m benchmarks.reaction
	@.venv/bin/python -m benchmarks.unprotected

screenshots: .venv/installed-dev ## take the pictures of docs/screenshots anew
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/python -m tests.browser.screenshots

COMPILE := CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: .venv/installed-dev ## write the locks anew from pyproject.toml
	@$(COMPILE) --output-file requirements.txt pyproject.toml
	@$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

.venv/installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "The bot needs Python 3.11, 3.12 or 3.13, and none is installed. On Debian and Ubuntu:" \
		"sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@echo "Installing what the bot needs into .venv, about a minute …"
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing what the tests need into .venv …"
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@
