#!/usr/bin/env bash
# A soak: a server with a repository of two models, under a random mix of calls while versions are published, labels
# move, and clients are killed. Ends with a list of invariants, and with status 0 only if all of them hold.
#
#   tests/soak.sh --minutes=N [--seed=N] [--repository_mode=poll|explicit] [--output=DIR]
#
# The programs must be built: cmake --build --preset release. DIR gets the server's log, the counts of each client and
# the invariants as JSON.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly python=.deps/test-tools/bin/python
for needed in "$python" build/release/bin/ebm-{server,client,train}; do
  [[ -x $needed ]] || { echo "soak.sh: $needed is missing; see CONTRIBUTING.md" >&2; exit 2; }
done
exec "$python" tests/soak/soak.py "$@"
