# Sets up .venv and runs what one does here. `make` alone lists the targets.
#
# Needs Python 3.11 to 3.13 and make. uv is used where it is installed, pip otherwise.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

EXPERIMENT ?= multiclass
ARGS ?=
# The first Python on this machine that objloc runs on; `make install PYTHON=…` names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	path=$$(command -v $$python) && $$path -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$path && break; done)
UV := $(shell command -v uv)

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
COMPILE = uv pip compile pyproject.toml --group dev --extra joblib --extra ray --extra submitit \
	--extra cmaes --extra onnx --extra litert --extra openvino --extra serve \
	--universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-config --quiet \
	--custom-compile-command "make lock" -o requirements.txt

# What the containers of deploy/ hold: of the same versions, only what they need.
PIN = uv pip compile --constraint requirements.txt --python-version 3.11 --python-platform linux \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-config --quiet \
	--custom-compile-command "make lock"

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED) ## set up .venv from the pinned requirements

# Once, and again when what is to be installed has changed. pip refuses `-e .` beside hashes, so
# the pinned list (with the build backend) goes first and objloc itself after it.
$(INSTALLED): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: objloc needs Python 3.11, 3.12 or 3.13, and none was found; install one, or name it: make install PYTHON=/path/to/python" >&2; exit 1; }
ifneq ($(UV),)
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" $(VENV)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); echo "error: $(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $@

.PHONY: train
train: $(INSTALLED) ## train the main job; EXPERIMENT=emoji for another, ARGS="key=value" to change it
	$(BIN)/python -m objloc.train +experiment=$(EXPERIMENT) $(ARGS)

.PHONY: preview
preview: $(INSTALLED) ## write a contact sheet of what the model will be fed
	$(BIN)/python -m objloc.preview +experiment=$(EXPERIMENT) $(ARGS)

.PHONY: serve
serve: $(INSTALLED) ## serve the last model, with a page to try it; ARGS="port=8080" changes it
	$(BIN)/python -m objloc.serve model=latest $(ARGS)

.PHONY: ui
ui: $(INSTALLED) ## open the MLflow page of the runs made here
	$(BIN)/mlflow ui --backend-store-uri sqlite:///mlflow.db

.PHONY: test
test: lint ## lint, then all tests with coverage; ARGS="-n 0" runs them in one process
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --cov --cov-report=term --durations=15 $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## format, style, layers and types: check, change nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

.PHONY: format
format: $(INSTALLED) ## format the code, mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: ## pin the newest allowed versions, here and in deploy/ (needs uv)
	@test -n "$(UV)" || { echo "error: make lock needs uv" >&2; exit 1; }
	$(COMPILE) --upgrade
	for list in requirements build mlflow; do $(PIN) --upgrade deploy/$$list.in -o deploy/$$list.txt; done

.PHONY: clean
clean: ## remove .venv and caches; runs stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage htmlcov dist build
