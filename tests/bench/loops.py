"""Compares the Langevin loop of 20 steps with other libraries and with the matrix product alone."""

import collections
import json
import pathlib
import subprocess
import sys

from rows import row

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAINS = (1, 8, 64, 512)
STEPS = 20
OPERATIONS = 2 * 2 * (64 * 512 + 512 * 512 + 512 * 512 + 512 * 10)  # per chain and step
PEERS = {"eager": "PyTorch eager", "compile": "torch.compile", "jax": "JAX jit", "torchebm": "torchebm"}


class Peer:
    """A loop_peer.py process that is kept running, so that it warms up only once."""

    def __init__(self, name, checkpoint):
        command = [sys.executable, ROOT / "tests/bench/peers/loop_peer.py", name, checkpoint]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL)
        self.process.stdout.readline()

    def ask(self, what, threads):
        self.process.stdin.write(f"{what} {threads}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def best_seconds(self, chains):
        return min(self.ask(chains, threads) for threads in (1, 2))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def our_figures():
    """Runs ebm-bench once. Returns its entries by benchmark name."""
    chains = "|".join(map(str, CHAINS))
    command = [ROOT / "build/release/bin/ebm-bench", f"--benchmark_filter=Engine/.*/({chains})/|Product/.*/(12|32)/",
               "--benchmark_format=json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    figures = {}
    for entry in report["benchmarks"]:
        name = entry["name"].split("/min_time")[0]
        figures[name if entry["threads"] == 1 else f"{name}/{entry['threads']} threads"] = entry
    return figures


def our_seconds(figures, precision, chains):
    return min(figures[f"Engine/{precision}/{chains}/{workers}"]["real_time"] for workers in (1, 2)) * 1e-9


def product_rate(figures, precision):
    """The rate of our own matrix product on both cores."""
    return max(figures[f"Product/{precision}/{rows}/2 threads"]["FLOP/s"] for rows in (12, 32))


def compare(checkpoint, repeats):
    peers = {name: Peer(name, checkpoint) for name in PEERS}
    gemm = Peer("gemm", checkpoint)
    ours, theirs, limits = (collections.defaultdict(list) for _ in range(3))
    for repeat in range(repeats):
        print(f"loop: repeat {repeat + 1} of {repeats}", file=sys.stderr)
        figures = our_figures()
        for precision in ("f32", "bf16"):
            library = max(gemm.ask(precision, threads) for threads in (1, 2))
            limits[precision].append(max(library, product_rate(figures, precision)))
            for chains in CHAINS:
                ours[precision, chains].append(our_seconds(figures, precision, chains))
        for name, peer in peers.items():
            for chains in CHAINS:
                theirs[name, chains].append(peer.best_seconds(chains))
    for peer in (*peers.values(), gemm):
        peer.close()
    return [*peer_rows(ours, theirs), *limit_rows(ours, limits), *precision_rows(ours)]


def peer_rows(ours, theirs):
    for precision in ("f32", "bf16"):
        for chains in CHAINS:
            for name, title in PEERS.items():
                yield row(f"loop of {STEPS} steps, {chains} chains, {precision}", "s", ours[precision, chains],
                          theirs[name, chains], title, smaller_is_better=True)


def limit_rows(ours, limits):
    for precision in ("f32", "bf16"):
        for chains in CHAINS[2:]:
            rates = [chains * STEPS * OPERATIONS / seconds for seconds in ours[precision, chains]]
            yield row(f"loop, {chains} chains, {precision}, beside the matrix product alone", "FLOP/s", rates,
                      limits[precision], "machine's limit")


def precision_rows(ours):
    for chains in CHAINS:
        yield row(f"loop, {chains} chains, bf16 beside f32", "s", ours["bf16", chains], ours["f32", chains], "our f32",
                  smaller_is_better=True)
