#!/usr/bin/env python3
"""What an operator's choices cost: TLS, access lines, and loads of models.

    .deps/test-tools/bin/python tests/bench/serving.py --checkpoint=FILE [--only=NAME,...] [--rounds=N]

Runs servers beside each other and loads them in turn, so that both halves of a comparison see the same machine. A
ratio is the median over the rounds, with its range. The machine must be idle otherwise; the load comes from its cores,
too. All traffic stays on loopback.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile
import threading

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "client/python")]

import compare  # noqa: E402
import ebm_client  # noqa: E402
import programs  # noqa: E402
import servers  # noqa: E402
from rows import row  # noqa: E402

ONE_ROW = ("--callers=8", "--connections=4", "--seconds=4", "--warm_up_seconds=1")
STEADY = ("--rate=300", "--seconds=12", "--warm_up_seconds=2")


class Measured:
    """A load on a server: its answers per second, and what each cost of the server's processor time."""

    def __init__(self, server, *flags):
        before = server.metric("process_cpu_seconds_total")
        self.report = servers.load(server.address, *flags)
        if set(self.report["codes"]) != {"OK"}:
            raise RuntimeError(f"calls failed: {self.report['codes']}")
        self.rate = self.report["requests_per_second"]
        self.p99 = self.report["classify"]["latency_seconds"]["p99"]
        seconds = server.metric("process_cpu_seconds_total") - before
        self.cost = seconds / (self.rate * self.report["seconds"])


def in_turn(rounds, plain, other):
    """Measures both in turn, with the order changing from round to round."""
    first, second = [], []
    for turn in range(rounds):
        pair = [(plain, first), (other, second)]
        for measure, results in pair if turn % 2 == 0 else reversed(pair):
            results.append(measure())
    return first, second


def rate_rows(name, peer_name, plain, other):
    """One row for the rates and one for the processor time, each of the changed server against the plain one."""
    yield row(f"{name}: rate", "calls/s", [m.rate for m in other], [m.rate for m in plain], peer_name)
    yield row(f"{name}: server's CPU per call", "s", [m.cost for m in other], [m.cost for m in plain], peer_name,
              smaller_is_better=True)


def compare_tls(checkpoint, folder, rounds):
    programs.make_certificate(folder, "IP:127.0.0.1")
    tls = (f"--tls_certificate={folder}/tls.crt", f"--tls_key={folder}/tls.key")
    with programs.Server(checkpoint, folder) as plain, programs.Server(checkpoint, folder, *tls) as over_tls:
        yield from rate_rows("Classify over TLS", "plain text", *in_turn(
            rounds, lambda: Measured(plain, *ONE_ROW),
            lambda: Measured(over_tls, f"--tls_ca={folder}/tls.crt", *ONE_ROW)))


def compare_access_lines(checkpoint, folder, rounds):
    logs = ("--log_requests=all", "--log_format=json")
    with programs.Server(checkpoint, folder) as plain, programs.Server(checkpoint, folder, *logs) as logging:
        yield from rate_rows("Classify, each call logged", "errors logged", *in_turn(
            rounds, lambda: Measured(plain, *ONE_ROW), lambda: Measured(logging, *ONE_ROW)))


class Loader:
    """Loads a version and unloads the one before, again and again, while the `with` block runs."""

    def __init__(self, server):
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.loads = 0

    def _run(self):
        stubs = ebm_client.load_stubs()
        messages = stubs["model_pb2"]
        with grpc.insecure_channel(self._server.address) as channel:
            stub = stubs["model_pb2_grpc"].ModelServiceStub(channel)
            while not self._over.is_set():
                version = str(2 + self.loads % 2)
                stub.LoadModel(messages.LoadModelRequest(name="loaded", version=version), timeout=60)
                stub.UnloadModel(messages.UnloadModelRequest(name="loaded", version=version), timeout=60)
                self.loads += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def make_repository(checkpoint, folder):
    for name, versions in (("served", (1,)), ("loaded", (1, 2, 3))):
        for version in versions:
            (folder / name / str(version)).mkdir(parents=True)
            shutil.copy(checkpoint, folder / name / str(version) / "model.safetensors")
    (folder / "loaded/model.txtpb").write_text("all {}\n")
    return folder


def compare_loads(checkpoint, folder, rounds):
    repository = make_repository(checkpoint, folder / "models")
    flags = (f"--repository={repository}", "--repository_mode=explicit", "--load_model=served")
    with programs.Server(None, folder, *flags) as server:
        counts = []

        def beside_loads():
            with Loader(server) as loader:
                measured = Measured(server, "--model=served", *STEADY)
            counts.append(loader.loads)
            return measured

        quiet, loading = in_turn(rounds, lambda: Measured(server, "--model=served", *STEADY), beside_loads)
        print(f"loads in each round: {counts}", file=sys.stderr)
        yield row("p99 of Classify during loads, 300 calls/s", "s", [m.p99 for m in loading],
                  [m.p99 for m in quiet], "without loads", smaller_is_better=True)


COMPARISONS = {"tls": compare_tls, "access_lines": compare_access_lines, "loads": compare_loads}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--only", default=",".join(COMPARISONS), help="the comparisons, separated by commas")
    parser.add_argument("--rounds", type=int, default=6)
    arguments = parser.parse_args()
    rows = []
    for name in arguments.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            rows += COMPARISONS[name](arguments.checkpoint, pathlib.Path(folder), arguments.rounds)
    print(f"{compare.machine()}\n\n{compare.table(rows)}")


if __name__ == "__main__":
    sys.exit(main())
