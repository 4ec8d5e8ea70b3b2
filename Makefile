# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
# Downloads and builds are kept in $XDG_CACHE_HOME/untuned (default ~/.cache/untuned), outside this folder.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint unit contract integration acceptance faults bench docs lock clean

demo: $(READY)  ## the main job on the local stack; ARGS="--keep --json", DATA=messages.csv, TASK=name
	@$(BIN)/untuned demo $(if $(TASK),--task $(TASK)) $(if $(DATA),--data "$(DATA)") $(ARGS)

# Half of a test with servers is waiting, so three at a time keep two processors busy; the long ones go first.
test: $(READY) lint  ## everything: linters, types, layers, unit, contract, integration, acceptance
	$(BIN)/pytest tests/unit -n auto $(ARGS)
	$(BIN)/python -m tests.served $(BIN)/pytest tests/acceptance tests/contract tests/integration \
		-n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

unit contract integration acceptance: $(READY)
	$(BIN)/pytest tests/$@ $(ARGS)

faults: $(READY)  ## the fault suite, over an hour; ARGS="--list", ARGS="kill9 model-down", ARGS=--short
	$(BIN)/python -m tests.faults $(ARGS)

bench: $(READY)  ## the worker beside a hand-written loop, as a ratio
	$(BIN)/python -m bench.worker_vs_loop $(ARGS)

docs: $(READY)  ## write the reference pages from the code
	$(BIN)/python -m docs.reference

# The locks hold hashes and no index addresses, so that they are the same on every machine. The images have their own:
# what the worker and the review application run with, and no more.
LOCK := uv pip compile --quiet --no-emit-index-url --generate-hashes --universal --python-version 3.11 \
	--custom-compile-command "make lock" pyproject.toml

lock:
	$(LOCK) --extra local --extra rules --extra measure --extra review --extra dev -o requirements.lock
	$(LOCK) --extra rules -o docker/requirements.lock
	$(LOCK) --extra rules --extra review -o docker/requirements-review.lock

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "untuned needs Python 3.11 to 3.13: install it, or name it: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "untuned needs Python 3.11 to 3.13, and $(PYTHON) is another: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the Python packages (about 30 s the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
