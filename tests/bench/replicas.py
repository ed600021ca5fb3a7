#!/usr/bin/env python3
"""How the rate of Sample grows with the number of servers behind one target.

    .deps/test-tools/bin/python tests/bench/replicas.py --checkpoint=FILE [--share=0.4] [--rounds=N]

Each server has `share` of a core, by a control group of its own (needs root); the load has what is left. Servers of
every number run in turn. Efficiency is the rate divided by the number of servers times the rate of one. All traffic
stays on loopback; the machine must be idle otherwise.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import compare  # noqa: E402
import programs  # noqa: E402

COUNTS = (1, 2, 4)
PERIOD = 100_000  # microseconds
WORK = ("--classify=0", "--sample=1", "--min_chains=32", "--max_chains=32", "--min_steps=50", "--max_steps=50",
        "--frame_interval=0", "--dimension=64", "--seconds=10", "--warm_up_seconds=2", "--connections=1", "--json")
CALLERS_PER_SERVER = 16


class Quota:
    """A control group with a share of a core, of version 2 or 1, until the end of the `with` block."""

    def __init__(self, name: str, share: float):
        second = pathlib.Path("/sys/fs/cgroup/cgroup.controllers")
        has_second = second.exists() and "cpu" in second.read_text().split()
        self._folder = pathlib.Path("/sys/fs/cgroup" if has_second else "/sys/fs/cgroup/cpu") / name
        self._settings = ({"cpu.max": f"{int(share * PERIOD)} {PERIOD}"} if has_second else
                          {"cpu.cfs_period_us": f"{PERIOD}", "cpu.cfs_quota_us": f"{int(share * PERIOD)}"})

    def add(self, pid: int):
        (self._folder / "cgroup.procs").write_text(str(pid))

    def __enter__(self) -> "Quota":
        self._folder.mkdir()
        for name, value in self._settings.items():
            (self._folder / name).write_text(value)
        return self

    def __exit__(self, *_):
        self._folder.rmdir()


@contextlib.contextmanager
def serving(count: int, checkpoint, share: float):
    """So many servers; yields their target."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = []
        for number in range(count):
            quota = stack.enter_context(Quota(f"ebm-bench-{os.getpid()}-{number}", share))
            server = stack.enter_context(programs.Server(checkpoint, folder, "--workers=1"))
            quota.add(server.process.pid)
            addresses.append(server.address)
        yield "ipv4:" + ",".join(addresses)


def rate(count: int, checkpoint, share: float) -> float:
    """Chain steps per second."""
    with serving(count, checkpoint, share) as target:
        command = [programs.BIN / "ebm-load", f"--server={target}", f"--callers={CALLERS_PER_SERVER * count}", *WORK]
        report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return report["sample"]["chain_steps_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--share", type=float, default=0.4)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rates = {count: [] for count in COUNTS}
    for _ in range(arguments.rounds):
        for count in COUNTS:
            rates[count].append(rate(count, arguments.checkpoint, arguments.share))
    print(f"{compare.machine()}, {arguments.share} cores per server\n\n"
          "| servers | chain steps per second | efficiency | range |\n|---|---|---|---|")
    for count in COUNTS:
        shares = [many / (count * one) for many, one in zip(rates[count], rates[1])]
        print(f"| {count} | {statistics.median(rates[count]):.0f} | {statistics.median(shares):.2f} "
              f"| {min(shares):.2f} to {max(shares):.2f} |")


if __name__ == "__main__":
    sys.exit(main())
