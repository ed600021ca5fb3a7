#!/bin/sh
# train.sh DIR/NAME FLAG...: trains and publishes in a Job, whose pod can be evicted at any time.
#
# ebm-train refuses --resume without a state of an earlier run, and refuses to begin over such a state. A run that is
# stopped by SIGTERM ends with status 0, and its state remains; the Job must not take that for a published model.
set -eu

model="$1"
shift
state="$model/.training/model.state.safetensors"
if [ -e "$state" ]; then set -- --resume "$@"; fi

ebm-train --publish="$model" "$@" &
trainer=$!
trap 'kill -TERM "$trainer"' TERM
# A signal ends wait, too.
status=0
while true; do
  if wait "$trainer"; then status=0; else status=$?; fi
  kill -0 "$trainer" 2>/dev/null || break
done
if [ "$status" -eq 0 ] && [ -e "$state" ]; then
  echo "train.sh: stopped before $model was published" >&2
  exit 75
fi
exit "$status"
