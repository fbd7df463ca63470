# Every target does the set-up that it needs. ARGS goes on to the program: make run ARGS="status --json"

PYTHON ?=
ARGS ?=
BIN := .venv/bin
SETUP := PYTHON="$(PYTHON)" .ci/setup
UV := .venv-tools/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS)

.PHONY: help run test check bench chaos requirements clean

help: ## say what there is (this list)
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: ## do all the set-up and open the window
	@$(SETUP) run
	@$(BIN)/python main.py $(ARGS)

test: ## do all the set-up and run the tests
	@$(SETUP) test
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

check: ## format, lint, types, who may import whom, unused dependencies
	@$(SETUP) check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: ## measure speed and memory against the bars (MINUTES=60 for an hour of live tail)
	@$(SETUP) run
	@$(BIN)/python main.py bench $(ARGS)

chaos: ## kill, freeze and flush everything for 75 s, then count (MINUTES=10 for longer, SEED=7 for the same plan)
	@$(SETUP) test
	@$(BIN)/python -m tests.chaos.run $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(ARGS)

requirements: $(UV) ## compile requirements/*.in to pinned, hashed *.txt (ARGS=--upgrade for newer versions)
	$(COMPILE) requirements/run.in -o requirements/run.txt
	$(COMPILE) requirements/test.in -o requirements/test.txt

$(UV):
	python3 -m venv .venv-tools
	.venv-tools/bin/python -m pip install --disable-pip-version-check --quiet 'uv>=0.9,<1'

clean: ## remove everything that the other targets made
	rm -rf .venv .venv-tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
