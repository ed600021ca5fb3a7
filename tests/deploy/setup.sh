#!/usr/bin/env bash
# Installs a tool that long tests need into .deps/TOOL, unless it is installed: envoy or checkov.
#
#   tests/deploy/setup.sh TOOL
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly requirements="tests/deploy/requirements-$1.txt" environment=".deps/$1"
cmp --silent "$requirements" "$environment/requirements.txt" && exit 0
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$environment/requirements.txt"
