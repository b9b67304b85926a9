# A machine needs git, make and Python 3.11 or newer; everything else lands in .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev

.PHONY: rehearse test check format bench mutants faults screenshots docs lock clean
rehearse: $(READY)
	@$(BIN)/cockpit rehearse $(ARGS)

# The locks are hash-pinned. uv, itself pinned, installs in seconds; where it cannot reach what pip
# is set up to reach, pip does it. Compiled .pyc files make every start three times faster.
install = ($(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r $(1) \
	|| $(BIN)/pip install --quiet --disable-pip-version-check --compile --require-hashes -r $(1))

$(READY): bootstrap.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cockpit needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 names another")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock
	@$(call install,requirements.lock)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q cockpit widgets checks
	@touch $@

$(READY_DEV): $(READY) requirements-dev.lock
	@$(call install,requirements-dev.lock)
	@touch $@

test: $(READY_DEV)
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

# All four run, so that one long line does not hide what the others found.
check: $(READY_DEV)
	@failed=0; for tool in "ruff format --check ." "ruff check ." mypy "lint-imports --no-cache"; do \
		echo "$(BIN)/$$tool"; $(BIN)/$$tool || failed=1; done; exit $$failed

format: $(READY_DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY_DEV)
	$(BIN)/python -m bench $(ARGS)

mutants: $(READY_DEV)
	$(BIN)/python -m mutants $(ARGS)

faults: $(READY_DEV)
	$(BIN)/python -m faults $(ARGS)

screenshots: $(READY_DEV)
	$(BIN)/python -m screenshots

docs: $(READY)
	$(BIN)/python -P -m cockpit.card.docs.card_page > docs/card.md
	$(BIN)/python -P -m cockpit.card.docs.checks_page > docs/checks.md

# Writes the locks, without a single address in them.
LOCK := $(BIN)/uv pip compile --generate-hashes --universal --no-emit-index-url --no-annotate --no-header --python-version 3.11
lock: $(READY)
	$(LOCK) pyproject.toml --group build -o requirements.lock
	$(LOCK) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv
