#!/usr/bin/env bash
# Measures the product and its peers in one run: the Langevin loop, the server under a mixed load, and Classify and
# Score alone.
#
#   tests/bench/compare.sh [--out=FILE] [--only=loop|mixed|rows] [--repeats=N]
#
# Prints a table. FILE is a JSON list of {name, ours, peer, peer_name, ratio, low, high, unit}. A ratio above 1 means
# that ours is better; low and high are its range over the repeats. A run takes about half an hour, during which the
# machine must be idle otherwise. All traffic stays on loopback.
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/install_dependencies.sh
tests/bench/peers/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target ebm-train ebm-server ebm-load ebm-bench ebm-echo-server
[[ -f build/bench/digits.safetensors ]] || {
  mkdir -p build/bench
  build/release/bin/ebm-train --data=digits --recipe=default --output=build/bench/digits.safetensors \
    >build/bench/train.log
}
exec .deps/peers/bin/python tests/bench/compare.py --checkpoint=build/bench/digits.safetensors "$@"
