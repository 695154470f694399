# Each target does its own set-up, which takes no time once done.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help set-up demo test lint audit docs bench bench-curves bench-tag bench-summarise faults soak poison fuzz compose-test
.PHONY: manifests freeze lock clean

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

lint: set-up ## ruff, mypy and bandit
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/bandit -q -c pyproject.toml -r streams benchmarks

audit: set-up ## known vulnerabilities of the locked packages; asks PyPI, so it is no test
	@[ -x .cache/audit/bin/pip-audit ] || { .venv/bin/python -m venv .cache/audit && .cache/audit/bin/pip install -q pip-audit==2.10.1; }
	.cache/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

test: lint ## lint, then every test, on a real broker
	@[ -d "$$NEWSFLOW_DATA" ] || [ -z "$${REQUIRE_DATA:-}" ] || { echo "NEWSFLOW_DATA: no directory $$NEWSFLOW_DATA"; exit 1; }
	@[ -d "$$NEWSFLOW_DATA" ] || echo "No data in $$NEWSFLOW_DATA: tests that need it are skipped (set NEWSFLOW_DATA)"
	@deploy/set-up test
	.venv/bin/pytest

docs: set-up ## the documentation as a site, in site/; a warning is an error
	.venv/bin/sphinx-build -q -W --keep-going -b html -d .cache/doctrees docs site
	@echo "site/index.html"

bench: set-up ## CPU per article: dedupe against MinHash; the chain against the bare functions and other frameworks
	@# the peers are installed aside: they are measured against, and no part of newsflow or requirements.lock
	@[ -d .venv/peers/quixstreams ] || .venv/bin/uv pip install --quiet --target .venv/peers confluent-kafka==2.12.2 quixstreams==3.28.1
	.venv/bin/python -m benchmarks.dedupe
	.venv/bin/python -m benchmarks.overhead

bench-curves: set-up ## cost by articles, partitions, index and cores: all of them linear
	.venv/bin/python -m benchmarks.curves

MINUTES ?= 30
SEED ?= 1
faults: set-up ## kill workers, brokers and the network for MINUTES=30 with SEED=1, and close the books
	.venv/bin/python -m tests.faults "$(MINUTES)" "$(SEED)"

soak: set-up ## full load with kills for MINUTES=30: memory, file handles and threads level off; [RATE=… pages a second]
	.venv/bin/python -m tests.faults.soak "$(MINUTES)" "$(SEED)" $(RATE)

poison: set-up ## what bad records cost the good ones
	.venv/bin/python -m tests.faults.poison

compose-test: set-up ## docker-compose.yml really run, with podman on stand-in images (root, Debian)
	deploy/compose-test

manifests: set-up ## what scripts write: schemas, AsyncAPI, dashboard, alerts for Kubernetes, the picture of the flow
	.venv/bin/python -m streams.schemas
	.venv/bin/python -m schemas.make_asyncapi
	.venv/bin/python deploy/grafana/dashboard.py
	.venv/bin/python deploy/kubernetes/alerts.py
	.venv/bin/python -m docs.draw_flow

freeze: set-up ## a release's schemas and examples kept for ever, in schemas/released/VERSION
	@version=$$(.venv/bin/python -c 'import streams; print(streams.__version__)'); \
	to=schemas/released/$$version; [ ! -e "$$to" ] || { echo "$$to is there: releases are not changed"; exit 1; }; \
	mkdir -p "$$to" && cp -r schemas/*.schema.json schemas/examples "$$to/" && echo "frozen: $$to"

fuzz: set-up ## look for a page that breaks clean's promises: MINUTES=30
	@# atheris has wheels for few systems: installed here, by those who fuzz, and no part of requirements.lock
	@# it grows by 60 KB an execution of its own (clean does not: 158 MiB after 800 pages and after 4,000)
	.venv/bin/uv pip install --quiet --python .venv 'atheris>=3'
	@mkdir -p .fuzz
	.venv/bin/python -m tests.clean.fuzz -max_total_time=$$(( $(MINUTES) * 60 )) -max_len=4096 -len_control=0 -timeout=20 -rss_limit_mb=8192 -malloc_limit_mb=2048 \
	  -artifact_prefix=.fuzz/ .fuzz

bench-tag: set-up ## CPU of tagging, and keywords against YAKE, which is installed aside
	.venv/bin/uv pip install --quiet --target .venv/peers yake
	.venv/bin/python -m benchmarks.tag

bench-summarise: set-up ## summaries a CPU second, beside sumy's LexRank, which is installed for that alone
	@[ -d .venv/sumy ] || .venv/bin/uv pip install --quiet --target .venv/sumy sumy==0.13.0
	PYTHONPATH=.venv/sumy .venv/bin/python -m benchmarks.summarise

lock: set-up ## requirements.lock anew from pyproject.toml, at the newest versions
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group dev pyproject.toml -o requirements.lock

clean: ## remove what was made in this folder (the cache of jars stays)
	rm -rf .venv .fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis dist site
	find . -name __pycache__ -prune -exec rm -rf {} +
