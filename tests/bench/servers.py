"""Compares the server with a Ray Serve deployment, a hand-written grpc.aio batcher, and the bare transport."""

import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import sys

from rows import row

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
MIX = ("--classify=70", "--score=10", "--sample=20")
MOST_CLASSIFY_P99, MOST_FIRST_FRAME_P99 = 0.05, 0.2  # seconds
RUN = ("--seconds=10", "--warm_up_seconds=2")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def commands(checkpoint):
    peers = ROOT / "tests/bench/peers"
    ours = [BIN / "ebm-server", f"--checkpoint={checkpoint}", "--listen=127.0.0.1:0"]
    return {
        "f32": ours,
        "bf16": [*ours, "--precision=bf16"],
        "grpc.aio batcher": [sys.executable, peers / "aio_server.py", checkpoint],
        "Ray Serve, torchebm": [sys.executable, peers / "ray_server.py", checkpoint, str(free_port())],
        "echo server": [BIN / "ebm-echo-server"],
    }


def address_in(line):
    words = line.replace("listen=", "").split()
    return next(word for word in words if word.startswith("127.0.0.1:"))


@contextlib.contextmanager
def running(command):
    """Runs a server for the length of the `with` block and yields its address."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline()
        while "ready" not in line:
            line = process.stdout.readline()
        yield address_in(line)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def load(address, *flags):
    command = [BIN / "ebm-load", f"--server={address}", "--dimension=64", "--json", *flags]
    return json.loads(subprocess.run(command, capture_output=True, text=True).stdout)


def mixed_load(address, rate):
    return load(address, f"--rate={rate}", *MIX, *RUN)


def classify_p99(report):
    return report["classify"]["latency_seconds"]["p99"]


def first_frame_p99(report):
    return report["sample"]["first_frame_seconds"]["p99"]


def is_sustained(report, rate):
    """Whether the latencies are within the limits, there are no errors, and the queue does not grow."""
    return (
        set(report["codes"]) == {"OK"}
        and classify_p99(report) <= MOST_CLASSIFY_P99
        and first_frame_p99(report) <= MOST_FIRST_FRAME_P99
        and report["requests_per_second"] >= 0.9 * rate
    )


def best_rate(address, guess):
    """Returns the largest rate that was sustained and the smallest that was not, within a tenth of each other."""
    good, bad = 0, None
    rate = guess
    while bad is None or bad > 1.1 * good:
        if is_sustained(mixed_load(address, rate), rate):
            good = rate
        else:
            bad = rate
        print(f"  {rate:.1f} requests/s: {'sustained' if good == rate else 'not sustained'}", file=sys.stderr)
        if bad is None:
            rate *= 1.6
        elif good == 0:
            rate /= 1.6
        else:
            rate = (good * bad) ** 0.5
    return good, bad


def compare_mixed(checkpoint, _repeats):
    rates = {}
    guesses = {"f32": 400, "bf16": 700, "grpc.aio batcher": 100, "Ray Serve, torchebm": 15}
    for name, guess in guesses.items():
        print(f"mixed load: {name}", file=sys.stderr)
        with running(commands(checkpoint)[name]) as address:
            rates[name] = best_rate(address, guess)
    return [*rate_rows(rates), *latency_rows(checkpoint, rates)]


def rate_rows(rates):
    for precision in ("f32", "bf16"):
        for peer in ("grpc.aio batcher", "Ray Serve, torchebm"):
            (good, bad), (peer_good, peer_bad) = rates[precision], rates[peer]
            yield {
                "name": f"mixed load within the p99 limits, {precision}", "ours": good, "peer": peer_good,
                "peer_name": peer, "ratio": good / peer_good, "low": good / peer_bad, "high": bad / peer_good,
                "unit": "requests/s",
            }


def latency_rows(checkpoint, rates):
    """Compares the p99 latencies at the peer's best rate."""
    for peer in ("grpc.aio batcher", "Ray Serve, torchebm"):
        reports = {}
        for name in ("f32", peer):
            with running(commands(checkpoint)[name]) as address:
                reports[name] = [mixed_load(address, rates[peer][0]) for _ in range(3)]
        for what, figure in (("Classify", classify_p99), ("first frame", first_frame_p99)):
            yield row(f"p99 of {what} at {rates[peer][0]:.0f} mixed requests/s", "s", [*map(figure, reports["f32"])],
                      [*map(figure, reports[peer])], peer, smaller_is_better=True)


def compare_rows(checkpoint, repeats):
    kinds = {
        "Classify of 1 row": ("classify", "--classify=1", "--callers=32"),
        "Classify of 64 rows": ("classify", "--classify=1", "--classify_rows=64", "--callers=16"),
        "Score of 16 rows": ("score", "--classify=0", "--score=1", "--callers=32"),
    }
    names = ("f32", "grpc.aio batcher", "Ray Serve, torchebm", "echo server")
    rates = {(kind, name): [] for kind in kinds for name in names}
    with contextlib.ExitStack() as stack:
        addresses = {name: stack.enter_context(running(commands(checkpoint)[name])) for name in names}
        for repeat in range(repeats):
            print(f"rows: repeat {repeat + 1} of {repeats}", file=sys.stderr)
            for kind, (key, *flags) in kinds.items():
                for name, address in addresses.items():
                    report = load(address, *flags, "--seconds=4", "--warm_up_seconds=1")
                    rates[kind, name].append(report[key]["rows_per_second"])
    for kind in kinds:
        for name in names[1:]:
            yield row(kind, "rows/s", rates[kind, "f32"], rates[kind, name], name)
