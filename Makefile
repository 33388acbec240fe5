# Sets itself up: every target makes what it needs, and makes it again when a lock or a source changes.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test coverage lint bench pictures access lock

PYTHON ?= $(firstword $(foreach name,python3.14 python3.13 python3.12 python3.11 python3,$(shell \
	command -v $(name) >/dev/null 2>&1 && $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# npm of the machine when its Node.js is new enough, else the one from the Python package index, in .venv.
NPM := $(shell command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 20)' 2>/dev/null \
	&& echo npm || echo $(BIN)/npm)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))
FRONT_END_SOURCES := static/build.mjs $(shell find static/src -type f 2>/dev/null)
READY := .make/runtime static/dist/manifest.json $(CATALOGUES)
tick = printf '  \342\234\223 %s\n' "$(1)"

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Start the whole portal with demo data, on http://ringebu.localhost:8000 (PORTAL_PORT)
	@exec $(BIN)/citizen-portal demo run

test: .make/dev $(READY) ## Run every test that this machine can run (ARGS="-k words" to choose)
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

coverage: .make/dev $(READY) ## The same, and fail when branch coverage is below 95 % (half as long again)
	$(BIN)/pytest -n 2 --dist loadgroup --cov $(ARGS)

lint: .make/dev $(READY) ## Check style, types, layers and translations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture/test_translations.py

bench: .make/dev $(READY) ## Measure pages beside a bare page, and what is written beside a bare insert
	$(BIN)/python -m tests.benchmarks

access: .make/dev $(READY) ## Write the access table in docs/security.md anew
	PORTAL_WRITE_ACCESS_TABLE=1 $(BIN)/pytest -q tests/architecture/test_access.py tests/architecture/test_matrix.py

pictures: .make/dev $(READY) ## Take the pictures in the documentation anew
	$(BIN)/python -m tests.pictures

lock: .make/dev ## Write down the dependencies with their hashes (UPGRADE=--upgrade for the newest)
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --output-file requirements-dev.lock --constraint requirements.lock --extra dev pyproject.toml
	$(COMPILE) --output-file requirements-build.lock --group build
	$(COMPILE) --output-file requirements-node.lock --group node

COMPILE = $(BIN)/uv --quiet pip compile $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-annotate --no-strip-extras \
	--no-header --no-emit-index-url

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@$(call tick,virtual environment in .venv)

.make/runtime: .venv/pyvenv.cfg requirements.lock requirements-build.lock pyproject.toml
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@mkdir -p .make && touch $@
	@$(call tick,Python packages)

.make/dev: .make/runtime requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
	@$(call tick,Python packages for development)

.make/node: .venv/pyvenv.cfg requirements-node.lock
	@$(PIP) install --require-hashes -r requirements-node.lock
	@mkdir -p .make && touch $@
	@$(call tick,Node.js in .venv)

node_modules/.package-lock.json: package.json package-lock.json .npmrc $(if $(filter npm,$(NPM)),,.make/node)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --silent --no-progress
	@touch $@
	@$(call tick,front-end packages)

static/dist/manifest.json: node_modules/.package-lock.json $(FRONT_END_SOURCES)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) run build --silent >/dev/null
	@$(call tick,front-end files)

%.mo: %.po .make/runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
