PYTHON ?= python3
PRESET ?= digits
PRESETS := $(basename $(notdir $(wildcard config/*.yaml)))
PEERS ?= data/peers
VENV := .venv
RUN := $(VENV)/bin/python
SNAKEMAKE := $(VENV)/bin/snakemake --cores all --quiet rules host
FILE = $(if $(filter paper,$(PRESET)),config.yaml,config/$(PRESET).yaml)

.PHONY: help demo figures theory report paper status why curves preset bench test lint lock env clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: figures  ## figures (a)-(e) on real 8x8 digits: a CPU, minutes
	@$(RUN) scripts/show_results.py $(PRESET)

figures: env preset  ## results and figures of PRESET (default digits)
	@$(RUN) scripts/show_status.py --ahead $(FILE)
	@$(SNAKEMAKE) --configfile $(FILE)

theory: env preset  ## the studies of PRESET: theory by number, tables, figures and verdicts
	@$(SNAKEMAKE) --configfile $(FILE) -- studies

report: env preset  ## PRESET on one HTML page, with its studies: verdicts, figures, settings, origin
	@$(SNAKEMAKE) --configfile $(FILE) -- report
	@PYTHONWARNINGS=ignore $(SNAKEMAKE) --configfile $(FILE) --report results/$(PRESET)/snakemake-report.html -- report
	@echo "results/$(PRESET)/report.html, and Snakemake's own beside it: snakemake-report.html"

preset:
	@test -f $(FILE) || { echo "graduated: no preset $(FILE); expected one of: paper $(PRESETS)" >&2; exit 1; }

paper: env  ## the paper: ResNet18 on CIFAR-100, 156 runs of 200 epochs; wants a GPU
	@$(RUN) scripts/show_status.py --ahead config.yaml
	@$(SNAKEMAKE)
	@$(RUN) scripts/show_results.py paper

status: env preset  ## what of PRESET is done, running, waiting; speed, time left, disk
	@$(RUN) scripts/show_status.py $(FILE)

why: env preset  ## what of PRESET would be computed again, and for what reason
	@$(RUN) scripts/explain_plan.py $(FILE)

curves: env  ## loss and accuracy of PACK, a folder of results/PRESET/training or /resume
	@test -n "$(PACK)" || { echo "graduated: which pack? e.g. make curves PACK=results/digits/training/..." >&2; exit 1; }
	@$(RUN) scripts/draw_curves.py $(PACK) --output figures/curves/$(notdir $(patsubst %/,%,$(PACK))).png

bench: env  ## speed on this CPU, also beside the code of others in PEERS; 12 minutes
	@$(RUN) benchmarks/throughput.py --device cpu
	@$(RUN) benchmarks/steps.py --device cpu
	@$(RUN) benchmarks/sharpness.py --device cpu --samples 256 --peer $(PEERS)/sharpness-vs-generalization
	@$(RUN) benchmarks/peer_training.py --device cpu --peer $(PEERS)/new-sigma-nice
	@$(RUN) benchmarks/operations.py --device cpu
	@$(RUN) benchmarks/explicit.py --peer $(PEERS)/igo-aaai25
	@$(RUN) benchmarks/tabulate_benchmarks.py

test: env  ## the test suite, in parallel
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder

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
