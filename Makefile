# Targets are documented by the comment behind them; `make help` prints these.
# No target needs anything but Go, git and make; modules are downloaded once. Only test-packages takes more: root, on Debian
# or Ubuntu.

GO           ?= go
GOLANGCI     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.5.0
KUSTOMIZE    := sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
ACTIONLINT   := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
GOVULNCHECK  := golang.org/x/vuln/cmd/govulncheck@v1.1.4
# Version, commit and date come from git; outside of a clone they are unknown. The release is built with the same flags, and
# the collector with what cmd/otelcol-river/default.pgo says about its hot paths, which the go command finds by itself.
# On amd64, functions start at multiples of 32 bytes otherwise: more than a megabyte of padding. What the compiler finds
# hot it aligns nevertheless.
FUNCALIGN    := -funcalign=1
LDFLAGS      := -s -w $(if $(filter amd64,$(shell $(GO) env GOARCH)),$(FUNCALIGN))
BUILD        := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -ldflags "$(LDFLAGS)"
# What takes nine tenths of the time is inlined more, not 99 hundredths as by default, which makes a larger program that is
# no faster.
PROFILE      := -gcflags=all=-d=pgoinlinecdfthreshold=90
# With a profile, all packages of the collector are compiled for it alone. What only looks at code has no use for that.
NO_PROFILE   := -pgo=off
GORELEASER   := github.com/goreleaser/goreleaser/v2@v2.13.0
SYFT         := github.com/anchore/syft/cmd/syft@v1.30.0
COSIGN       := github.com/sigstore/cosign/v3/cmd/cosign@v3.1.1
FUZZTIME     ?= 30s
BUDGET       ?= 24h

# The platforms of `make packages`, by their names in .goreleaser.yaml.
PLATFORMS    ?= $(shell $(GO) env GOOS)_$(shell $(GO) env GOARCH)

RELEASE  = $(shell sed -n 's/^  version: //p' builder-config.yaml)
# What is built of another commit than that of the release is called a snapshot of it. GoReleaser asks git for nothing if
# there is no remote, which a clone need not have.
SUFFIX   = $(if $(shell git tag --points-at HEAD --list 'v$(RELEASE)'),,-snapshot.$(shell git rev-parse --short=12 HEAD))
SNAPSHOT = SUFFIX=$(SUFFIX) GORELEASER_CURRENT_TAG=v$(RELEASE) GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url \
	GIT_CONFIG_VALUE_0=https://github.com/otelcol-river/otelcol-river

# The builder only writes sources: they are built from our go.mod. It leaves an empty folder in TMPDIR.
SOURCES_ONLY := --skip-get-modules --skip-compilation

.DEFAULT_GOAL := help
.PHONY: help build build-plain build-apiserver build-kustomize generate test update check lint vet workflows tidy-check e2e faults bench bench-report profile fuzz spread placements packages test-packages test-contents snapshot snapshot-all release-tools release-files demo vuln clean

help: ## print this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  %-14s %s\n", $$1, $$2}'

build: ## build bin/otelcol-river and bin/riverconv
	$(BUILD) $(PROFILE) -o bin/otelcol-river ./cmd/otelcol-river
	$(BUILD) -o bin/riverconv ./riverconv/cmd/riverconv

# The plain collector is what the builder makes of the same manifest without the packages of this module, with the builder's own flags;
# tests and benchmarks compare with it. Its sources lie in a folder that ./... does not see.
build-plain: ## build bin/otelcol-plain, the same collector without anything of ours
	mkdir -p bin/.plain
	sed -e '/gomod: github.com.otelcol-river/,/path:/d' -e 's|name: otelcol-river|name: otelcol-plain|' \
		-e 's|output_path: .*|output_path: ./bin/.plain|' builder-config.yaml > bin/.plain/builder-config.yaml
	TMPDIR=$(CURDIR)/bin/.plain $(GO) tool builder --config bin/.plain/builder-config.yaml $(SOURCES_ONLY)
	$(subst $(LDFLAGS),-s -w,$(BUILD)) -o bin/otelcol-plain ./bin/.plain

# Another module again: an API server needs other versions of everything. The first build takes several minutes.
build-apiserver: ## build bin/kube-apiserver, the Kubernetes API of the end-to-end tests
	cd e2e/kube && CGO_ENABLED=0 $(GO) build -ldflags "-s -w" -o $(CURDIR)/bin/kube-apiserver .

build-kustomize: ## install bin/kustomize, which renders configs/kubernetes in the end-to-end tests
	GOBIN=$(CURDIR)/bin $(GO) install $(KUSTOMIZE)

# The builder can only write a fixed version: version.go has the one from git. That file, and the others
# that are not generated, it leaves alone.
generate: ## renew cmd/otelcol-river from builder-config.yaml
	mkdir -p bin && TMPDIR=$(CURDIR)/bin $(GO) tool builder --config builder-config.yaml $(SOURCES_ONLY)
	sed -i -E 's/^(\t\tVersion: +)".*",/\1version,/' cmd/otelcol-river/main.go
	gofmt -w cmd/otelcol-river

# The end-to-end tests run each time: what they depend on, binaries and files of other processes, Go's cache cannot see.
# e2e/factories is a module of its own, whose requirements are not the collector's.
test: build build-plain build-apiserver build-kustomize ## run all tests, the end-to-end tests on the built binaries among them
	$(GO) test $(NO_PROFILE) $$($(GO) list ./... | grep -v /e2e)
	$(GO) test -count=1 $$($(GO) list ./e2e/... | grep -v /e2e/packages)
	cd e2e/factories && $(GO) test -count=1 ./...

e2e: build build-plain build-apiserver build-kustomize ## run the end-to-end tests alone
	$(GO) test -count=1 $$($(GO) list ./e2e/... | grep -v /e2e/packages)

# Each fault takes ten to forty seconds, in two configurations.
faults: build ## measure what faults lose and repeat, and write the tables of docs/faults.md
	OTELCOL_RIVER_E2E_FAULTS=1 $(GO) test -count=1 -timeout 60m -run 'TestFaults$$' ./e2e

# Results are kept by what was built. Without what git says it is the same build after a change that concerns no code, such
# as that of the report.
bench bench-report: BUILD := $(subst -buildvcs=auto,-buildvcs=false,$(BUILD))

TARGET       ?= upstream

bench: build build-plain ## measure what this distribution costs, compared with the plain collector: the core of TARGET
	$(GO) run ./e2e/bench -target $(TARGET)

bench-report: build build-plain ## measure what has not been, in BUDGET at most, and write docs/benchmarks.md
	$(GO) run ./e2e/bench -report -budget $(BUDGET)

# The build that can be profiled is compiled with the profile there is: what is hot then stays in the new one.
profile: ## renew the profile that the collector is compiled with, from the loads of the benchmark
	$(BUILD) $(PROFILE) -tags profile -o bin/otelcol-river-profile ./cmd/otelcol-river
	rm -rf bin/profiles && $(GO) run ./e2e/bench -profiles bin/profiles
	$(GO) tool pprof -proto bin/profiles/*.pprof > bin/profiles/merged && mv bin/profiles/merged cmd/otelcol-river/default.pgo

update: build ## rewrite expected results, twins in configs/, the README's table, docs/reference.md, packaging/; read the diff
	$(GO) test ./riverconv ./riverconv/manifests -update
	UPDATE_SCRIPTS=1 $(GO) test ./riverconv/cmd/riverconv
	for shell in bash zsh fish; do \
		bin/otelcol-river completion $$shell > packaging/completions/otelcol-river.$$shell || exit 1; \
	done

check: vet lint workflows tidy-check ## find what is unformatted, unlinted, untidy or stale
	$(GO) test -run 'TestManifest|TestLinks|TestUpdates|TestIssueForms' .

vet:
	$(GO) vet $(NO_PROFILE) ./...

lint: ## run the linter
	GOFLAGS="$$($(GO) env GOFLAGS) $(NO_PROFILE)" $(GO) run $(GOLANGCI) run ./...
	cd e2e/factories && $(GO) run $(GOLANGCI) run ./...

# Without the programs that it would find on some machines only.
workflows: ## check the workflows of .github
	$(GO) run $(ACTIONLINT) -shellcheck= -pyflakes=

tidy-check:
	$(GO) mod tidy -diff
	$(GO) mod verify
	cd e2e/factories && $(GO) mod tidy -diff && $(GO) vet ./...
	cd e2e/kube && $(GO) mod tidy -diff && CGO_ENABLED=0 $(GO) vet ./...
	cd e2e/placements && $(GO) mod tidy -diff && $(GO) vet ./...

# Manifests and messages are long: making each new input shorter would take most of the time.
fuzz: ## look for inputs that break the laws of the converter, of gzip or of otlp_balancer, FUZZTIME each
	$(GO) test -run '^$$' -fuzz FuzzConvert -fuzztime $(FUZZTIME) ./riverconv
	$(GO) test -run '^$$' -fuzz FuzzManifests -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./riverconv/manifests
	$(GO) test -run '^$$' -fuzz FuzzDecompress -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./internal/grpcgzip
	$(GO) test -run '^$$' -fuzz FuzzRoundTrip -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./internal/grpcgzip
	$(GO) test -run '^$$' -fuzz FuzzSplit -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./balancer/internal/otlpwire
	for target in FuzzRejected FuzzItem FuzzIndex; do \
		$(GO) test -run '^$$' -fuzz "$$target$$" -fuzztime $(FUZZTIME) ./balancer/internal/delivery || exit; \
	done

spread: ## measure how evenly otlp_balancer spreads a million keys over 200 sets of backends
	OTELCOL_RIVER_SPREAD=1 $(GO) test -count=1 -timeout 60m -v -run 'TestSpread$$' ./balancer/internal/placement

# What real load balancers of old releases did. Each is a module of its own, with its own collector.
placements: ## record anew what otlp_balancer's rings are compared with
	for release in e2e/placements/v*; do (cd $$release && $(GO) run .) || exit; done

# Packages, archives and the image are what a release has, for fewer platforms and unsigned. The linker's work apart, they
# take what `make build` left in Go's cache.
packages: release-tools ## build the packages, archives and the image of PLATFORMS into dist
	awk -v wanted=" $(PLATFORMS) " '!/^ +- (linux|darwin|windows)_/ || wanted == " all " || index(wanted, " " $$2 " ")' \
		.goreleaser.yaml > bin/goreleaser.yaml
	$(SNAPSHOT) bin/tools/goreleaser release --config bin/goreleaser.yaml --snapshot --clean --skip=sign
	$(GO) run ./packaging/image -dist dist
	for folder in dist/image-*; do \
		packaging/sbom.sh oci-dir:$$folder $$folder.spdx.json || exit; \
	done

snapshot: ## build packages of this platform twice, compare them bit by bit, and cross-compile for three others
	packaging/snapshot.sh linux_arm64 windows_amd64 darwin_arm64

snapshot-all: ## build the packages, archives and the image of all platforms into dist
	$(MAKE) packages PLATFORMS=all

# Each test of a package installs it in a copy of bin/.debian-root and boots that, which takes root: sudo asks who is not.
AS_ROOT = $(if $(filter-out 0,$(shell id -u)),sudo --preserve-env)
TEST_AS_ROOT = $(GO) test -count=1 $(if $(AS_ROOT),-exec "$(AS_ROOT)")

test-packages: packages bin/.debian-root ## build the packages, and install, run, upgrade and remove them, as root
	for program in curl jq; do \
		command -v $$program >/dev/null || $(AS_ROOT) apt-get install --yes --no-install-recommends $$program || exit; \
	done
	$(TEST_AS_ROOT) ./e2e/packages

test-contents: bin/.debian-root ## open all that dist holds, which has to be all of PLATFORMS, and compare it with lists, as root
	OTELCOL_RIVER_PLATFORMS="$(PLATFORMS)" $(TEST_AS_ROOT) -run 'TestContents$$' ./e2e/packages

bin/.debian-root: packaging/debian-root.sh
	mkdir -p bin
	$(AS_ROOT) packaging/debian-root.sh $@

release-tools:
	GOBIN=$(CURDIR)/bin/tools $(GO) install $(GORELEASER)
	GOBIN=$(CURDIR)/bin/tools $(GO) install $(SYFT)
	GOBIN=$(CURDIR)/bin/tools $(GO) install $(COSIGN)

# Packages hold manual pages compressed: without the time and the name of the file, the same text gives the same bytes. An
# apk holds the time of the scripts, which is that of the commit.
release-files:
	rm -rf bin/man bin/scripts && mkdir -p bin/man bin/scripts
	for page in packaging/man/*.1; do gzip -n -9 -c $$page > bin/man/$${page##*/}.gz; done
	cp packaging/scripts/*.sh bin/scripts/ && touch -d @$$(git log -1 --format=%ct) bin/scripts/*.sh

demo: build ## balance traces over three backends, on this machine; with TARGET=balancer by otlp_balancer
	$(GO) run ./e2e/demo -target $(TARGET)

# govulncheck ends with 3 when it finds something, which go run would hide.
vuln: ## look up known vulnerabilities (needs a network)
	GOBIN=$(CURDIR)/bin $(GO) install $(GOVULNCHECK)
	@bin/govulncheck ./...; code=$$?; case $$code in \
		0) ;; \
		3) echo "make vuln: there are known vulnerabilities, see above" >&2 ;; \
		*) echo "make vuln: NOTHING WAS LOOKED UP: govulncheck failed, see above. It needs its database," \
			"https://vuln.go.dev, or a copy of it that GOVULNDB names." >&2 ;; \
	esac; exit $$code

clean: ## remove what was built
	[ ! -e bin/.debian-root ] || $(AS_ROOT) rm -rf bin/.debian-root
	rm -rf bin dist
