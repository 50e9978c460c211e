# Needs git, make and Python 3.11 or later. `make` says what there is to make.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The first of these that is there and new enough.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint types format bench fuzz torture sample readme lock clean

help:  ## Say what there is to make
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(INSTALLED)  ## Make .venv, with the command campaign in .venv/bin

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or later is needed and was not found; name one with make PYTHON=/path/to/python3' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install  ## Play a whole campaign on the sample data against a sandbox
	@bash sample_data/demo.sh

test: install  ## Run the tests; ARGS="-k phone" chooses
	$(BIN)/pytest $(ARGS)

check: lint types test  ## All that must pass before a change lands

lint: install  ## Look at the code's style and form
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install  ## Check the types
	$(BIN)/mypy

format: install  ## Bring the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install  ## Time it on big files: about five minutes; QUICK=1 one; ROWS="10000000" chooses; README=1 keeps it
	@$(BIN)/python -m tests.benchmarks.check $(if $(QUICK),--quick) $(if $(README),--readme) $(ROWS)

fuzz: install  ## Compare millions of numbers with the library; COUNT and SEED choose
	$(BIN)/python -m tests.fuzz_phone --count $(or $(COUNT),5000000) --seed $(or $(SEED),1)

torture: install  ## Kill it and lie to it 10,000 times; nobody may be called twice; HARMS and SEED choose
	@$(BIN)/python -m tests.torture --harms $(or $(HARMS),10000) --seed $(or $(SEED),1)

sample: install  ## Make sample_data/contacts.csv anew
	$(BIN)/python -m sample_data.generate

readme: install  ## Make the parts of README.md that come from the code anew
	$(BIN)/python -m tests.readme

lock: install  ## Choose the newest versions that pyproject.toml allows
	$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --extra=dev --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-emit-options --output-file=requirements.lock --strip-extras pyproject.toml

clean:  ## Remove all that was made
	rm -rf $(VENV) build demo *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis sample_data/*-report
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
