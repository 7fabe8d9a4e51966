# The commands a developer or an operator types. `make help` lists them.
# SPDX-License-Identifier: Apache-2.0
SHELL := /bin/bash
DEBUG := .build-debug
RELEASE := .build-release

.PHONY: help deps lint debug release test test-unit test-install demo demo-stop bench bench-push clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

deps: ## install the missing Debian packages; `scripts/install-deps tests` those of the tests too
	@scripts/install-deps

lint: ## format, headers, what sectors may import
	@scripts/lint

debug: deps ## build everything for tests
	swift build --scratch-path $(DEBUG) --build-tests --explicit-target-dependency-import-check error
	@scripts/assemble-sectors $(DEBUG)/debug $(DEBUG)/sectors

release: deps ## build what the demo and a package run
	swift build --scratch-path $(RELEASE) -c release
	@scripts/assemble-sectors $(RELEASE)/release $(RELEASE)/sectors

test: lint debug ## lint, unit, integration, conformance of all sectors, a small kabupaten end to end
	@scripts/install-deps tests
	@scripts/install-oracles
	@Tests/run

test-install: release ## install by the handbook in a booted Debian 12 (root, debootstrap, systemd-container)
	@Tests/install

demo: release ## a whole kabupaten, from messages to acknowledged summaries, reconciled
	@scripts/demo

demo-stop: ## stop what `make demo` left running and remove it
	@scripts/demo-stop

bench: release ## intake and apply beside COPY, pgmq, PgQueuer and Procrastinate
	@Benchmarks/run

bench-push: release ## push of 10,000 documents beside curl --parallel, then with a destination in trouble
	@scripts/install-deps tests
	@Benchmarks/push

clean: demo-stop ## remove builds
	rm -rf $(DEBUG) $(RELEASE) .build .build-oracles .demo
