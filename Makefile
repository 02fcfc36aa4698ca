# Every target sets up what it needs: a .venv from the hash-pinned
# requirements.txt, then the project itself, editable.
PYTHON ?= python3
BIN := .venv/bin
# Two builds of one commit are identical: dates come from the commit.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

.PHONY: help serve site publish test lint approve bench mutants coverage lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'This needs Python 3.11 or newer, and $(PYTHON) is none: name another, as in make serve PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@echo 'Installing into .venv, which takes about half a minute ...'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

serve: .venv/.ready  ## build the course and open it on localhost, rebuilt at each edit
	$(BIN)/mkdocs serve --open

site: .venv/.ready  ## build the course into site/, strictly
	$(BIN)/mkdocs build --strict

publish: .venv/.ready  ## build the site, and in it a zip of itself to read from a folder
	$(BIN)/mkdocs build --strict --site-dir dist/microgpt-course
	$(BIN)/python -m book zip dist/microgpt-course dist/microgpt-course.zip
	OFFLINE_ZIP=microgpt-course.zip $(BIN)/mkdocs build --strict
	cp dist/microgpt-course.zip site/

test: .venv/.ready  ## run every test: package, pipeline, every fence of every page
	$(BIN)/pytest

lint: .venv/.ready  ## style, types, workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

approve: .venv/.ready  ## rewrite the approved outputs; review the diff
	$(BIN)/python -m book approve

bench: .venv/.ready  ## measure the engines, beside a long form and NumPy by hand
	$(BIN)/python tests/bench/engines.py

mutants: .venv/.ready  ## break the engines on purpose (10 minutes): do the tests notice 95 % of it?
	rm -rf .cache/mutants
	mkdir -p .cache/mutants/tests
	cp -r pyproject.toml src data .cache/mutants
	cp -r tests/conftest.py tests/scalar tests/tensor .cache/mutants/tests
	cd .cache/mutants && export OPENBLAS_NUM_THREADS=1 && ../../$(BIN)/mutmut run $(if $(JOBS),--max-children $(JOBS)) && \
		../../$(BIN)/mutmut results && ../../$(BIN)/mutmut export-cicd-stats
	@$(BIN)/python -c 'import json, sys; n = json.load(open(".cache/mutants/mutants/mutmut-cicd-stats.json")); \
		score = 100 * (n["killed"] + n["timeout"]) / n["total"]; \
		print("%.1f %% of %d mutants were noticed; at least 95 %% is expected" % (score, n["total"])); sys.exit(score < 95)'

coverage: .venv/.ready  ## measure which lines and branches of the engines the tests reach: all of them
	@mkdir -p .cache
	$(BIN)/coverage run -m pytest -n0 -q -k 'not million' tests/scalar tests/tensor
	$(BIN)/coverage report

lock: .venv/.ready  ## pin requirements.txt anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header --quiet --upgrade -o requirements.txt

clean:  ## remove what can be made again
	rm -rf .venv .cache site dist .mypy_cache .pytest_cache .ruff_cache
