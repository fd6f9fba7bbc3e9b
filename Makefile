# Everything here sets itself up: git, make and a Python from 3.11 on are all it takes.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PORT ?= 4566

export SAM_CLI_TELEMETRY := 0
unexport PYENV_VERSION AWS_PROFILE AWS_ENDPOINT_URL AWS_SESSION_TOKEN

.PHONY: demo test unit lint up down clean

demo: $(READY)
	$(BIN)/python -m infra.local.demo --port $(PORT)

test: $(READY) lint
	$(BIN)/python -m pytest

unit: $(READY)
	$(BIN)/python -m pytest tests/unit tests/properties

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

up: $(READY)
	$(BIN)/python -m infra.local.stack up --port $(PORT)

down: $(READY)
	$(BIN)/python -m infra.local.stack down

$(READY): requirements.txt layers/makegood/pyproject.toml infra/local/find-python
	@echo "Setting up Python in $(VENV) (once; a minute or two) ..."
	@rm -rf $(VENV)
	@"$$(infra/local/find-python)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--only-binary :all: -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable layers/makegood
	@touch $(READY)

clean: down
	rm -rf $(VENV) .aws-sam .local
