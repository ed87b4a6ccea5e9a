# Two commands do all there is to do on a fresh machine: `make book` and `make test`.
# Both create .venv from requirements.lock when it is missing or stale.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TWO := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help book test test-book test-slow check format accept supplement serve lab benchmark derived example lighthouse mutants release clean lock
.DEFAULT_GOAL := help

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "Creating $(VENV) from requirements.lock (about a minute, once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

book: $(READY) ## Build the book from data/ into _build/html
	@$(BIN)/dyadsync build

test: $(READY) ## Run the tests
	@$(BIN)/pytest $(TWO)

test-book: book ## Test whole books: every page in a browser, other data, killed builds (ten minutes)
	@$(BIN)/pytest $(TWO) -m book

test-slow: $(READY) ## Run the statistical studies too (coverage, size; about half an hour)
	@$(BIN)/pytest $(TWO) -m "slow or not slow"

check: $(READY) ## Check format, lint, types and the direction of imports
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## Format code and notebooks
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

accept: $(READY) ## Publish the book's numbers: make accept WHY="what moved them"
	@$(BIN)/dyadsync verify --accept "$(WHY)"

supplement: $(READY) ## Pack site, PDF, notebooks, results, source and data into supplement.zip
	@$(BIN)/dyadsync supplement

lighthouse: book ## Measure four pages as a phone would meet them (needs npm and chromium)
	@$(BIN)/python .ci/lighthouse.py

serve: book ## Build the book, then show it at http://localhost:8000
	@$(BIN)/python -m http.server --bind localhost --directory _build/html 8000

lab: $(READY) ## Open the chapters in JupyterLab
	@$(BIN)/jupyter lab chapters

benchmark: $(READY) ## Time dyadsync side by side with its peers (a few minutes)
	@$(BIN)/python benchmarks/speed.py

derived: $(READY) ## Make the published runs in data/derived anew (about ten minutes)
	@$(BIN)/dyadsync multiverse --output data/derived/multiverse.parquet
	@$(BIN)/python -m dyadsync.scrutiny.simulation.published

example: $(READY) ## Simulate the study in examples/cortisol anew
	@$(BIN)/dyadsync simulate examples/cortisol --like examples/cortisol --seed 1 \
	    --set 'patients_per_therapist=[13, 11]' --set 'sessions=[1, 2, 3, 4, 5, 6, 7, 8]' \
	    --set weeks=12 --set signal_median=8

mutants: $(READY) ## Make N small mistakes in the science, see which the tests miss (N=300; half an hour)
	@$(BIN)/python benchmarks/mutants.py $(N)

release: $(READY) ## Set VERSION everywhere, commit and tag; pushing is yours to do
	@$(BIN)/python .ci/release.py $(VERSION)

clean: ## Remove everything that was built (not .venv)
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

lock: $(READY) ## Resolve pyproject.toml into requirements.lock anew
	@$(BIN)/uv pip compile --quiet --upgrade --universal --fork-strategy fewest --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml \
	  --output-file requirements.lock
	@$(BIN)/python .ci/uv_pins.py
