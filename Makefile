# Everything below works on a fresh machine with make and Python 3.11 or newer: the first command that needs
# the environment (.venv) sets it up, and it is set up again when what it should hold has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help venv demo test coverage pools suite check clean
.DELETE_ON_ERROR:

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(READY) ## Set up the environment (.venv) with everything a developer needs

demo: $(READY) ## Run the article's two programs, then compare pools on them, on uneven CPU work and on waiting
	$(call show,examples/article/with_threads.py)
	$(call show,examples/article/with_processes.py)
	$(call run,compare 'examples/article/side_by_side.py:calc_square(7)' 'examples/article/side_by_side.py:calc_quad(7)' --budget 15)
	$(call run,compare examples/primes.py:count_primes --items examples/primes.py:LIMITS --budget 30)
	$(call run,compare examples/fetch.py:fetch --items 'range(40)' --budget 20)

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest

coverage: $(READY) ## Run the tests, which takes half as long again, and show what they covered, child processes included
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

pools: $(READY) ## Hold pools and whole jobs to their promises on the other Pythons that are found (3.13, 3.14, 3.15)
	$(BIN)/python tests/every_python.py

suite: $(READY) ## Judge whichpool.Executor by CPython's own tests of executors, on those Pythons
	$(BIN)/python tests/every_python.py suite

check: $(READY) ## Check format, style, types and the directions of imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

clean: ## Delete the environment and everything that was generated
	rm -rf $(VENV) $(VENV)-3.* build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

# Show a program's name, then run it.
define show
@printf '\n$$ %s\n' "python $(1)"
@$(BIN)/python $(1)
endef

# Show a command, then run it. Exit code 3 says "undecided within the budget": a busy machine's answer, not a failure.
define run
@printf '\n$$ %s\n' "whichpool $(1)"
@$(BIN)/whichpool $(1) || test $$? -eq 3
endef

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'whichpool needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(install_venv)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Debian and Ubuntu keep what venv needs in a package of its own.
define install_venv
{ \
	package="$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
	if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$$package"; \
	else \
		echo "$(PYTHON) cannot make virtual environments; install the package $$package (as root) and try again" >&2; \
		exit 1; \
	fi; \
}
endef
