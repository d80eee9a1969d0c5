# Oversight: `make demo`, `make test`, `make dev`. Needs Python 3.11, make and git; brings the rest itself.
# An installation's data live in the folder `data`, or where OVERSIGHT_DATA says.

PYTHON ?= python3
BIN := .venv/bin
# Some environments forbid bytecode, which makes every start two to three times slower.
export PYTHONDONTWRITEBYTECODE :=
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
INSTALL_BROWSER := { $(SUDO) apt-get update -q && $(SUDO) apt-get install -q --yes --no-install-recommends chromium; }
DATA := $(abspath $(or $(OVERSIGHT_DATA),data))
export DAGSTER_HOME := $(DATA)/dagster
export DAGSTER_DISABLE_TELEMETRY := yes
export GX_ANALYTICS_ENABLED := false

.PHONY: setup demo test check browser bench hostile kills faults refusals dev lock clean

setup: .venv/.ready
	@$(BIN)/oversight prepare

# pip installs the installer (uv), which installs everything else; both by locked hashes.
.venv/.ready: requirements.lock installer.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info[:2] == (3, 11), "Oversight needs Python 3.11; say make PYTHON=python3.11"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PYTHON) -m venv .venv/installer
	.venv/installer/bin/pip install --quiet --disable-pip-version-check --require-hashes -r installer.lock
	VIRTUAL_ENV=$(CURDIR)/.venv .venv/installer/bin/uv pip sync --quiet --require-hashes requirements.lock
	VIRTUAL_ENV=$(CURDIR)/.venv .venv/installer/bin/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# A practice Datastore stands beside it, so that what is published goes over HTTP.
demo: setup
	$(BIN)/python -m tests.datastore $(BIN)/oversight demo

test: check browser
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OVERSIGHT_BUILD_FILE=dbt_project/target/oversight.duckdb OVERSIGHT_LANDING_FILE=$(DATA)/landing.duckdb \
		$(BIN)/sqlfluff lint dbt_project/models

# The tests open the pages in a browser: Debian's Chromium, where none is found.
browser:
	@command -v chromium || command -v chromium-browser || command -v google-chrome || $(INSTALL_BROWSER) || \
		{ echo "The tests of the pages need a browser: install Chromium or Google Chrome, then say make test again."; exit 1; }

# What the line costs, as ratios in one run; about a quarter of an hour. `make bench PART=landing` runs one part.
bench: setup
	$(BIN)/python -m tests.benchmarks $(PART)

# Every case of bad input, by the real command over one installation: what it says, what it keeps.
hostile: setup
	$(BIN)/python -m tests.hostile

# The line killed at each of its steps and run again, and two commands at one moment; about half an hour.
kills: setup
	$(BIN)/python -m tests.kills

# A publication to each practice portal with each of its requests made to fail; a quarter of an hour.
faults: setup
	$(BIN)/python -m tests.faults

# What may not be done with a release, tried: what each attempt is told.
refusals: setup
	$(BIN)/python -m tests.refusals

# The UI and the daemon, on loopback only, with the sensors on.
dev: setup
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000 --workspace workspace.yaml

lock: .venv/.ready
	.venv/installer/bin/uv pip compile pyproject.toml --group dev --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet --upgrade --output-file requirements.lock

clean:
	rm -rf .venv dbt_project/target
