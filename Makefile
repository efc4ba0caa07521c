# Two commands do everything: `make run` and `make test`. Both install what they need into .venv first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := 0.13.9

.PHONY: run test check lock clean

# Where the shell forbids Python to keep what it compiled, each start of the service compiles torch and spaCy anew.
export PYTHONDONTWRITEBYTECODE :=

run: $(VENV)/.installed
	@$(BIN)/veripath up --samples

test: $(VENV)/.installed-dev
	@$(BIN)/veripath install
	@$(BIN)/python -m tests.halves

check: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# The lock is installed whole, by hash; the project itself without dependencies, so nothing else can come in.
$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Veripath needs Python 3.11, 3.12 or 3.13; name one with: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing: install it (on Debian: apt install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt \
		|| { echo "Could not install uv: is the package index within reach?"; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.uv requirements/service.txt pyproject.toml
	@echo "Installing Veripath's locked requirements (about 6 GB the first time) ..."
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes --no-deps -r requirements/service.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock:
	$(LOCK) pyproject.toml -o requirements/service.txt
	$(LOCK) pyproject.toml --group dev -c requirements/service.txt -o requirements/dev.txt
	$(LOCK) requirements/engine.in --overrides requirements/engine.overrides.txt \
		--excludes requirements/engine.excludes.txt -o requirements/engine.txt
	$(LOCK) requirements/engine-cuda.in --excludes requirements/engine-cuda.excludes.txt -o requirements/engine-cuda.txt
	echo 'uv==$(UV)' | $(LOCK) - -o requirements/uv.txt

clean:
	rm -rf $(VENV) build *.egg-info
