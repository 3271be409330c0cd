PYTHON ?= python3
VENV   := .venv
# Tests wait more than they compute; each worker has its own PostgreSQL and browser and takes whole files.
WORKERS ?= 3
BIN    := $(VENV)/bin

.PHONY: demo install test check lock clean

demo: install
	@$(BIN)/python -m bot demo

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) \
		|| { rm -rf $(VENV); echo "Python's venv module is needed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements.lock
	@echo "Learning the FAQ: two minutes, once." && $(BIN)/python -m faq train >/dev/null
	@touch $@

$(VENV)/.test-installed: requirements-test.lock $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements-test.lock
	@touch $@

test: $(VENV)/.test-installed
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: $(VENV)/.test-installed
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/python -m faq check

# Writes exact versions with hashes; needs uv on the path.
lock:
	uv pip compile -q --generate-hashes --no-annotate --no-header --upgrade pyproject.toml -o requirements.lock --python-version 3.11
	uv pip compile -q --generate-hashes --no-annotate --no-header --group test pyproject.toml -c requirements.lock -o requirements-test.lock --python-version 3.11

clean:
	rm -rf $(VENV) data .cache
