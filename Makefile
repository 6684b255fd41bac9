# Sets reglue up in .venv and runs it, its tests and its checks, from nothing but Python 3.11 and make, without root.
# `make help` is made from the comments after `##` below.

PYTHON ?= python3
WORKERS ?= 2
PYTEST_ARGS ?=
BENCH_ARGS ?=
SCALE_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Each stamp says: this much is installed, as pyproject.toml and constraints.txt stood then.
RUNTIME := $(VENV)/.reglue-runtime
TESTING := $(VENV)/.reglue-test
# Airflow would not fit beside ours: it has an environment of its own, with all of its versions pinned.
AIRFLOW_VENV := .venv-airflow
AIRFLOW := $(AIRFLOW_VENV)/.reglue-airflow
AIRFLOW_PINS := tests/corridor/airflow-requirements.txt
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help up test check bench scale pages airflow screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo "  PYTHON=/path/to/python3.12 chooses the Python; PYTEST_ARGS, WORKERS, BENCH_ARGS and SCALE_ARGS go to tests and benchmarks."

up: $(RUNTIME) ## Set up, then run the daemon with the demo workflow until Ctrl-C (state: .reglue/state)
	@exec $(BIN)/reglue serve --demo --state-dir .reglue/state

test: $(TESTING) ## Run the tests (PYTEST_ARGS="-k resume" chooses)
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

check: $(TESTING) ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

bench: $(TESTING) ## Measure against the targets (BENCH_ARGS=--quick for a short run)
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

scale: $(TESTING) ## Measure on a history of 20,000 runs (SCALE_ARGS="--runs 1000000"); the log stays in .reglue/scale
	$(BIN)/python -m tests.bench.scale $(SCALE_ARGS)

pages: $(TESTING) ## Rewrite docs/settings.md and deploy/reglue.toml from the settings
	$(BIN)/python -m tests.house.pages

airflow: $(AIRFLOW) ## Install Airflow into .venv-airflow, for the tests that run it

screenshots: $(TESTING) ## Take the pictures of docs/console.md anew (needs Chromium)
	$(BIN)/python -m tests.corridor.screenshots

clean: ## Remove .venv, .venv-airflow and what the tools left (the state in .reglue stays)
	rm -rf $(VENV) $(AIRFLOW_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Runs first, so that an old or bare Python is named plainly instead of failing inside pip.
$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "reglue needs Python 3.11 or later, and '$(PYTHON)' is not here." >&2; \
	  echo "Install it (Debian: apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "reglue needs Python 3.11 or later; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1)." >&2; \
	  echo "Name a later one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make a virtual environment: its venv or ensurepip module is missing." >&2; \
	  echo "Install them (Debian: apt-get install python3-venv) or name another Python: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" --version)."
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing reglue into $(VENV)."
	@$(PIP_INSTALL) -e '.[broker,tui]'
	@touch $@

$(TESTING): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing reglue and its test tools into $(VENV)."
	@$(PIP_INSTALL) -e '.[broker,test,tui]'
	@touch $(RUNTIME) $@

$(AIRFLOW): $(AIRFLOW_PINS) | $(BIN)/python
	@echo "Installing Airflow into $(AIRFLOW_VENV)."
	@"$(PYTHON)" -m venv --clear $(AIRFLOW_VENV)
	@$(AIRFLOW_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps -r $(AIRFLOW_PINS)
	@touch $@
