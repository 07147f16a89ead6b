# Python >= 3.11 and make are all this needs; everything else is made in .venv from the package registries.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
RUN     = $(BIN)/python -m
JOBS   ?= 2

.PHONY: up test lint check format bench clean help

help:            ## show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ -/' 

up: $(VENV)/.run  ## run the invented city on this machine: its day plays, the API answers on loopback
	$(BIN)/shancheng up --from 12:00

test: $(VENV)/.dev  ## every test, real PostgreSQL and real data included where they are there
	$(BIN)/python tests/needs.py
	$(RUN) pytest -n $(JOBS) --dist worksteal

lint: $(VENV)/.dev  ## format, lint, types and the direction of imports
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint      ## lint and the fast tests, in under a minute
	$(RUN) pytest -q -n $(JOBS) -m "not slow and not drill and not postgres"

format: $(VENV)/.dev  ## put the code in its form
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

bench: $(VENV)/.peers  ## every claim beside its peer; writes docs/reference/benchmarks.md
	$(BIN)/python -m bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Shancheng needs Python 3.11 or newer; '$(PYTHON)' is older. Name another one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install -q --upgrade "pip>=25.1"

UI = hatch_build.py ui/package-lock.json ui/build.mjs ui/leave-out.mjs $(wildcard ui/src/*)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt $(UI)
	$(RUN) pip install -q -c constraints.txt -e '.[methods,network]'
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(RUN) pip install -q -c constraints.txt --group dev
	@touch $@

$(VENV)/.peers: $(VENV)/.dev
	$(RUN) pip install -q -c constraints.txt --group peers
	@touch $@

clean:           ## remove what make made here
	rm -rf $(VENV) ui/node_modules src/shancheng/doors/web/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var
