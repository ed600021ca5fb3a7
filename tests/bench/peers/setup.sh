#!/usr/bin/env bash
# Installs the peers that compare.sh measures into .deps/peers, unless they are installed.
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly requirements=tests/bench/peers/requirements.txt environment=.deps/peers
cmp --silent "$requirements" "$environment/requirements.txt" && exit 0
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$environment/requirements.txt"
