# The commands of the project; `make help` lists them.

HOST ?= 127.0.0.1
PORT ?= 8501
WORKERS ?= 4

# A test run starts dozens of processes: they read what the first has compiled, also where this is switched off.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check durations crash chaos soak journeys proof compat bench screenshots lock .run .dev

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

run: .run ## start the bot; the dashboard is at http://127.0.0.1:8501, Ctrl-C stops everything
	@trap 'exit 0' INT TERM; .venv/bin/streamlit run app.py --server.address "$(HOST)" --server.port "$(PORT)"

test: .dev ## run all tests, those in a browser included
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/python -m tests.browser.nginx
	@.venv/bin/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

durations: .dev ## measure how long each test file takes, so that the longest begin first
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/pytest --write-durations --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# The fast tests keep the processor busy: more of them at once than it has cores would only be collected more often.
check: .dev ## check format, lint and types, and run the fast tests
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy . & types=$$!; \
	.venv/bin/pytest -m "not slow" --numprocesses logical --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$types && exit $$tests

crash: .dev ## kill the bot at every commit and request of a trade, restart it, check the ledger
	@.venv/bin/python -m tests.system.crash

SEED ?= first
RUNS ?= 100
FIRST ?= 0
PLAYERS ?= 6
LOG ?=

chaos: .dev ## play RUNS random schedules of faults, kills and prices from SEED-FIRST on, check the ledger after each
	@.venv/bin/python -m tests.system.chaos "$(SEED)" "$(RUNS)" "$(PLAYERS)" "$(FIRST)" $(LOG)

ROUNDS ?= 300

soak: .dev ## wander about the dashboard for ROUNDS on a slow line, look for white pages
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/python -m tests.browser.soak "$(ROUNDS)" "$(SEED)"

journeys: .dev ## go through all pages at each width, in each language and colour, and watch the table for longer
	@.venv/bin/python -m tests.browser.chromium
	@ALL_JOURNEYS=1 .venv/bin/pytest tests/browser/test_journeys.py tests/browser/test_table_stands_still.py \
		tests/pages/test_typed_elsewhere.py

proof: .dev ## play random lives of trades, then break each rule on purpose and see that it is missed
	@.venv/bin/python -m tests.system.proof

compat: .dev ## let external clients trade on the practice exchange, each with packages of its own; say how many agree
	@.venv/bin/python -m tests.system.compat

BEFORE ?=

bench: .dev ## print how fast a fired stop is recorded and an entry protected, also when things go wrong
	@.venv/bin/python -m benchmarks.reaction
	@.venv/bin/python -m benchmarks.unprotected
	@if [ -n "$(BEFORE)" ]; then .venv/bin/python -m benchmarks.compared "$(BEFORE)"; fi

screenshots: .dev ## take the pictures of docs/screenshots anew
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/python -m tests.browser.screenshots

COMPILE := CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	--pip-args "--only-binary :all:"

CLIENTS := $(addprefix tests/system/compat/environments/,ccxt python_binance sdk)

lock: .dev ## write the locks anew from requirements.txt and requirements-dev.txt; what is locked keeps its version
	@$(COMPILE) --output-file requirements.lock requirements.txt
	@$(COMPILE) --constraint requirements.lock --output-file requirements-dev.lock requirements-dev.txt
	@for each in $(CLIENTS); do $(COMPILE) --output-file $$each.lock $$each.txt || exit 1; done

.run:
	@scripts/install.sh requirements.lock

.dev: .run
	@scripts/install.sh requirements-dev.lock
