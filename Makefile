# Two commands matter: `make demo` and `make test`. Both do their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENT := web_client

.PHONY: demo setup test test-long soak check bench system clean

demo: setup
	$(BIN)/takan demo $(ARGS)

setup: $(VENV)/.ready $(CLIENT)/dist/index.html

$(VENV)/.ready: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(CLIENT)/node_modules/.ready: $(CLIENT)/package-lock.json
	cd $(CLIENT) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(CLIENT)/dist/index.html: $(CLIENT)/node_modules/.ready $(shell find $(CLIENT)/src $(CLIENT)/public -type f 2>/dev/null) $(wildcard $(CLIENT)/*.html $(CLIENT)/vite*.config.ts)
	cd $(CLIENT) && npm run build --silent
	touch $@

# What tests need besides: browsers, codecs, the MinIO server. As root it is installed; else the tests skip with a line.
system:
	sh .ci/system.sh

# What judges time has the machine to itself, after everything else ran on all cores.
ALONE = tests/browser tests/call tests/flows tests/media

test: setup system
	cd $(CLIENT) && npm test --silent
	$(BIN)/python -m pytest -m "not long" -n auto --dist worksteal $(addprefix --ignore=,$(ALONE)) $(ARGS) || [ $$? = 5 ]
	$(BIN)/python -m pytest -m "not long" $(ARGS) $(ALONE) || [ $$? = 5 ]

# Everything in its long form: three minutes of loss, twenty blackouts, a hundred kills, ten minutes in step. Some hours.
test-long: setup system
	TAKAN_FUZZ=100000 TAKAN_JOINS=30 TAKAN_KILLS=100 $(BIN)/python -m pytest $(ARGS)

# Four people for an hour (TAKAN_SOAK_S seconds); the ordinary tests take three minutes of it.
soak: setup
	TAKAN_SOAK_S=$${TAKAN_SOAK_S:-3600} $(BIN)/python -m pytest -s tests/call/test_soak.py $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/takan wire-types | diff - $(CLIENT)/src/core/wire.gen.ts
	$(BIN)/takan openapi | diff - docs/platform.openapi.json
	cd $(CLIENT) && npm run check --silent

bench: setup system
	$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/takan bench media

clean:
	rm -rf $(VENV) $(CLIENT)/node_modules $(CLIENT)/dist
