# A machine needs git, make and Python 3.11 or newer; everything else lands in .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: rehearse test check format bench screenshots lock clean
rehearse: $(READY)
	@$(BIN)/cockpit rehearse $(ARGS)

# The lock is hash-pinned; --compile writes the .pyc files that make every start three times faster.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cockpit needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --compile --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q cockpit widgets checks
	@touch $(READY)

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python -m bench $(ARGS)

screenshots: $(READY)
	$(BIN)/python -m screenshots

# Needs uv; writes the lock without a single address in it.
lock:
	uv pip compile pyproject.toml --group dev --generate-hashes --universal --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements.lock

clean:
	rm -rf .venv
