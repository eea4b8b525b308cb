# deepconf: `make demo` shows it at work, `make check` tests it.
# CMake and Ninja build; this file sets up, then calls them.

DEMO_MODEL ?= qwen2.5-coder-0.5b
DEMO_TOKENS ?= 40
DEMO_OUT ?= demo$(if $(filter qwen2.5-coder-0.5b,$(DEMO_MODEL)),,-$(notdir \
	$(DEMO_MODEL))).db
DEMO_REPORT ?= $(basename $(DEMO_OUT))-report
DEMO_FLAGS ?=
BENCH_MODEL ?= smollm2
BENCH_FLAGS ?=
PREFIX ?= /usr/local

# A name of the model registry is fetched; a path is taken as it is.
DEMO_SETUP = $(if $(or $(findstring /,$(DEMO_MODEL)),$(filter \
	%.gguf,$(DEMO_MODEL))),,--model $(DEMO_MODEL))

.PHONY: all setup build library check coverage demo gallery bench \
    bench-scale bench-served check-servers judges readme results golden format lint \
    install uninstall wheel check-wheel clean help
.NOTPARALLEL:
.DEFAULT_GOAL := all

all: build

setup:
	@scripts/setup

build:
	@scripts/build release deepconf golden_check

check:
	@scripts/check

demo:
	@scripts/setup
	@SETUP_FLAGS="$(DEMO_SETUP)" scripts/build release deepconf
	./build/deepconf run --model $(DEMO_MODEL) --benchmark demo $(DEMO_FLAGS) \
	    --data data/demo.csv --max-tokens $(DEMO_TOKENS) --out $(DEMO_OUT)
	@echo
	./build/deepconf judge $(DEMO_OUT) --judge phrases10 --quiet
	./build/deepconf report $(DEMO_OUT) --out $(DEMO_REPORT)
	@echo "The run file is $(DEMO_OUT). One prompt of it:" \
	    "./build/deepconf show $(DEMO_OUT) --prompt ID"
	@echo "The report: open $(DEMO_REPORT)/report.html in a browser, or begin" \
	    "with $(DEMO_REPORT)/ANALYSIS_SUMMARY.md"

gallery:
	@scripts/setup --dev
	scripts/gallery $(DEMO_REPORT)

bench:
	@SETUP_FLAGS="--model $(BENCH_MODEL)" scripts/build release deepconf
	bench/quick
	@bench/setup
	bench/speed.py --model $(BENCH_MODEL) $(BENCH_FLAGS)

bench-scale:
	@scripts/setup
	@scripts/build release deepconf
	bench/scale.py $(SCALE_FLAGS)

bench-served:
	@SETUP_FLAGS="--model $(BENCH_MODEL)" scripts/build release deepconf
	@bench/setup llama venv vllm inspect
	bench/served.py --model $(BENCH_MODEL) $(BENCH_FLAGS)

check-servers:
	@SETUP_FLAGS="--model smollm2 --model qwen2.5-coder-0.5b" \
	    scripts/build release deepconf
	scripts/check_servers $(SERVERS_FLAGS)

results:
	@scripts/results $(if $(RESULTS_DATA),--data $(RESULTS_DATA)) \
	    $(if $(RESULTS_OUT),--out $(RESULTS_OUT))

readme:
	@SETUP_FLAGS="--model qwen2.5-coder-0.5b" scripts/build release deepconf
	scripts/readme_quotes

golden:
	@scripts/setup
	@scripts/build release deepconf
	scripts/golden_outputs

judges:
	@scripts/setup
	@scripts/build release deepconf
	scripts/judges_figures.py

coverage:
	@scripts/build release coverage
	./build/tests/coverage $(if $(COVERAGE_TRIALS),--trials $(COVERAGE_TRIALS))

format:
	@find src include tests bench fuzz examples -name '*.[ch]' -o -name '*.cpp' 2>/dev/null | \
	    xargs clang-format -i

lint:
	@scripts/lint

library:
	@scripts/build release library

install:
	@scripts/build release deepconf library
	DESTDIR="$(DESTDIR)" cmake --install build \
	    --prefix "$$(realpath -ms -- "$(PREFIX)")"

uninstall:
	@DESTDIR="$(DESTDIR)" cmake -DPREFIX="$$(realpath -ms -- "$(PREFIX)")" \
	    -DLIST=share/deepconf/installed.txt -P cmake/uninstall.cmake

wheel:
	@scripts/wheel

check-wheel: wheel
	@scripts/setup --dev --quiet
	@scripts/check_wheel dist/*.whl

clean:
	rm -rf build build-dev build-asan build-wheel dist

help:
	@echo "make                  set up what is missing, build ./build/deepconf"
	@echo "                      and ./build/tests/golden_check"
	@echo "make demo             evaluate the demo set with a real model"
	@echo "    DEMO_MODEL=NAME   $(DEMO_MODEL); smollm2 is quick, or a GGUF path"
	@echo "    DEMO_TOKENS=N     most tokens of a response ($(DEMO_TOKENS))"
	@echo "    DEMO_REPORT=DIR   its report ($(DEMO_REPORT))"
	@echo "    DEMO_OUT=FILE     the run file ($(DEMO_OUT)); DEMO_FLAGS: further"
	@echo "                      options of deepconf run"
	@echo "make check            set up, build with -Werror, gates, all tests,"
	@echo "                      unit tests again under the sanitizers"
	@echo "make gallery          write docs/gallery anew from the demo's report"
	@echo "make bench            against llama-server, vLLM and others: hours and"
	@echo "                      7 GB in the cache; bench/README.md"
	@echo "    BENCH_MODEL=NAME  $(BENCH_MODEL); BENCH_FLAGS: options of bench/speed.py"
	@echo "make bench-scale      time and memory of every command by the size of"
	@echo "                      the run: an hour; SCALE_FLAGS: options of"
	@echo "                      bench/scale.py, such as --size 1000x10"
	@echo "make bench-served     deepconf as a client of llama-server and vLLM, beside"
	@echo "                      Inspect and others; BENCH_FLAGS: of bench/served.py"
	@echo "make check-servers    deepconf against llama-server and vLLM, as far as"
	@echo "                      bench/setup has installed them; SERVERS_FLAGS:"
	@echo "                      options of scripts/check_servers"
	@echo "make readme           make the outputs that README.md quotes again"
	@echo "make golden           write tests/golden_outputs anew: every output of"
	@echo "                      one run; read what git diff says of it"
	@echo "make judges           write the tables of docs/JUDGES.md anew, from the"
	@echo "                      labelled completions of XSTest: the data sets are"
	@echo "                      in the folder that DEEPCONF_DATA_DIR names, which"
	@echo "                      results and bench take, too"
	@echo "make results          make docs/RESULTS.md: four real runs, an hour or two"
	@echo "    RESULTS_DATA=DIR  where the data sets are (DEEPCONF_DATA_DIR);"
	@echo "    RESULTS_OUT=DIR   where run files and report go (results)"
	@echo "make coverage         simulate whether intervals, tests and promises hold:"
	@echo "                      minutes; the table of docs/METHODS.md, section 11"
	@echo "    COVERAGE_TRIALS=N at most N trials a row, bounds wider accordingly"
	@echo "make format, lint     clang-format in place; clang-tidy and cppcheck"
	@echo "make library          build libdeepconf, shared and static"
	@echo "make install PREFIX=  program, libllama, library, documents to PREFIX"
	@echo "                      ($(PREFIX)); DESTDIR= for packagers"
	@echo "make uninstall PREFIX=  remove what was installed there, nothing else"
	@echo "make wheel            a Python wheel with the program in it, dist/; the first"
	@echo "                      time takes long: libllama for every kind of CPU"
	@echo "make check-wheel      install it where nothing else is and try it"
	@echo "make clean            remove the build folders (not the cache)"
