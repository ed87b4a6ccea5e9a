# Two commands do all there is to do on a fresh machine: `make book` and `make test`.
# Both create .venv from pins with hashes when it is missing or stale: the book's packages from
# requirements.lock; tests, linters and JupyterLab add those of requirements-dev.lock.

# Modules stay compiled, also where an image says otherwise: else each process takes seconds more.
export PYTHONDONTWRITEBYTECODE :=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BOOK := $(VENV)/.book
DEV := $(VENV)/.dev
# Two workers; linear algebra of a thread each, which else wait for one another.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
COMPILE = $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header

# uv installs in seconds what takes pip minutes; where it cannot reach an index that only pip is
# told of, pip does it.
define install
UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) 2>$(VENV)/uv.log || \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1)
endef

.PHONY: help book class report test test-book test-slow check format accept supplement verify serve lab benchmark derived example lighthouse mutants release clean lock
.DEFAULT_GOAL := help

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

$(BOOK): requirements.lock requirements-setup.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "Creating $(VENV) from requirements.lock (half a minute, once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-setup.lock
	@$(call install,--require-hashes --requirement requirements.lock)
	@$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@

$(DEV): $(BOOK) requirements-dev.lock .ci/jupyterlab/overrides.json .ci/jupyterlab/page_config.json
	@echo "Adding what tests and JupyterLab need to $(VENV) ..."
	@$(call install,--require-hashes --requirement requirements-dev.lock)
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@cp .ci/jupyterlab/*.json $(VENV)/share/jupyter/lab/settings
	@touch $@

book: $(BOOK) ## Build the book from data/ into _build/html
	@$(BIN)/dyadsync build

class: book ## Build the book twice: for the teacher into _build, without solutions into _class
	@rm -rf _class && cp -r _build _class
	@$(BIN)/dyadsync build --set solutions=false --output _class

report: $(DEV) ## Report another study as site, PDF and Word: make report DATA=FOLDER [OUTPUT=FOLDER]
	@test -n "$(DATA)" || { echo "Say whose report: make report DATA=FOLDER" >&2; exit 2; }
	@$(BIN)/dyadsync build --data "$(DATA)" $(if $(OUTPUT),--output "$(OUTPUT)")

test: $(DEV) ## Run the tests
	@$(PYTEST)

test-book: book $(DEV) ## Test whole books: every page in a browser, other data, killed builds (ten minutes)
	@$(PYTEST) -m book

test-slow: $(DEV) ## Run the statistical studies too, and books of many settings (about an hour)
	@$(PYTEST) -m "slow or not slow"

check: $(DEV) ## Check format, lint, types, direction of imports, shipped runs
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python benchmarks/derived.py --check

format: $(DEV) ## Format code and notebooks
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

accept: $(BOOK) ## Publish the book's numbers: make accept WHY="what moved them"
	@$(BIN)/dyadsync verify --accept "$(WHY)"

supplement: $(DEV) ## Pack site, paper, notebooks, results, source and data into one zip
	@$(BIN)/dyadsync supplement

verify: $(DEV) ## Make a build again and print what agrees: make verify [BUILD=FOLDER] [DATA=FOLDER]
	@$(BIN)/dyadsync verify $(if $(BUILD),"$(BUILD)") $(if $(DATA),--data "$(DATA)")

lighthouse: book ## Measure four pages as a phone would meet them (needs npm and chromium)
	@$(BIN)/python .ci/lighthouse.py

serve: book ## Build the book, then show it at http://localhost:8000
	@$(BIN)/python -m http.server --bind localhost --directory _build/html 8000

lab: $(DEV) ## Open the chapters in JupyterLab: make lab [ARGS="--port 9999 --no-browser"]
	@$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS) chapters

benchmark: $(DEV) ## Time dyadsync side by side with its peers (a few minutes)
	@$(BIN)/python benchmarks/speed.py

derived: $(BOOK) ## Make the published runs in data/derived anew (half an hour)
	@$(BIN)/python benchmarks/derived.py

example: $(BOOK) ## Simulate the study in examples/cortisol anew
	@$(BIN)/dyadsync simulate examples/cortisol --like examples/cortisol --seed 1 \
	    --set 'patients_per_therapist=[13, 11]' --set 'sessions=[1, 2, 3, 4, 5, 6, 7, 8]' \
	    --set weeks=12 --set signal_median=8

mutants: $(DEV) ## Make N small mistakes in the science, see which the tests miss (N=300; half an hour)
	@$(BIN)/python benchmarks/mutants.py $(N)

release: $(DEV) ## Set VERSION everywhere, commit and tag; pushing is yours to do
	@$(BIN)/python .ci/release.py $(VERSION)

clean: ## Remove everything that was built (not .venv)
	@rm -rf _build _class .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

lock: $(DEV) ## Resolve pyproject.toml into the three lock files anew
	@$(COMPILE) --upgrade --all-extras pyproject.toml --output-file requirements-dev.lock
	@$(COMPILE) --constraint requirements-dev.lock --extra book --extra import pyproject.toml --output-file requirements.lock
	@printf "editables\nhatchling\nuv\n" | $(COMPILE) --constraint requirements-dev.lock - --output-file requirements-setup.lock
