# A clone needs Python 3.11 or newer and make, nothing else. `make` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast lint bench audit clean python ready ready-dev

# The first of these that is new enough; PYTHON=… chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	"$$name" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo "$$name" && break; done)
endif
MANAGE := exec .venv/bin/python manage.py

help:
	@echo 'make run        the newsroom with demo content on http://127.0.0.1:8000/ (PORT=8001 for another port)'
	@echo 'make test       every test, with real servers and a browser (make test-fast: without, under a minute)'
	@echo 'make lint       style, types, missing migrations, system checks'
	@echo 'make bench      figures, with the yardsticks'
	@echo 'make audit      what public tools say of the pages (needs Node.js)'
	@echo 'make clean      remove caches and .venv; var/, the newsroom itself, stays'

python:
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || { echo 'Python 3.11 or newer is needed; install it, or say where it is: make run PYTHON=/path/to/python3' >&2; exit 1; }

ready: python
	@"$(PYTHON)" -I newsroom/bootstrap.py requirements.txt

ready-dev: python
	@"$(PYTHON)" -I newsroom/bootstrap.py requirements-dev.txt

run: ready
	@PORT="$${PORT:-8000}"; export PORT; $(MANAGE) run

test: ready-dev
	@exec .venv/bin/python -m tests

test-fast: ready-dev
	@exec .venv/bin/python -m tests fast

lint: ready-dev
	@set -e; DATA_DIR=$$(mktemp -d); export DATA_DIR; trap 'rm -rf "$$DATA_DIR"' EXIT; \
	.venv/bin/python -m ruff check .; \
	.venv/bin/python -m ruff format --check .; \
	.venv/bin/python -m mypy .; \
	.venv/bin/python manage.py makemigrations --check --dry-run; \
	.venv/bin/python manage.py check

bench: ready-dev
	@[ -d benchmarks ] || { echo 'There are no benchmarks yet.' >&2; exit 1; }
	@exec .venv/bin/python -m benchmarks

audit: ready-dev
	@exec .venv/bin/python -m audit

clean:
	@rm -rf .venv .venv.lock .audit .mypy_cache .ruff_cache .pytest_cache staticfiles
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
