# Two commands: `make run` serves the site, `make test` runs every test. `make help` lists all.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export INSTANCE ?= $(CURDIR)/instance
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
# Tests wait for browsers and servers a quarter of the time, so one more process than there are cores runs them. Attacks
# run by themselves afterward, since they measure how long pages take meanwhile.
PROCESSES := $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))

.PHONY: help run demo check words test test-all programs sure pictures analysis faults soak load bench clinics failover release deploy-tests pins clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: .venv/runs ## serve the site (set PORT, HOST, INSTANCE)
	@$(FLASK) keys make >/dev/null
	exec $(FLASK) serve --prepare

demo: NUMBER ?= 200
demo: .venv/runs ## fill an empty database with made-up submissions (NUMBER of them, by default 200)
	@$(FLASK) keys make >/dev/null
	$(FLASK) database upgrade
	$(FLASK) demo --number $(NUMBER)

check: .venv/runs ## check the question files
	@$(FLASK) keys make >/dev/null
	$(FLASK) questions check

words: .venv/runs ## update the interface's message catalog; new messages are untranslated
	$(BIN)/pybabel -q extract --mapping pyproject.toml --no-location --output .venv/words.pot .
	$(BIN)/pybabel -q update --locale es --input-file .venv/words.pot --output-file screening/translations/es.po \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110

# A machine may forbid Python to keep compiled code, which each server that a test starts would compile anew.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: .venv/tests programs .venv/lforms ## run the tests, including those in a real browser and on both databases
	$(BIN)/pytest --numprocesses $(PROCESSES) --dist worksteal --ignore tests/attacks -m "not long and not twin and not server"
	$(BIN)/pytest tests/attacks -m "not long"

test-all: .venv/tests programs .venv/lforms ## run all tests, including the slow ones, with all random examples
	$(BIN)/pytest --numprocesses $(PROCESSES) --dist worksteal --hypothesis-profile full --ignore tests/attacks -m "not server"
	$(BIN)/pytest tests/attacks

# Only what is missing: on a machine whose Node.js is not Debian's, Debian's npm cannot be installed.
programs:
	@missing=
	command -v chromium >/dev/null || missing+=" chromium"
	command -v chromium-headless-shell >/dev/null || missing+=" chromium-headless-shell"
	command -v msgfmt >/dev/null || missing+=" gettext"
	command -v npm >/dev/null || missing+=" npm"
	command -v pdftoppm >/dev/null || missing+=" poppler-utils"
	fc-list 2>/dev/null | grep Roboto >/dev/null || missing+=" fonts-roboto"
	test -z "$$missing" || (apt-get update -qq && apt-get install -y -qq $$missing)

sure: .venv/tests ## check format, lint, types and layering
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest tests/content/test_structure.py

pictures: export PICTURES ?= $(or $(TMPDIR),/tmp)/screening-pictures
pictures: .venv/tests ## take pictures of every page in every state, phone and desktop, light and dark (PICTURES sets the folder)
	$(BIN)/pytest tests/browser/pictures.py
	@echo "Open $(PICTURES)/index.html"

analysis: export ANALYSIS ?= .venv/analysis
analysis: .venv/tests ## read analysis kits in R, pandas, PSPP and LibreOffice, and compare every count with Insights
	@(command -v Rscript && command -v pspp && command -v soffice) >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends r-base-core pspp libreoffice-calc-nogui)
	test -x $(ANALYSIS)/bin/frictionless || \
		{ $(PYTHON) -m venv $(ANALYSIS) && $(ANALYSIS)/bin/pip install --quiet pandas==3.1.1 frictionless==5.21.0; }
	$(BIN)/pytest -rP tests/analysis/programs.py

faults: .venv/tests ## kill the server 300 times while patients share, and PostgreSQL too; count lost or duplicated shares
	$(BIN)/python -m tests.faults.killing

soak: SECONDS ?= 600
soak: export PATH := $(PATH):$(CURDIR)/.venv/unpacked/usr/sbin
soak: .venv/tests .venv/unpacked/made ## use the site while everything goes wrong, on both databases (SECONDS on each, by default 600)
	$(BIN)/python -m tests.soak --seconds $(SECONDS)
	$(BIN)/python -m tests.rolling

failover: export PATH := $(CURDIR)/.venv/patroni/bin:$(CURDIR)/.venv/unpacked/usr/bin:$(PATH)
failover: .venv/tests .venv/patroni/made .venv/unpacked/made ## make the leader of three PostgreSQL nodes fail in four ways while patients share
	nice -n 5 $(BIN)/python -m tests.failover

clinics: NUMBER ?= 50
clinics: .venv/tests ## run many clinics on this machine, each with its own database, and print what they take (NUMBER, by default 50)
	nice -n 5 $(BIN)/python -m tests.clinics --number $(NUMBER)

load: .venv/tests ## measure journeys over HTTP on both databases: requests per CPU second, and seconds by page
	$(BIN)/python -m tests.load

bench: .venv/tests ## measure the cost of pages and of sharing, as ratios to a minimal baseline
	$(BIN)/python -m tests.bench

release: .venv/release ## build dist/screening-VERSION.tar from the commit that is checked out: wheels that install offline, SBOM, deploy/
	.venv/release/bin/python deploy/build_release.py

deploy-tests: export MACHINES ?= /var/tmp/screening-machines
deploy-tests: .venv/tests release ## test the release and every file of deploy/ on fresh servers of their own (needs root)
	@(command -v debootstrap && command -v buildah) >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap buildah)
	tests/deploy/make-machine $(MACHINES)
	$(BIN)/pytest -m server tests/deploy

pins: UV := .venv/pins/bin/uv
pins: .venv/made ## pin all packages with hashes, from each requirements.in; existing pins stay
	test -x $(UV) || { $(PYTHON) -m venv .venv/pins && .venv/pins/bin/pip install --quiet uv==0.13.9; }
	for folder in . tests deploy tests/failover; do
		$(UV) pip compile --quiet --universal --python-version 3.11.5 --generate-hashes --no-emit-index-url --no-annotate \
			--custom-compile-command "make pins" $$folder/requirements.in --output-file $$folder/requirements.txt
	done

# LHC-Forms shows the FHIR form in tests. Its bundle contains the packages that it depends on.
.venv/lforms: tests/lforms.sha512 .venv/made | programs
	archive=$$(cut -d ' ' -f 3 $<)
	version=$${archive#lforms-}
	cd .venv
	npm pack --silent "lforms@$${version%.tgz}"
	sha512sum --quiet --check $(CURDIR)/$<
	rm -rf lforms
	mkdir lforms
	tar --extract --file $$archive --directory lforms --strip-components 3 --touch --exclude '*.map' \
		package/dist/lforms/webcomponent package/dist/lforms/fhir/R4
	rm $$archive
	touch lforms

clean: ## remove the virtual environment and caches, but not the instance folder
	rm -rf .venv .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made:
	$(PYTHON) -m venv .venv
	touch $@

.venv/runs: requirements.txt .venv/made
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/tests: tests/requirements.txt .venv/runs
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	touch $@

.venv/release: deploy/requirements.txt .venv/made
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.txt
	touch $@

# As root, PostgreSQL and Patroni run as another user, who may not enter a Python below /root.
.venv/patroni/made: tests/failover/requirements.txt .venv/made
	$(firstword $(wildcard /usr/bin/python3) $(PYTHON)) -m venv --without-pip .venv/patroni
	$(BIN)/pip --python .venv/patroni/bin/python install --quiet --disable-pip-version-check --require-hashes -r tests/failover/requirements.txt
	touch $@

# Unpacked instead of installed, so that no service starts.
.venv/unpacked/made: .venv/made
	rm -rf .venv/unpacked
	mkdir .venv/unpacked
	cd .venv/unpacked
	apt-get update -qq
	apt-get download -qq etcd-server nginx
	for package in *.deb; do dpkg -x $$package .; done
	touch made
