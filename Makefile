# Evenhand. `make demo` and `make test` work from nothing: they make .venv themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
TESTS ?=
LAWS := tests/core/ledger tests/core/test_log_laws.py tests/core/payments

.DEFAULT_GOAL := help
.PHONY: help demo test nightly judges check lint format bench docs lock clean

help: ## say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: .venv/installed ## a casino's year, four models and an explained score, from nothing
	$(BIN)/evenhand demo

test: .venv/developing ## every test, as CI runs them
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

nightly: .venv/developing ## the laws of ledger, log, payments and bonuses alone, with 10,000 examples
	EVENHAND_EXAMPLES=10000 $(BIN)/python -m pytest -n 2 --dist worksteal -m hypothesis --timeout 0 $(LAWS)

judges: .venv-judges/installed ## the wallet's outside judges, which the tests then ask

check: lint ## format, lint, types, layers, tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/test_static.py $(TESTS)

lint: .venv/developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/developing ## write the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/developing ## figures: speed as ratios, quality beside its baseline
	$(BIN)/python -m benchmarks

docs: .venv/developing ## write the generated pages anew
	$(BIN)/evenhand docs

lock: .venv/bootstrapped ## resolve the dependencies again
	$(COMPILE) requirements-bootstrap.in -o requirements-bootstrap.lock
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev --extra tune -o requirements-dev.lock
	$(COMPILE) requirements-spark.in --constraint requirements-dev.lock -o requirements-spark.lock
	$(COMPILE) requirements-judges.in --constraint requirements-dev.lock -o requirements-judges.lock

clean: ## forget the environment and everything the demo made
	rm -rf .venv .venv-judges var mlruns/mlflow.db mlruns/artifacts

.venv/bootstrapped: requirements-bootstrap.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Evenhand needs Python 3.11+, met " + sys.version.split()[0] + ". Hint: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bootstrap.lock
	@touch $@

.venv/installed: .venv/bootstrapped requirements.lock pyproject.toml
	$(UV) pip install --quiet --require-hashes -r requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/spark: .venv/developing requirements-spark.lock
	$(UV) pip install --quiet --require-hashes -r requirements-spark.lock
	@touch $@

.venv/developing: .venv/installed requirements-dev.lock
	$(UV) pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

# beexar's reference wallet is an example in its source distribution: no wheel has it
.venv-judges/installed: .venv/bootstrapped requirements-judges.lock
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-judges
	$(UV) pip install --quiet --python .venv-judges --require-hashes -r requirements-judges.lock
	mkdir .venv-judges/beexar
	sed -n '/^beexar==/,/# via/p' requirements-judges.lock > .venv-judges/beexar.txt
	$(BIN)/python -m pip download --quiet --no-deps --no-binary :all: --no-build-isolation \
		--require-hashes -r .venv-judges/beexar.txt -d .venv-judges
	tar -xzf .venv-judges/beexar-*.tar.gz -C .venv-judges/beexar --strip-components 1
	@touch $@
