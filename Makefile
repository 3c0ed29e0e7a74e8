# Every target makes .venv by itself when it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo up test check format bench coverage soak clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## Tell the whole story on simulated devices; the pages stay up until Ctrl-C
	@$(BIN)/pilotbed demo

up: $(VENV)/runtime ## Run broker, ingest, analysis, pages and API until Ctrl-C
	@$(BIN)/pilotbed up

test: $(VENV)/development ## Run the tests; a part that is not installed skips its tests, with the reason
	@$(BIN)/python -m pytest

check: $(VENV)/development ## Check format, lint, types and the rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/development ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/development ## Measure the real parts, each beside a ceiling in the same run
	@$(BIN)/pilotbed bench all

coverage: $(VENV)/development ## See how often intervals hold a known truth, and evaluations decide it
	@$(BIN)/pilotbed bench coverage

soak: $(VENV)/development ## A quarter of an hour at 2,000 messages a second, and its ledger
	@$(BIN)/pilotbed bench soak

clean: ## Remove the environment, caches and the demo
	rm -rf $(VENV) pilotbed-demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "pilotbed needs Python 3.11 or later; $(PYTHON) is older: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"$(PYTHON) cannot make a virtual environment: install the Debian package python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing pilotbed into $(VENV) …" >&2
	@$(PIP) --editable .
	@touch $@

$(VENV)/development: $(VENV)/runtime
	@echo "Installing what tests and checks need into $(VENV) …" >&2
	@$(PIP) --editable '.[test,check]'
	@touch $@
