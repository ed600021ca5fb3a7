#!/usr/bin/env bash
# Measures ebm-train beside scikit-learn on the same splits of small tables: class probabilities, outliers, p-values,
# densities and the time of training. Our figures are those that a user gets from CSV files, ebm-train, ebm-server and
# ebm-client.
#
#   tests/bench/tables.sh [--tables=iris,wine] [--seeds=0,1,2] [--quick] [--train_flags="..."] [--output=DIR]
#                         [--threads=2] [--training_seconds=30]
#
#   --tables            tables by name (default: the 18 tables of development, and penguins_gaps: rows with missing
#                       values, which is not in --quick)
#   --seeds             seeds of splits and training (default: 0,1,2); classes are only left out for the first
#   --quick             at most 20 minutes on two cores: seed 0, one class of each table left out; what does not fit is
#                       named in the report, and a second run measures it
#   --train_flags       more flags of ebm-train
#   --output            folder of the results and of Python's packages (default: build/tables)
#   --threads           threads of every method
#   --training_seconds  limit of each training (--minutes of ebm-train), which does not count ln Z
#
# DIR/results.jsonl has a line for each table, seed, left-out class and method. What is there is not computed again: our
# lines count for the same programs and flags, the others always. DIR/report.md has the tables, which are printed, too.
# A run that failed is such a line, too; remove it to try again. Times count only if nothing else runs on the machine.
# If EBM_BIN is set, it is the folder of the programs; otherwise they are built.
set -euo pipefail
cd "$(dirname "$0")/../.."

output=build/tables
for argument in "$@"; do
  case "$argument" in
    --help) sed -n '2,/^set /s/^# \{0,1\}//p' tests/bench/tables.sh; exit 0 ;;
    --output=*) output="${argument#--output=}" ;;
    --*=* | --quick) ;;
    *) echo "tables.sh: $argument is not --NAME=VALUE; see --help" >&2; exit 2 ;;
  esac
done

readonly requirements=tests/bench/tables/requirements.txt environment="$output/venv"
if ! cmp --silent "$requirements" "$environment/requirements.txt"; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$environment/requirements.txt"
fi
if [[ -z ${EBM_BIN:-} ]]; then
  deploy/install_dependencies.sh
  cmake --preset release >/dev/null
  cmake --build --preset release --target ebm-train ebm-logz ebm-server ebm-client
fi
exec "$environment/bin/python" tests/bench/tables/run.py "$@"
