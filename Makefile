PYTHON ?= python3
PRESET ?= digits
PRESETS := $(basename $(notdir $(wildcard config/*.yaml)))
VENV := .venv
RUN := $(VENV)/bin/python
SNAKEMAKE := $(VENV)/bin/snakemake --cores all --quiet rules host

.PHONY: help demo figures paper test lint lock env clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: figures  ## figures (a)-(e) on real 8x8 digits: a CPU, minutes
	@$(RUN) scripts/show_results.py $(PRESET)

figures: env  ## results and figures of PRESET (default digits)
	@test -f config/$(PRESET).yaml || { echo "graduated: no preset config/$(PRESET).yaml; expected one of: $(PRESETS)" >&2; exit 1; }
	@$(SNAKEMAKE) --configfile config/$(PRESET).yaml

paper: env  ## the paper: ResNet18 on CIFAR-100, 156 runs of 200 epochs; wants a GPU
	@$(SNAKEMAKE) --resources gpu=1
	@$(RUN) scripts/show_results.py paper

test: env  ## the test suite, in parallel
	@$(RUN) -m pytest -n auto --dist loadfile

lint: env  ## ruff, snakefmt, and Snakemake's own linter
	@$(RUN) -m ruff check && $(RUN) -m ruff format --check
	@$(VENV)/bin/snakefmt --check Snakefile workflow/rules
	@$(RUN) -m pytest -q tests/workflow/test_lint.py

env: $(VENV)/ready  ## the environment, with pinned versions

$(VENV)/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "graduated: Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "Installing the pinned environment into $(VENV) (about 5 GB; minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@touch $@

lock:  ## resolve the pinned versions anew (needs uv)
	uv pip compile --universal --python-version 3.11 --extra dev pyproject.toml \
	    --no-annotate --no-header --output-file requirements.lock --upgrade
	$(RUN) scripts/write_environment.py

clean:  ## remove results and figures of PRESET
	rm -rf results/$(PRESET) figures/$(PRESET)
