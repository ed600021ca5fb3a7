#!/usr/bin/env bash
# Runs everything on a fresh Debian 12 machine: installs, builds, trains on the embedded digits, serves, classifies,
# scores, samples, and draws pictures into quickstart-output/. A second run skips the steps that are done.
#
#   deploy/quickstart.sh [--keep] [--observe]
#
#   --keep       leaves the server running and prints commands to try
#   --observe    puts Prometheus beside the server and drives it for a minute: at first with rows like the data, then
#                with noise, until an alert fires. The windows of the rules are a sixtieth of those in deploy/prometheus
set -euo pipefail
cd "$(dirname "$0")/.."

keep=false
observe=false
for argument in "$@"; do
  case "$argument" in
    --keep) keep=true ;;
    --observe) observe=true ;;
    --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "usage: deploy/quickstart.sh [--keep] [--observe]" >&2; exit 2 ;;
  esac
done

readonly bin=build/release/bin output=quickstart-output
readonly checkpoint="$output/digits.safetensors" server_log="$output/server.log"
readonly digits=model/offline/data/digits/digits.csv first_test_row=1350
readonly samples_per_class=8 temperature=0.1
readonly observed="$output/prometheus" shorten=60 drift_alert=EbmServerOutOfDistribution
server_pid="" prometheus_pid="" samples_pid="" noise_pid="" prometheus=""

section() {
  printf '\n== %s  [%d:%02d]\n' "$1" $((SECONDS / 60)) $((SECONDS % 60))
}

# Prints a command as the user would type it, and runs it.
show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

stop() {
  [[ -n $1 ]] || return 0
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_all() {
  stop "$noise_pid"
  stop "$samples_pid"
  stop "$prometheus_pid"
  stop "$server_pid"
}

build_programs() {
  cmake --preset release >"$output/configure.log" 2>&1 || { cat "$output/configure.log" >&2; exit 1; }
  cmake --build --preset release --target ebm-train ebm-server ebm-client ebm-logz ebm-eval ebm-load
}

train() {
  # --resume fails if the stored run had other settings. In that case, train from the beginning.
  if [[ -f $output/digits.state.safetensors ]]; then
    show "$bin/ebm-train" --data=digits --output="$checkpoint" --seed=1 --log_z=auto --resume && return
  fi
  show "$bin/ebm-train" --data=digits --output="$checkpoint" --seed=1 --log_z=auto --overwrite
}

# Sets server, metrics and server_pid.
start_server() {
  setsid "$bin/ebm-server" --checkpoint="$checkpoint" --listen=127.0.0.1:0 --metrics_listen=127.0.0.1:0 \
    >"$server_log" 2>&1 &
  server_pid=$!
  local ready=""
  until ready="$(grep --max-count=1 '^ebm-server ready:' "$server_log")"; do
    kill -0 "$server_pid" 2>/dev/null || { cat "$server_log" >&2; exit 1; }
    sleep 0.1
  done
  [[ $ready =~ listen=([^ ]+)\ metrics=([^ ]+) ]]
  server="${BASH_REMATCH[1]}" metrics="${BASH_REMATCH[2]}"
  echo "$ready"
}

# Rows that are unlike digits: uniform noise, and digits with black and white exchanged.
make_strange_inputs() {
  awk 'BEGIN { srand(1); for (r = 0; r < 100; ++r) for (i = 1; i <= 64; ++i)
         printf "%.3f%s", 16 * rand(), i < 64 ? "," : "\n" }' >"$output/noise.csv"
  sed --quiet "$((first_test_row + 1)),$((first_test_row + 100))p" "$digits" \
    | awk -F, -v OFS=, '{ for (i = 1; i <= 64; ++i) $i = 16 - $i; NF = 64; print }' >"$output/inverted.csv"
}

# Prints the last two lines of the output: the summary, and the number of rows that are flagged.
score() {
  printf '  %-24s' "$1"
  "$bin/ebm-client" score --server="$server" --false_positive_rate=0.05 "$2" \
    | tail --lines=2 | sed "2s/^/$(printf '%26s' '')/"
}

# At temperature 1, samples vary as the data does, with its noise. At lower ones they are the typical digits.
sample_every_class() {
  for class in {0..9}; do
    "$bin/ebm-client" sample --server="$server" --chains="$samples_per_class" --class="$class" --seed="$class" \
      --temperature="$temperature" --steps=600 --adaptation_steps=300 --output="$output/class-$class.npy" >/dev/null
  done
}

# Sets prometheus and prometheus_pid.
start_prometheus() {
  PATH="$PATH:$PWD/.deps/prometheus/usr/bin"
  rm -rf "$observed"
  python3 deploy/prometheus/adapt.py --output="$observed" --target="$metrics" --shorten="$shorten" \
    --runbook=deploy/RUNBOOK.md
  setsid prometheus --config.file="$observed/prometheus.yaml" --storage.tsdb.path="$observed/data" \
    --web.listen-address=127.0.0.1:0 >"$observed/prometheus.log" 2>&1 &
  prometheus_pid=$!
  until grep --quiet 'Server is ready' "$observed/prometheus.log"; do
    kill -0 "$prometheus_pid" 2>/dev/null || { cat "$observed/prometheus.log" >&2; exit 1; }
    sleep 0.1
  done
  prometheus="$(sed -n 's/.*msg="Listening on" address=\([^ ]*\).*/\1/p' "$observed/prometheus.log")"
}

# score_for SECONDS ROWS : has the rows scored over and over, five times a second.
score_for() {
  local -r end=$((SECONDS + $1))
  while ((SECONDS < end)); do
    "$bin/ebm-client" score --server="$server" --false_positive_rate=0.05 "$2" >/dev/null
    sleep 0.2
  done
}

observe_a_minute() {
  start_prometheus
  "$bin/ebm-load" --server="$server" --dimension=64 --rate=2 --classify=0 --sample=1 --seconds=600 >/dev/null &
  samples_pid=$!
  echo "25 seconds of rows like the data, and samples:"
  score_for 25 "--digits=$first_test_row:100"
  python3 deploy/grafana/figures.py --prometheus="$prometheus"
  printf '\nNoise, until %s fires:\n' "$drift_alert"
  score_for 300 "--input=$output/noise.csv" &
  noise_pid=$!
  python3 deploy/grafana/figures.py --prometheus="$prometheus" --wait="$drift_alert"
  stop "$noise_pid"
  stop "$samples_pid"
  noise_pid="" samples_pid=""
  cat <<END

The rules are those of deploy/prometheus with every duration divided by $shorten: with theirs, the alert fires after
half an hour of such rows. Prometheus' files and log are in $observed.
END
}

print_commands() {
  cat <<END

The server keeps running at $server (metrics at http://$metrics/metrics). Try:

  $bin/ebm-client models   --server=$server
  $bin/ebm-client classify --server=$server --digits=1350:10 --pictures
  $bin/ebm-client score    --server=$server --input=$output/noise.csv --false_positive_rate=0.05
  $bin/ebm-client sample   --server=$server --chains=8 --class=3 --live
  $bin/ebm-client sample   --server=$server --chains=64 --seed=1 --output=samples.npy --format=json
  curl http://$metrics/metrics

${prometheus:+Prometheus keeps running at http://$prometheus.

}Stop with:

  kill $server_pid $prometheus_pid
END
}

mkdir -p "$output"
trap stop_all EXIT

section "1 Install"
needed=(--with-pictures)
if $observe; then needed+=(--with-prometheus); fi
deploy/install_dependencies.sh "${needed[@]}"

section "2 Build"
build_programs

section "3 Train on the embedded digits"
# A checkpoint of an earlier version may have another recipe.
if grep --quiet --text --no-messages 'auto: density' "$checkpoint"; then
  echo "$checkpoint exists"
else
  train
fi

section "4 Serve"
start_server

section "5 Classify: which class is x?"
show "$bin/ebm-client" classify --server="$server" --digits="$first_test_row:6" --pictures
echo "All test rows: $("$bin/ebm-client" classify --server="$server" --digits="$first_test_row:447" | tail --lines=1)"

section "6 Score: is x like the training data? (ln p~ in nats; about 1 in 20 rows like the data is flagged)"
make_strange_inputs
score "real digits, test rows" "--digits=$first_test_row:100"
score "inverted digits" "--input=$output/inverted.csv"
score "uniform noise" "--input=$output/noise.csv"

section "7 Sample: draw new x"
show "$bin/ebm-client" sample --server="$server" --chains=8 --seed=1
echo "Each class at temperature $temperature:"
sample_every_class

section "8 Pictures"
.deps/pictures/bin/python deploy/draw_sheets.py "$output" "$temperature"
.deps/pictures/bin/python deploy/plot_training.py "$output/digits.metrics.csv" "$output/training.png"
ls -1 "$output"/*.png

if $observe; then
  section "9 Observe: a minute of traffic, as Prometheus sees it"
  observe_a_minute
fi

section "Done"
if $keep; then
  print_commands
  server_pid="" prometheus_pid=""
fi
