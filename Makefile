# Set-up finds a Python from 3.11 to 3.14; PYTHON=/path/to/python names another.
PYTHON ?=
# More arguments for demo, bench, test (pytest) and lock, e.g. make demo ARGS=--help
ARGS =
# For chaos, soak and gameday: the random seed, the seconds within which rounds start, the minutes of a game day, the file of
# the report
SEED = 7
SECONDS = 600
REPORT = $@-report.md
MINUTES = 20

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s  %s\n", $$1, $$2}' Makefile

setup: ## make .venv from requirements-dev.lock and fetch Kafka; quick when up to date
	@PYTHON='$(PYTHON)' sh ops/setup.sh dev

runtime: ## the same from requirements-demo.lock: what the demo needs, without the developers' tools
	@PYTHON='$(PYTHON)' sh ops/setup.sh run

demo: runtime ## run the whole of casemail on this machine
	.venv/bin/casemail demo $(ARGS)

test: lint ## everything that must pass: lint, then the tests; with ARGS, pytest with these arguments
	@sh ops/packages.sh
ifneq ($(ARGS),)
	.venv/bin/pytest $(ARGS)
else
	.venv/bin/pytest --numprocesses 4 --dist loadfile --ignore tests/chaos
	.venv/bin/pytest --numprocesses 3 --dist loadfile tests/chaos
endif

test-releases: ## demo and test on bare Debian releases, as root; ARGS=trixie one of them, ARGS=--help more
	@python3 -m ops.releases $(ARGS)

lint: setup ## style, types and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup ## measure throughput and batch latency; ARGS=broker, parse, reading, fetch, attachments or fairness, for one part alone
	.venv/bin/casemail bench $(ARGS)

chaos: setup ## kill the broker's workers for a long time and write a report: SEED=7 SECONDS=600 REPORT=chaos-report.md
	CASEMAIL_CHAOS_ROUNDS=20 .venv/bin/pytest -m often --timeout 900
	.venv/bin/python -m tests.chaos.broker --seed $(SEED) --seconds $(SECONDS) --report $(REPORT)

soak: setup ## kill and freeze all parts of casemail in turn while mail comes in: SEED=7 SECONDS=600
	.venv/bin/python -m tests.chaos.soak --seed $(SEED) --seconds $(SECONDS)

gameday: setup ## two hosts under twenty faults, with Prometheus: is mail lost, are people called? MINUTES=20 REPORT=...
	.venv/bin/python -m tests.chaos.gameday --minutes $(MINUTES) --report $(REPORT)

PIN = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url pyproject.toml
lock: setup ## pin all dependencies in the lock files again; with ARGS=--upgrade, their newest versions
	$(PIN) --all-extras -o requirements-dev.lock $(ARGS)
	$(PIN) --extra embedded --extra build --constraint requirements-dev.lock -o requirements-demo.lock
	$(PIN) --extra build --constraint requirements-dev.lock -o requirements.lock
	$(PIN) --extra build --extra otel --constraint requirements-dev.lock -o requirements-otel.lock

docs: setup ## write the pages made from the code, and build the documents as a site in build/docs
	.venv/bin/python -m docs.pages_from_code
	.venv/bin/python -m sphinx --fail-on-warning --keep-going --quiet docs build/docs

dashboards: setup ## write the dashboards for Grafana from the code in ops/grafana
	.venv/bin/python -m ops.grafana

dist: setup ## make the wheel of the last commit, its lock and its bill of materials in build/dist
	.venv/bin/python -m ops.dist

clean: ## remove .venv and the tools' files; data and downloads stay
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup runtime demo test test-releases lint bench chaos soak gameday lock docs dashboards dist clean
