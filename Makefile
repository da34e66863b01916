# A Python from 3.11 to 3.14 is found by itself; PYTHON=/path/to/python names another.
PYTHON ?=
# For demo, bench, test (pytest) and lock: more arguments, e.g. make demo ARGS=--help
ARGS =
# For chaos and soak: what chance starts from, for how many seconds rounds begin, and where the report goes
SEED = 7
SECONDS = 600
REPORT = chaos-report.md

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s  %s\n", $$1, $$2}' Makefile

setup: ## make .venv from requirements-dev.lock and fetch Kafka and the web assets; quick when done before
	@PYTHON='$(PYTHON)' sh ops/setup.sh dev

runtime: ## the same from requirements.lock: what casemail needs to run, without its developers' tools
	@PYTHON='$(PYTHON)' sh ops/setup.sh run

demo: runtime ## run the whole of casemail on this machine
	.venv/bin/casemail demo $(ARGS)

test: lint ## everything that must pass: lint, then the tests; with ARGS, pytest as you like it
	@sh ops/packages.sh
ifneq ($(ARGS),)
	.venv/bin/pytest $(ARGS)
else
	.venv/bin/pytest --numprocesses 4 --dist loadfile --ignore tests/chaos
	.venv/bin/pytest --numprocesses 3 --dist loadfile tests/chaos
endif

test-releases: ## demo and test on bare Debian releases, as root; ARGS=trixie one of them, ARGS=--help more
	@python3 ops/releases.py $(ARGS)

lint: setup ## style, types and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup ## measure throughput and batch latency; ARGS=broker, parse, fetch, attachments or fairness, of one part alone
	.venv/bin/casemail bench $(ARGS)

chaos: setup ## kill the broker's workers for long and write a report: SEED=7 SECONDS=600 REPORT=chaos-report.md
	CASEMAIL_CHAOS_ROUNDS=20 .venv/bin/pytest -m often --timeout 900
	.venv/bin/python -m tests.chaos.broker --seed $(SEED) --seconds $(SECONDS) --report $(REPORT)

soak: setup ## kill and freeze all of casemail by turns while mail comes in: SEED=7 SECONDS=600
	.venv/bin/python -m tests.chaos.soak --seed $(SEED) --seconds $(SECONDS)

PIN = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url pyproject.toml
lock: setup ## pin all dependencies anew in both lock files; with ARGS=--upgrade, at their newest
	$(PIN) --all-extras -o requirements-dev.lock $(ARGS)
	$(PIN) --extra embedded --extra build --constraint requirements-dev.lock -o requirements.lock

docs: setup ## write the pages made from the code, and build the documents as a site in build/docs
	.venv/bin/python -m docs.pages_from_code
	.venv/bin/python -m sphinx --fail-on-warning --keep-going --quiet docs build/docs

clean: ## remove .venv and what the tools left; data and downloads stay
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup runtime demo test test-releases lint bench chaos soak lock docs clean
