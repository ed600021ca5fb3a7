#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests, and ends with "N passed, N failed".
#
#   tests/run.sh                                 every test of the release build, end-to-end tests, style checks
#   tests/run.sh --sanitize=address,undefined    all C++ tests, built with those sanitizers
#   tests/run.sh --sanitize=thread               server/batching and its tests, built with that sanitizer
#
# Results are JUnit XML under build/<preset>/test-results. The exit status is 0 only when nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  sed -n '4,6s/^#   //p' tests/run.sh
}

[[ $# -le 1 ]] || { usage >&2; exit 2; }
case "${1:-}" in
  "") preset=release ;;
  --sanitize=address,undefined) preset=asan ;;
  --sanitize=thread) preset=tsan ;;
  --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

readonly preset results="$PWD/build/$preset/test-results"
readonly python="$PWD/.deps/test-tools/bin/python"
export PATH="$PATH:$PWD/.deps/prometheus/usr/bin"
export ASAN_OPTIONS="detect_stack_use_after_return=1"
export LSAN_OPTIONS="suppressions=$PWD/tests/sanitizers/leak.supp:print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1"

section() {
  printf '\n== %s (%d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60))
}

# Whatever happened before, a broken build too, ends with the count.
finish() {
  local status=$?
  section "Result"
  python3 tests/checks/count_results.py "$results" || status=1
  exit "$status"
}

# The sanitizers' shadow memory wants the classic address layout, which newer kernels randomise further.
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
  "$python" -m pytest --quiet -p no:cacheprovider --junit-xml="$results/$1.xml" "$2" || true
}

rm -rf "$results"
mkdir -p "$results"
trap finish EXIT

section "Install"
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
  section "Style and structure"
  run_pytest checks tests/checks
  section "End to end"
  run_pytest e2e tests/e2e
fi
