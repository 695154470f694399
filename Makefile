# Each target does its own set-up, which takes no time once done.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help set-up demo test lint bench bench-summarise lock clean

NEWSFLOW_DATA ?= ../shared/data
export NEWSFLOW_DATA

help: ## this list
	@echo "newsflow: raw news pages in, enriched article events out, over Kafka. Start with: make demo"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

set-up: ## .venv, Java, Maven, Kafka's jars: whatever is missing here
	@deploy/set-up

demo: set-up ## the whole chain on a sample page, or on yours: PAGE=… [URL=…] [SOURCE=…] [FETCHED_AT=…]
	@.venv/bin/newsflow demo $${URL:+--url "$$URL"} $${SOURCE:+--source "$$SOURCE"} \
	  $${FETCHED_AT:+--fetched-at "$$FETCHED_AT"} $${PAGE:+"$$PAGE"}

lint: set-up ## ruff and mypy
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

test: lint ## lint, then every test, on a real broker
	@[ -d "$$NEWSFLOW_DATA" ] || [ -z "$${REQUIRE_DATA:-}" ] || { echo "NEWSFLOW_DATA: no directory $$NEWSFLOW_DATA"; exit 1; }
	@[ -d "$$NEWSFLOW_DATA" ] || echo "No data in $$NEWSFLOW_DATA: tests that need it are skipped (set NEWSFLOW_DATA)"
	.venv/bin/pytest

bench: set-up ## CPU per article: the chain against the bare stage functions
	.venv/bin/python -m benchmarks.overhead

bench-summarise: set-up ## summaries a CPU second, beside sumy's LexRank, which is installed for that alone
	@[ -d .venv/sumy ] || .venv/bin/uv pip install --quiet --target .venv/sumy sumy==0.13.0
	PYTHONPATH=.venv/sumy .venv/bin/python -m benchmarks.summarise

lock: set-up ## requirements.lock anew from pyproject.toml, at the newest versions
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group dev pyproject.toml -o requirements.lock

clean: ## remove what was made in this folder (the cache of jars stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist site
	find . -name __pycache__ -prune -exec rm -rf {} +
