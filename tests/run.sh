#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests, and ends with "N passed, N failed".
#
#   tests/run.sh                                 every test of the release build, end-to-end tests, checks of style
#   tests/run.sh --long                          the same, and the tests that take too long for each change
#   tests/run.sh --sanitize=address,undefined    all C++ tests and fuzzers, built with clang and those sanitizers
#   tests/run.sh --sanitize=thread               server/batching and server/inference, built with that sanitizer
#
# Results are JUnit XML under build/<preset>/test-results, and the minutes of each part are in minutes.txt there. The
# exit status is 0 only when nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  sed -n '4,7s/^#   //p' tests/run.sh
}

[[ $# -le 1 ]] || { usage >&2; exit 2; }
chosen_tests="not long"
case "${1:-}" in
  "") preset=release ;;
  --long) preset=release; chosen_tests="" ;;
  --sanitize=address,undefined) preset=asan ;;
  --sanitize=thread) preset=tsan ;;
  --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

readonly preset chosen_tests results="$PWD/build/$preset/test-results"
readonly python="$PWD/.deps/test-tools/bin/python"
export PATH="$PATH:$PWD/.deps/prometheus/usr/bin"
export ASAN_OPTIONS="detect_stack_use_after_return=1"
export LSAN_OPTIONS="suppressions=$PWD/tests/sanitizers/leak.supp:print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1"

part=""
part_start=0

# section NAME : announces a part, and notes how long the one before it took.
section() {
  if [[ -n $part ]]; then
    printf '%5.1f  %s\n' "$(((SECONDS - part_start) * 10 / 60))e-1" "$part" >>"$results/minutes.txt"
  fi
  part="$1"
  part_start=$SECONDS
  printf '\n== %s (%d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60))
}

# Prints the count at the end, even after a failed build.
finish() {
  local status=$?
  section "Result"
  python3 tests/checks/count_results.py "$results" || status=1
  exit "$status"
}

# The sanitizers need an address layout without the extra randomisation of newer kernels.
run_ctest() {
  local launcher=()
  if [[ $preset != release ]] && setarch --addr-no-randomize true 2>/dev/null; then
    launcher=(setarch --addr-no-randomize)
  fi
  "${launcher[@]}" ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" \
    --output-junit "$results/ctest.xml" || true
}

# run_pytest NAME FOLDER
run_pytest() {
  "$python" -m pytest --quiet -p no:cacheprovider -m "$chosen_tests" \
    --durations=5 --durations-min=5 --junit-xml="$results/$1.xml" "$2" || true
}

rm -rf "$results"
mkdir -p "$results"
trap finish EXIT

section "Install ($preset)"
deploy/install_dependencies.sh --with-tests

section "Build ($preset)"
if ! cmake --preset "$preset" -DEBM_PYTHON="$python" >"$results/configure.log" 2>&1; then
  cat "$results/configure.log"
  exit 1
fi
cmake --build --preset "$preset"

section "C++ tests ($preset)"
run_ctest

if [[ $preset == release ]]; then
  section "Style and structure, clang-tidy"
  run_pytest checks tests/checks
  section "Figures of the benchmarks"
  run_pytest bench tests/bench
  section "Deployment"
  run_pytest deploy tests/deploy
  section "End to end"
  run_pytest e2e tests/e2e
fi
