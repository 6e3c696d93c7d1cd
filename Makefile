# make help lists what there is. Nothing but Python 3.11+ and make is needed beforehand.
SHELL := /bin/bash
.DEFAULT_GOAL := help

python := .venv/bin/python
SERVE ?= 1
PORT ?= 8000
# Where the services of `make test-services` listen.
SERVICES_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
SERVICES_REDIS_URL ?= redis://127.0.0.1:6379/0
SERVICES_AMQP_URL ?= amqp://guest:guest@127.0.0.1:5672//

.PHONY: help demo serve test test-services verify bench screenshots lint format pins

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/base.stamp  ## invented cohort, study, figures in var/demo, then the site (SERVE=0: no site; PORT=8000)
	@$(python) manage.py demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

serve: .venv/base.stamp  ## the site and its worker on what var/ holds (PORT=8000)
	@$(python) manage.py serve --port $(PORT)

test: .venv/dev.stamp  ## the tests
	$(python) -m pytest -n 2 --dist loadfile -m "not services and not browser"

test-services: .venv/dev.stamp  ## the tests on PostgreSQL 15, Redis, RabbitMQ and chromium
	DATABASE_URL=$(SERVICES_DATABASE_URL) REDIS_URL=$(SERVICES_REDIS_URL) AMQP_URL=$(SERVICES_AMQP_URL) \
		$(python) -m pytest -m "services or browser"

verify: .venv/base.stamp  ## our numbers beside those of R and of publications; no database, no network
	@$(python) -m analyses.verification

bench: .venv/base.stamp  ## speed and memory beside R, into var/bench (SIZES=355,10000 SECTIONS=methods,plan RECORDS=100000 PAGES=50000)
	@$(python) -m bench $(if $(SIZES),--sizes $(SIZES)) $(if $(SECTIONS),--sections $(SECTIONS)) \
		$(if $(RECORDS),--records $(RECORDS)) $(if $(PAGES),--pages $(PAGES))

screenshots: .venv/dev.stamp  ## the documentation's pictures of the site, into docs/screenshots
	@$(python) -m tools.screenshots $(if $(KEEP),--keep $(KEEP))

lint: .venv/dev.stamp  ## style, types, floors
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/dev.stamp  ## put the code in shape
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

resolve := .venv/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links

pins: .venv/dev.stamp  ## resolve requirements/ anew from pyproject.toml
	$(resolve) -o requirements/base.txt pyproject.toml
	$(resolve) -o requirements/dev.txt --extra dev -c requirements/base.txt pyproject.toml
	echo uv | $(resolve) -o requirements/installer.txt -

.venv/base.stamp: requirements/base.txt
	@tools/setup base

.venv/dev.stamp: requirements/dev.txt
	@tools/setup dev
	@touch .venv/base.stamp
