# gind: what can be done with this tree. "make help" lists it.

VERSION := $(shell tools/version version)
COMMIT  := $(shell tools/version commit)
DATE    := $(shell tools/version date)
export SOURCE_DATE_EPOCH := $(shell tools/version epoch)

# Everything that goes into the program besides the source: the same commit gives the same bytes.
LDFLAGS  := -s -w -X github.com/gind/gind.version=$(VERSION) -X github.com/gind/gind.commit=$(COMMIT) -X github.com/gind/gind.date=$(DATE)
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)"

DEB := dist/gind_$(VERSION)_amd64.deb
RPM := dist/gind-$(VERSION)-1.x86_64.rpm

PLATFORMS := $(foreach os,linux windows darwin freebsd,$(foreach arch,amd64 arm64,$(os)/$(arch)))

.PHONY: help
help: ## say what can be made
	@echo "gind $(VERSION)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build, and serve the built-in defaults on http://127.0.0.1:8080
	build/gind serve --config=/dev/null

.PHONY: build
build: ## build/gind: static, byte-identical for one commit
	$(GO_BUILD) -o build/gind ./cmd/app

.PHONY: test
test: unit-test vm-test ## every test there is: unit-test, then vm-test

.PHONY: unit-test
unit-test: ## the tests that need no machine of their own, with the race detector; RUN=name: some of them
	tools/unit-test $(if $(RUN),-run '$(RUN)')

.PHONY: vm-test vm-test-name
vm-test: vm-test-name package ## install and use the packages on real Debian 12 and 13 systems, in containers; RUN=name: some of them (root, Linux)
	GIND_DEB=$(CURDIR)/$(DEB) GIND_RPM=$(CURDIR)/$(RPM) vm-tests/run '$(RUN)'
vm-test-name: # before the packages are built, whether a test has the name
	@vm-tests/run --list '$(RUN)' >/dev/null

.PHONY: vm-test-qemu
vm-test-qemu: package ## install, serve and reboot on a whole Debian 13 machine, in qemu (root, Linux)
	GIND_DEB=$(CURDIR)/$(DEB) vm-tests/run-qemu

.PHONY: lint
lint: ## gofmt, golangci-lint, go vet, go mod tidy and shellcheck
	tools/lint

.PHONY: lint-fix
lint-fix: ## mend what gofmt, golangci-lint and go mod tidy can mend
	tools/lint --fix

.PHONY: package
package: build ## dist/gind_VERSION_amd64.deb and dist/gind-VERSION-1.x86_64.rpm, byte-identical for one commit
	VERSION=$(VERSION) packaging/make-packages $(DEB) $(RPM)

.PHONY: cross
cross: $(addprefix cross/,$(PLATFORMS)) ## compile for linux, windows, darwin and freebsd on amd64 and arm64

.PHONY: $(addprefix cross/,$(PLATFORMS))
$(addprefix cross/,$(PLATFORMS)): cross/%:
	GOOS=$(*D) GOARCH=$(*F) $(GO_BUILD) -o build/cross/gind-$(*D)-$(*F) ./cmd/app

.PHONY: bench
bench: ## measure requests, start and memory beside Gin, caddy and nginx; into docs/benchmarks.md (root, Linux)
	cd bench && go run . serve start

.PHONY: bench-start
bench-start: ## fail if gind is larger, slower to start or hungrier when idle than its budget (root, Linux)
	cd bench && go run . budget

.PHONY: bench-restart
bench-restart: ## measure what clients notice of restarts and upgrades, beside eight others
	cd bench && go run . restart

.PHONY: bench-log
bench-log: ## measure logging to the journal and to files, beside seven others
	cd bench && go run . log

.PHONY: bench-config
bench-config: ## measure reading a live setting and reloading a thousand, beside viper
	cd bench && go run . config

.PHONY: bench-supervise
bench-supervise: ## measure memory, restarts and logging of supervised programs, beside four others
	cd bench && go run . supervise

.PHONY: clean
clean: ## remove build/ and dist/ (the test machines' roots stay in the user's cache folder)
	rm -rf build dist
