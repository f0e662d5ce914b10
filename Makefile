# `make demo` shows what the project does, `make test` checks it, `make slow` checks what takes long, `make lint` reads it,
# `make docs` builds the site, `make lowest` runs the main job at the lowest versions that pyproject.toml accepts.
PYTHON ?= python3
VENV ?= .venv
DEMO ?= demo

BIN := $(VENV)/bin
FOLDERS := au_tf datasets pipelines saved_models
SOURCES := pyproject.toml setup.py README.md $(shell find $(FOLDERS) -type f -not -path '*/__pycache__/*')

.PHONY: demo test slow lint docs lowest clean

demo: $(VENV)/.installed
	$(BIN)/au-tf demo --out $(DEMO)

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

slow: $(VENV)/.installed-dev
	$(BIN)/pytest -m slow

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed-dev
	rm -rf docs/site docs/reference/generated
	$(BIN)/python -P -m sphinx -q -E -W --keep-going -d build/doctrees docs docs/site
	@echo docs/site/index.html

lowest:
	PYTHON=$(PYTHON) .ci/lowest

clean:
	rm -rf $(VENV) $(DEMO) build docs/site docs/jupyter_execute docs/reference/generated *.egg-info .pytest_cache .ruff_cache .mypy_cache

# Before anything is made, or pip would only say that it finds no keras.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "make: $(PYTHON) is $$($(PYTHON) -V 2>&1), expected Python 3.11, 3.12 or 3.13: make demo PYTHON=python3.12" >&2; \
	  exit 2; }
	$(PYTHON) -m venv $(VENV)

# build/ is removed since files deleted from the sources would live on in it and be installed.
$(VENV)/.installed: $(VENV)/bin/python $(SOURCES)
	rm -rf build
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))' || echo \
	  "pip will call it an ERROR that tensorflow-graphics lacks tensorflow-addons: none of what is used here needs it"
	$(BIN)/python -m pip install --quiet .
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))' \
	  || $(BIN)/python -m pip install --quiet --no-deps 'tensorflow-graphics>=2021.12.3'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet '.[dev]'
	touch $@
