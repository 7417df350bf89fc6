# `make demo` is the first run, `make test` the second. `make help` lists the rest.
GO ?= go
FUZZTIME ?= 30s
CORPUS ?= ../shared/corpus
REPLAY ?= ../shared/replay
PAGES ?= 20000
TOOL = $(GO) tool -modfile=.ci/tools/go.mod
PACKAGES = ./...

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/newsmill
	$(GO) build -o bin/newsmill ./cmd/newsmill

.PHONY: install
install: ## install newsmill into $(go env GOPATH)/bin
	$(GO) install ./cmd/newsmill

.PHONY: demo
demo: build ## build, crawl the built-in sample site into demo.db, show what came out
	./bin/newsmill demo

.PHONY: test
test: ## all tests
	$(GO) test $(PACKAGES)

.PHONY: check
check: ## formatting, vet, linters, dead code, tidy modules, race detector
	@test -z "$$($(TOOL) gofumpt -l . | tee /dev/stderr)" || { echo "run: make fmt"; exit 1; }
	$(GO) vet $(PACKAGES)
	$(TOOL) golangci-lint run -c .ci/golangci.yml $(PACKAGES)
	@test -z "$$($(TOOL) deadcode -test $(PACKAGES) | tee /dev/stderr)" || { echo "remove the dead code above"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) test -race -short $(PACKAGES)

.PHONY: fmt
fmt: ## format all Go files
	$(TOOL) gofumpt -w .

.PHONY: cover
cover: ## test coverage, by package
	$(GO) test -cover $(PACKAGES)

.PHONY: golden
golden: ## rewrite the wanted files of the golden tests; read the diff before you commit it
	$(GO) test $(PACKAGES) -update

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (30s)
	@for pkg in $$($(GO) list $(PACKAGES)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
	    echo "== $$pkg $$target"; $(GO) test $$pkg -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) || exit 1; \
	  done; \
	done

.PHONY: bench
bench: ## benchmarks, as ratios to work done in the same run
	$(GO) test $(PACKAGES) -run '^$$' -bench . -benchtime 3x

.PHONY: bench-crawl
bench-crawl: ## a crawl of PAGES pages against the sum of its parts, and against Scrapy; on the replayed web in REPLAY
	$(GO) run -C bench ./crawl -replay $(abspath $(REPLAY)) -pages $(PAGES)

.PHONY: quality
quality: build ## score the cleaner on the corpus in CORPUS (../shared/corpus)
	.ci/quality $(CORPUS)

.PHONY: rechecks
rechecks: ## what harmful answers and real changes do to 100 stored pages of the corpus in CORPUS, in each of 29 ways
	NEWSMILL_CORPUS=$(abspath $(CORPUS)) NEWSMILL_RECHECK_PAGES=100 $(GO) test ./scraper -run 'Recheck|FirstFetchInTrouble' -v -timeout 2h

.PHONY: compare
compare: ## what the cleaner does differently since commit A (HEAD~1), on the corpus in CORPUS
	.ci/compare $(or $(A),HEAD~1) $(CORPUS)

.PHONY: peers
peers: ## quality and speed beside other extractors, on the corpus in CORPUS
	$(GO) run -C bench . -corpus $(abspath $(CORPUS))

.PHONY: train
train: ## fit all models of the cleaner on the corpus in CORPUS, and print what must hold; needs python3 with lightgbm and numpy
	$(GO) run ./cmd/newsmill-train -pages $(CORPUS)
	$(GO) run ./cmd/newsmill-train -lines $(CORPUS)
	$(GO) run ./cmd/newsmill-train $(CORPUS)
	$(GO) run ./cmd/newsmill-train -readings $(CORPUS)
	$(GO) run ./cmd/newsmill-train -confidence $(CORPUS)
	$(MAKE) bars

.PHONY: bars
bars: build ## what must hold beside what does, with the models of the last training
	$(GO) run ./cmd/newsmill-train -bars $(CORPUS)

.PHONY: clean
clean: ## remove what was built
	rm -rf bin demo.db demo.db-wal demo.db-shm demo.db.lock
