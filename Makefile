# `make demo` and `make test` set up all they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUTPUT ?= output

.PHONY: demo test lint types unit coverage accuracy clean

demo: $(VENV)/.ready
	$(BIN)/sovscan demo --output $(OUTPUT)

test: lint types unit

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

unit: $(VENV)/.ready-dev
	$(BIN)/sovscan providers check
	$(BIN)/pytest

accuracy: $(VENV)/.ready
	$(BIN)/python benchmarks/accuracy.py

coverage: $(VENV)/.ready
	$(BIN)/python benchmarks/coverage.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/.ready

clean:
	rm -rf $(VENV) output/runs output/site
