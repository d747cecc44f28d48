# make analyze SOURCE=clip.mp4 and make test do all set-up themselves; `make` alone lists what there is.
PYTHON ?= python3
DEVICE ?= $(if $(wildcard /dev/nvidia0),gpu,cpu)
VENV := .venv
BIN := $(VENV)/bin
export PYTHON SOURCE

# A development checkout has Inception weights beside it, used unless the environment or .env names others;
# a user's Keras downloads ImageNet's.
WEIGHTS_HERE := $(abspath $(wildcard ../shared/data/weights/inception_v3_2015_reconstructed.weights.h5))
ifneq ($(and $(WEIGHTS_HERE),$(if $(shell grep -s '^TRAILERS_WEIGHTS=' .env),,unset)),)
export TRAILERS_WEIGHTS ?= $(WEIGHTS_HERE)
endif

.PHONY: help setup setup-dev analyze up test test-all check bench clean
help:
	@echo 'make analyze SOURCE=clip.mp4   the genres of a trailer (a file or a YouTube link); ARGS=--json for programs'
	@echo 'make up                        the service on this machine'
	@echo 'make test | test-all           the quick tests | all of them; ARGS="-k frames" for some'
	@echo 'make check | bench             format, lint, types, import rules | the benchmarks'
	@echo 'make setup | clean             install into .venv (DEVICE=cpu|gpu) | remove .venv and caches'

# Re-made only when the requirements or the device change: the stamp's name holds the device.
RUNTIME := $(VENV)/.runtime-$(DEVICE)
$(RUNTIME): requirements.txt pyproject.toml scripts/need scripts/requirements
	@scripts/need python:ensurepip=python3-venv lib:libcurl.so.4=libcurl4 ffmpeg=ffmpeg
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit( \
	    f"Trailers needs Python 3.11 to 3.13, this is {v[0]}.{v[1]}; say make PYTHON=python3.12 ...")'
	@echo 'Installing into .venv (once; a few minutes) ...' >&2
	@rm -f $(VENV)/.runtime-* $(VENV)/.dev
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@scripts/requirements $(DEVICE) > $(VENV)/requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r $(VENV)/requirements.txt 'setuptools>=77'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(RUNTIME) requirements-dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: $(RUNTIME)
setup-dev: $(VENV)/.dev

analyze: $(RUNTIME)
	@scripts/need ffmpeg=ffmpeg
	@test -n "$$SOURCE" || { echo 'Say what to analyse: make analyze SOURCE=clip.mp4 (or a YouTube link)' >&2; exit 2; }
	@$(BIN)/trailers analyze $(ARGS) -- "$$SOURCE"

up: $(RUNTIME)
	@scripts/need ffmpeg=ffmpeg
	@$(BIN)/trailers up $(ARGS)

# The files of tests side by side, in the order of tests/conftest.py. What ARGS says comes last and wins: -n 0, -m slow.
# What Python compiles is kept, whatever the environment says: hundreds of processes of ours start here.
test: MARKS := -m 'not slow and not long'
test test-all: export PYTHONDONTWRITEBYTECODE :=
test test-all: $(VENV)/.dev
	@scripts/need ffmpeg=ffmpeg redis-server=redis-server chromium=chromium docker-compose=docker-compose
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(MARKS) $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@nice $(BIN)/mypy
	@nice $(BIN)/lint-imports

bench: $(VENV)/.dev
	@scripts/need ffmpeg=ffmpeg
	@$(BIN)/python -m benchmarks $(ARGS)

clean:
	@rm -rf $(VENV) *.egg-info build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
