#!/usr/bin/env bash
# Writes protocols.binpb, the descriptors of the services that Envoy translates, from proto/. A test compares them.
#
#   deploy/kubernetes/components/transcoder/make_protocols.sh [OUTPUT]
set -euo pipefail
cd "$(dirname "$0")/../../../.."

.deps/test-tools/bin/buf build proto --path=proto/ebm/v1 --path=proto/inference --exclude-source-info \
  --output="${1:-deploy/kubernetes/components/transcoder/protocols.binpb}"
