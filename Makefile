# What a person types. Each command sets up what it needs first; nothing needs a system Node.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help book preview paper draft test lab serve lint clean

PROFILE ?= book
JOBS ?= 0
PORT ?= 8000
VENV ?= .venv
READY := $(VENV)/.ready
RUN := $(VENV)/bin
# In a container one often is root, which JupyterLab otherwise refuses.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)
BUILD := $(RUN)/python -m lineart_lib.bindery --jobs $(JOBS)
# The first of these that is Python 3.11.
PYTHON ?= $(firstword $(foreach name,python3.11 python3 python,$(if \
	$(filter 3.11,$(shell $(name) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)),$(name))))

help: ## show this list
	@echo "usage: make COMMAND"
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "variables: make COMMAND NAME=value"
	@echo "  PROFILE   what serve and draft show: book (default), smoke, paper"
	@echo "  JOBS      notebooks that run at the same time (default: preview 2, else 1 on every core)"
	@echo "  PORT      port of serve (default 8000)"
	@echo "  VENV      folder of the environment (default .venv)"
	@echo "  PYTHON    a Python 3.11 (default: found by itself)"
	@echo
	@echo "environment:"
	@echo "  LINEART_DATA         folder of prepared data (default .data)"
	@echo "  LINEART_ROOT         the project, when a command starts outside it"
	@echo "  LINEART_THREADS      CPU threads of a run (default: the cores, two at most)"
	@echo "  LINEART_PUBLICATION  folder a notebook run by hand publishes into (default build/by-hand)"

book: $(READY) ## the book with its published numbers -> build/book/html
	@$(BUILD) --profile book

preview: $(READY) ## the whole book with tiny runs, in minutes -> build/smoke/html
	@$(BUILD) --profile smoke

paper: $(READY) ## the dissertation's own sizes; wants a GPU -> build/paper/html
	@$(BUILD) --profile paper

draft: $(READY) ## pages as they are, warnings and all, nothing executed -> build/PROFILE/draft
	@$(RUN)/python -m lineart_lib.bindery.site $(PROFILE) --draft

test: $(READY) ## every test
	@$(RUN)/python -m pytest

lab: $(READY) ## JupyterLab in notebooks/
	@$(RUN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(AS_ROOT)

serve: $(READY) ## read the site of PROFILE at http://localhost:PORT
	@test -e build/$(PROFILE)/html || { \
		echo "build/$(PROFILE)/html does not exist: build it first (make book, or make preview" \
		"and then make serve PROFILE=smoke)" >&2; exit 1; }
	@echo "http://localhost:$(PORT)   (stop with Ctrl-C)"
	@$(RUN)/python -m http.server --bind 127.0.0.1 $(PORT) --directory build/$(PROFILE)/html

lint: $(READY) ## format and style, import floors
	@$(RUN)/ruff check . && $(RUN)/ruff format --check . && $(RUN)/lint-imports

clean: ## remove build/ (not the environment, not the data)
	rm -rf build

# Brought up to date when the dependencies change.
$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 is needed; found $$(python3 --version 2>&1 || echo none)." \
		"Install it, or name it: make $(or $(MAKECMDGOALS),help) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "preparing $(VENV) with $(PYTHON) (once, and when the dependencies change)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)/python -m pip install --quiet --upgrade pip
	@$(RUN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	@touch $@
