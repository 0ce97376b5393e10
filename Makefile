# Postmortem: everything that a newcomer, a developer and CI run.
# `make` alone says what there is. Another cargo can be named: `make test CARGO="cargo +stable"`.

CARGO ?= cargo

.DEFAULT_GOAL := help
.PHONY: help demo test conformance chaos soak check lint fmt schema released explorer bench fuzz sbom clean prerequisites

help: ## Say what there is
	@echo 'Usage: make TARGET'
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 15

# A plain debug build: ready in less than half the time of an optimised one, and quick enough for one person.
demo: prerequisites ## Build, load demo data into an embedded database and serve it
	$(CARGO) run -p postmortem-api --bin postmortem -- demo

# Everything is built first, so that the database only runs while the tests do.
test: prerequisites ## Run all tests, on SQLite and on a throwaway PostgreSQL
	$(CARGO) build --workspace --bins
	$(CARGO) test --workspace --no-run
	@directory=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/') && \
	echo "with-postgres $(CARGO) test --workspace" && \
	"$$directory/debug/with-postgres" $(CARGO) test --workspace

# They are among the tests, too; here by themselves.
conformance: prerequisites ## Run the tools of the GraphQL ecosystem, from npm, against the service
	$(CARGO) build --workspace --bins
	$(CARGO) test -p postmortem-tests --test it --no-run
	@directory=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/') && \
	"$$directory/debug/with-postgres" $(CARGO) test -p postmortem-tests --test it conformance::

# Options in CHAOS, such as --short: docs/faults.md.
chaos: prerequisites ## Break what the service stands on, and look whether anything was lost
	$(CARGO) build --workspace --bins
	@directory=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/') && \
	"$$directory/debug/postmortem-chaos" --service "$$directory/debug/postmortem" $(CHAOS)

soak: ## Ten minutes of load on each database, with the memory that it takes
	@$(MAKE) --no-print-directory chaos CHAOS='--soak 10'

check: prerequisites ## All that CI does: tests, lints, documentation, licences, schema
	CARGO="$(CARGO)" .ci/run

lint: prerequisites ## Check the formatting and run clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

fmt: prerequisites ## Format the code
	$(CARGO) fmt --all

# By way of a second file: a failing build must not leave an empty schema.
schema: prerequisites ## Write schema.graphql and the schemas of events anew from the code
	$(CARGO) run -q -p postmortem-api --bin postmortem -- schema > schema.graphql.new
	mv schema.graphql.new schema.graphql
	$(CARGO) run -q -p postmortem-api --bin postmortem -- schema --events docs/events

released: schema ## Keep the schema as that of a release, which later ones may not break
	cp schema.graphql docs/schema/released.graphql

# The explorer's files are checked in, so that nothing else needs Node.
explorer: ## Make the files of the explorer anew; needs Node 20 or later and npm
	@command -v npm > /dev/null || { echo 'The explorer is made with Node 20 or later and npm: install them first (https://nodejs.org).' >&2; exit 1; }
	cd api/assets/graphiql/source && npm ci --no-audit --no-fund && npm run build

# What is measured is built as it is released; what drives it need not be. Options in BENCH: docs/performance.md.
bench: prerequisites ## Measure the service against its peers, on both databases; takes most of an hour
	$(CARGO) build --release -p postmortem-api -p postmortem-floor --bin postmortem --bin postmortem-floor
	@directory=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/') && \
	$(CARGO) run -p postmortem-bench -- --service "$$directory/release/postmortem" --floor "$$directory/release/postmortem-floor" $(BENCH)

# Seconds for each target; `make fuzz FUZZ_SECONDS=600 FUZZ_TARGETS=importer` for more of one. New inputs are kept in fuzz/found, and
# what fails in fuzz/artifacts: its message says how it is run again. The stack is that of a worker of the service.
FUZZ_TARGETS ?= codecs documents filters importer markdown signatures
FUZZ_SECONDS ?= 60
FUZZ_VERSION := 0.13.2

fuzz: prerequisites ## Send random input to what reads what others send; stable Rust is enough
	@$(CARGO) fuzz --version > /dev/null 2>&1 || $(CARGO) install --locked cargo-fuzz --version $(FUZZ_VERSION)
	cp Cargo.lock fuzz/Cargo.lock
	@ulimit -s 2048; for target in $(FUZZ_TARGETS); do \
		mkdir -p fuzz/found/$$target && \
		$(CARGO) fuzz run --sanitizer none --codegen-units 16 $$target fuzz/found/$$target fuzz/corpus/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 || exit 1; \
	done

# Of what is in the binary, as CycloneDX 1.5: read by Dependency-Track, Grype, Trivy and others.
SBOM_VERSION := 0.5.9

sbom: prerequisites ## List all that is in the binary, with versions and licences, in postmortem.cdx.json
	@$(CARGO) cyclonedx --version > /dev/null 2>&1 || $(CARGO) install --locked cargo-cyclonedx --version $(SBOM_VERSION)
	$(CARGO) cyclonedx --manifest-path api/Cargo.toml --format json --spec-version 1.5 --no-build-deps --override-filename postmortem.cdx
	mv api/postmortem.cdx.json postmortem.cdx.json
	rm -f entity/postmortem.cdx.json migration/postmortem.cdx.json bench/*/postmortem.cdx.json tests/postmortem.cdx.json

clean: ## Remove what was built
	$(CARGO) clean
	rm -f schema.graphql.new

prerequisites:
	@command -v $(firstword $(CARGO)) > /dev/null || { echo 'Postmortem is built with Rust: install it first (https://rustup.rs).' >&2; exit 1; }
	@command -v cc > /dev/null || { echo 'Postmortem compiles SQLite, which needs a C compiler: install one first (Debian: apt-get install gcc libc6-dev).' >&2; exit 1; }
