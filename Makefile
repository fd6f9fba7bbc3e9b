# Everything here sets itself up: git, make and a Python from 3.11 on are all it takes.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
BROWSED := $(VENV)/browser
AUDIT := .venv-audit
AUDITED := $(AUDIT)/ready
CHROMIUM ?= chromium
export CHROMIUM
PORT ?= 4566
COUNT ?= 100000
OLD ?= 0c8b1c3

# What a caller has set for other projects must not decide what is installed or deployed here.
unexport AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_CONSTRAINT PIP_REQUIREMENT PIP_NO_BINARY
unexport PIP_REQUIRE_VIRTUALENV PIP_NO_DEPS PIP_DRY_RUN PIP_PYTHON
unexport PYENV_VERSION PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONWARNINGS VIRTUAL_ENV
unexport PYTEST_ADDOPTS PYTEST_PLUGINS
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Pins are renewed with uv, which is not needed for anything else: `make lock LOCK=--upgrade`.
LOCKED := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links $(LOCK)

.PHONY: demo receive test browser pictures torture workbooks drill-upgrade drill-restore bench unit fuzz lint audit up down logs contract \
	openapi lock clean

demo: $(READY)
	$(BIN)/python -m infra.local.demo --port $(PORT)

test: $(READY) lint
	$(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder --ignore tests/browser

# The console in a real browser; Chromium is installed where that may be done, else it says how.
browser: $(BROWSED)
	tests/browser/find-chromium
	$(BIN)/python -m pytest tests/browser

# The guides' pictures of the console, by the same tests, without those that fill it with attacks.
pictures: $(BROWSED)
	tests/browser/find-chromium
	GUIDE_PICTURES=1 $(BIN)/python -m pytest tests/browser -k "not test_attacks"

# All parts but `--part samples`, which takes long and is run by hand.
torture: $(READY)
	$(BIN)/python -m tests.torture

# Round trips of every kind of file through LibreOffice; it says so where that cannot be had.
workbooks: $(READY)
	$(BIN)/python -m tests.workbooks

# A stack of the commit OLD goes to this version, back, and forth again, while everybody works on it.
drill-upgrade: $(READY)
	mkdir -p .local/older
	git archive $(OLD) | tar -x -C .local/older
	$(MAKE) -C .local/older .venv/ready
	$(BIN)/python -m infra.local.upgrade_drill --old .local/older --port $(PORT)

# All tables are restored to one second, and take the place of damaged ones.
drill-restore: $(READY)
	$(BIN)/python -m infra.local.restore_drill --port $(PORT)

bench: $(READY)
	$(BIN)/python -m tests.bench $(PART)

unit: $(READY)
	$(BIN)/python -m pytest tests/unit tests/properties

fuzz: $(READY)
	nice $(BIN)/python -m tests.properties.test_file_mutations $(COUNT)
	nice $(BIN)/python -m tests.properties.test_spreadsheet_habits $(COUNT)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

audit: $(AUDITED)
	$(AUDIT)/bin/bandit --quiet --recursive --configfile infra/audit/bandit.yaml functions layers infra
	$(AUDIT)/bin/checkov --config-file infra/audit/checkov.yaml
	$(AUDIT)/bin/zizmor --quiet --offline --pedantic --strict-collection .github
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.txt
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r layers/dependencies/requirements.txt
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r layers/dependencies/console.txt
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r infra/cli/requirements.txt

up: $(READY)
	$(BIN)/python -m infra.local.stack up --port $(PORT)

receive: $(READY)
	@$(BIN)/python -m infra.local.receive

down:
	@if [ -e $(READY) ]; then $(BIN)/python -m infra.local.stack down; fi

logs: $(READY)
	@$(BIN)/python -m infra.local.stack logs

contract: $(READY)
	CONTRACT_PHASES=examples,coverage,fuzzing CONTRACT_EXAMPLES=20 $(BIN)/python -m pytest \
		tests/e2e/test_contract.py

openapi: $(READY)
	$(BIN)/python -m infra.local.publish

lock:
	cd layers/dependencies && $(LOCKED) --output-file requirements.txt requirements.in
	cd layers/dependencies && $(LOCKED) --no-deps --output-file console.txt console.in
	$(LOCKED) --output-file requirements.txt requirements.in
	cd tests/browser && $(LOCKED) --output-file requirements.txt requirements.in
	cd infra/cli && $(LOCKED) --constraint ../../requirements.txt --output-file requirements.txt requirements.in
	cd infra/audit && $(LOCKED) --output-file requirements.txt requirements.in

$(READY): requirements.txt layers/makegood/pyproject.toml infra/cli/pyproject.toml \
		infra/local/find-python
	@python="$$(infra/local/find-python)" && rm -rf $(VENV) && \
		echo "Setting up Python in $(VENV) with $$python (once; a minute or two) ..." && \
		"$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes --only-binary :all: \
		-r requirements.txt
	@$(BIN)/python -m pip install -qq --no-index --no-deps --no-build-isolation \
		--editable layers/makegood --editable infra/cli
	@touch $(READY)

$(BROWSED): $(READY) tests/browser/requirements.txt
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes --only-binary :all: \
		-r tests/browser/requirements.txt
	@touch $(BROWSED)

$(AUDITED): infra/audit/requirements.txt infra/local/find-python
	@python="$$(infra/local/find-python)" && rm -rf $(AUDIT) && "$$python" -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install -qq --no-deps --require-hashes --only-binary :all: \
		-r infra/audit/requirements.txt
	@touch $(AUDITED)

clean: down
	rm -rf $(VENV) $(AUDIT) .aws-sam .local .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
