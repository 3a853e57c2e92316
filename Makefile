# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Both make their own virtual environment (.venv) with the locked dependencies first.
VENV ?= .venv
PYTHON_BIN = $(VENV)/bin

.PHONY: setup demo test check ci bench lock

setup:
	@bash .ci/bootstrap $(VENV)

demo: setup ## the main job: a scene fitted to its goal picture, with a report
	$(PYTHON_BIN)/viga-agent run examples/lighting1 --max-renders 150

test: setup ## all tests on this Python
	$(PYTHON_BIN)/python -m pytest

check: setup ## lint, types, import rules
	$(PYTHON_BIN)/ruff check .
	$(PYTHON_BIN)/ruff format --check .
	$(PYTHON_BIN)/pyright --pythonpath $(PYTHON_BIN)/python
	$(PYTHON_BIN)/lint-imports

bench: setup ## speed against new processes a call, of Blender and of LibreOffice, as ratios in one run; and more
	$(PYTHON_BIN)/python -m tests.bench.speed
	$(PYTHON_BIN)/python -m tests.bench.seeing
	$(PYTHON_BIN)/python -m tests.bench.attribution
	$(PYTHON_BIN)/python -m tests.bench.lookup
	$(PYTHON_BIN)/python -m tests.bench.slides

lock: setup ## renew requirements.lock
	$(PYTHON_BIN)/python -m pip install --quiet uv
	$(PYTHON_BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group dev \
		--generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements.lock

ci:
	bash .ci/run
