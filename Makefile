# `make demo` and `make test` do all their own set-up. Needs Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test quick lint clean setup bench study screenshots pictures
setup: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Proofsheet needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup
	@$(BIN)/proofsheet demo

# A file of tests stays in one process, so that its fixtures are made once.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

# Everything. The browser tests are skipped, and say so, where there is no Chromium.
test: setup
	$(PYTEST)

# The everyday part, under 90 seconds on two idle cores: no TensorFlow, no browser, no simulation.
quick: setup
	$(PYTEST) -m "not slow and not tensorflow and not browser"

# Our numbers against other programs', in an environment of its own (1.4 GB with the CPU build of torch). pip reads
# dependency groups from 25.1 on. tests/conftest.py opens workspaces and is not wanted there.
peers: .venv-peers/.installed
	.venv-peers/bin/python -m pytest --confcutdir=tests/peers tests/peers

.venv-peers/.installed: pyproject.toml constraints.txt constraints-peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install -q --disable-pip-version-check 'pip>=25.1'
	.venv-peers/bin/pip install -q --disable-pip-version-check -c constraints.txt -c constraints-peers.txt --group peers
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m benchmarks $(ONLY)

# Do intervals and verdicts hold? Hours; goes on where it was stopped, and writes docs/study.md.
study: setup
	$(BIN)/python -m benchmarks.study $(ONLY)

screenshots: setup
	$(BIN)/python -m benchmarks.screenshots

# Those of docs/metrics.md, a measure each.
pictures: setup
	$(BIN)/python -m benchmarks.measure_pictures

clean:
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache
