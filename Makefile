# make         set up, then draw figures/lsd.pdf (SCALE=smoke, laptop, desk or paper; default: laptop)
# make test    set up, then run the tests
# make help    the rest
#
# Needs make and Python 3.11 or 3.12 with its venv module; everything else goes to .venv/.

SHELL := /bin/bash
.DEFAULT_GOAL := figure
.PHONY: figure setup test check check-code check-types check-workflow api format lock clean help

# The first Python that answers with a version the lock was tried for. A pyenv shim may stand on the
# path and not answer, and Debian's Python may come without venv, so each is asked.
USABLE := import ensurepip, sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(firstword $(foreach candidate,python3.11 python3.12 python3 python,\
  $(shell $(candidate) -c '$(USABLE)' > /dev/null 2>&1 && command -v $(candidate))))
SETTINGS := $(if $(SCALE),--config scale=$(SCALE))

export PATH := $(CURDIR)/.venv/bin:$(PATH)

figure: setup  ## draw figures/lsd.pdf, running what it needs
	snakemake --cores all figures/lsd.pdf $(SETTINGS)

setup: .venv/ready  ## make .venv with the pinned packages, once

# Anew where the lock has changed: what left the lock then leaves the environment too.
.venv/ready: requirements.lock
	@if [ -z "$(PYTHON)" ]; then \
	  echo "make: no Python 3.11 or 3.12 with venv on the path. Install one (Debian, Ubuntu: apt" \
	    "install python3.11-venv), or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	touch $@

# Two processes, each with one thread, share the tests; plain `pytest` runs them in one.
test: setup  ## run the tests
	OMP_NUM_THREADS=1 pytest --numprocesses=2 --dist=loadscope --no-loadscope-reorder

check: setup  ## formatting, lint, types, and the workflow without running it
	$(MAKE) --no-print-directory --jobs=2 --output-sync check-code check-types check-workflow

check-types:
	mypy

check-code:
	ruff format --check .
	ruff check .
	lint-imports
	snakefmt --check Snakefile workflow
	python docs/generate_api.py --check

check-workflow:
	snakemake --lint
	for scale in smoke laptop desk paper; do \
	  said=$$(snakemake --dry-run all --config scale=$$scale 2>&1) || \
	    { echo "$$said" >&2; exit 1; }; done  # the list of jobs only where it ends in an error

api: setup  ## write docs/api.md anew from the docstrings
	python docs/generate_api.py

format: setup  ## format the code, and mend what lint can mend
	ruff format .
	ruff check --fix .
	snakefmt Snakefile workflow

# The versions of indirect dependencies are whatever goes with pyproject.toml's pins on that day.
lock:  ## write requirements.lock and environment.yml anew from pyproject.toml
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  print(*p["dependencies"], *p["optional-dependencies"]["dev"], sep="\n")' > build/direct.txt
	build/lock/bin/python -m pip install --quiet -r build/direct.txt
	{ sed -n '/^#/p' requirements.lock; build/lock/bin/python -m pip freeze --all \
	  --exclude pip --exclude wheel | sed 's/+cpu$$//'; } > build/requirements.lock
	{ sed '/- pip:/q' environment.yml; sed -n 's/^[^#].*/      - &/p' build/requirements.lock; \
	  } > build/environment.yml
	mv build/requirements.lock build/environment.yml .

clean:  ## remove the environment and caches; results/ and figures/ stay
	rm -rf .venv build .snakemake/log .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## /\1	/p' $(MAKEFILE_LIST)
