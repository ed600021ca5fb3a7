"""Runs a soak; tests/soak.sh is the command. The load comes twice: a quarter of it warms the server up."""

import argparse
import contextlib
import json
import multiprocessing
import pathlib
import random
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import programs  # noqa: E402

import calls  # noqa: E402
import client  # noqa: E402
import invariants  # noqa: E402
import publisher  # noqa: E402
from invariants import Invariant  # noqa: E402

CLIENTS = 2  # that live as long as the load; one more is killed again and again
REST_SECONDS = 120
# Connections have no maximum age: a call that meets the end of one may be cut, which UNAVAILABLE says.
FLAGS = ("--workers=2", "--max_connection_age_seconds=0", "--repository_poll_seconds=0.2")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="soak.sh", description="A random mixed load, and what must hold after it.")
    parser.add_argument("--minutes", type=float, required=True, help="length of the load")
    parser.add_argument("--seed", type=int, default=1, help="of the load's random choices")
    parser.add_argument("--repository_mode", choices=("poll", "explicit"), default="poll")
    parser.add_argument("--output", type=pathlib.Path, help="folder for the log, the counts and the invariants")
    return parser.parse_args()


def train_checkpoints(folder: pathlib.Path) -> list[pathlib.Path]:
    """Two models of other weights, so that versions differ."""
    checkpoints = [folder / f"weights-{seed}.safetensors" for seed in (1, 2)]
    for seed, checkpoint in enumerate(checkpoints, start=1):
        done = programs.train(checkpoint, "--data=digits", "--epochs=1", f"--seed={seed}")
        assert done.returncode == 0, done.stderr
    return checkpoints


class Soak:
    def __init__(self, server, models, options, folder: pathlib.Path):
        self._server, self._models, self._options, self._folder = server, models, options, folder
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(["calls"])  # its stubs are generated once
        self._digests = self.draw()
        self.killed = self.changes = 0
        self.reports = []

    def draw(self) -> dict[str, str]:
        """The digests of the samples whose bits must not change, by model."""
        digests = {}
        for model in calls.MODELS:
            output = self._folder / f"{model}.npy"
            flags = [f"--{name}={value}" for name, value in calls.REPEATED.items()]
            done = self._server.client("sample", f"--model={model}", "--label=pinned", f"--output={output}", *flags)
            assert done.returncode == 0, done.stderr
            digests[model] = calls.digest(np.load(output))
        return digests

    def bits_are_the_same(self) -> Invariant:
        digests = self.draw()
        return Invariant("the same seed gives the bits from before the load", digests == self._digests,
                         ", ".join(f"{model} {value[:12]}" for model, value in digests.items()))

    def load(self, name: str, seconds: float) -> float:
        """Returns the seconds from the last client's end to the end of all requests in the server."""
        end = time.monotonic() + seconds
        seed = f"{self._options.seed} {name}"
        changing = publisher.Publisher(self._server, self._models, seed, self._options.repository_mode == "explicit")
        changing.start()
        reports = [self._folder / f"client-{name}-{index}.json" for index in range(CLIENTS)]
        clients = [self._start(f"{seed} {index}", end, report) for index, report in enumerate(reports)]
        self._kill_clients(seed, end)
        for process in clients:
            process.join()
        begin = time.monotonic()
        programs.wait_until(lambda: invariants.is_at_rest(self._server), REST_SECONDS)
        seconds_to_rest = time.monotonic() - begin
        changing.stop()
        self.changes += changing.changes
        self.reports += [json.loads(report.read_text()) for report in reports]
        return seconds_to_rest

    def _start(self, seed, end, report):
        arguments = (self._server.address, seed, end, self._digests, report)
        process = self._processes.Process(target=client.run, args=arguments)
        process.start()
        return process

    def _kill_clients(self, seed, end):
        chance = random.Random(seed)
        while time.monotonic() < end:
            victim = self._start(f"{seed} {self.killed}", end + REST_SECONDS, self._folder / "killed.json")
            victim.join(min(chance.uniform(1, 4), max(end - time.monotonic(), 0)))
            victim.kill()
            victim.join()
            self.killed += 1

    def rest(self, most_descriptors: int | None = None) -> invariants.Levels:
        """The levels once closed connections are gone, which the server learns a little later."""
        if most_descriptors is not None:
            with contextlib.suppress(AssertionError):  # the invariant reports it
                programs.wait_until(lambda: invariants.count_descriptors(self._server) <= most_descriptors, 20)
        return invariants.Levels.of(self._server)


def run(options, folder: pathlib.Path) -> list[Invariant]:
    checkpoints = train_checkpoints(folder)
    models = [publisher.Model(folder / "models" / name, order)
              for name, order in zip(calls.MODELS, (checkpoints, checkpoints[::-1]))]
    mode = (f"--repository={folder}/models", f"--repository_mode={options.repository_mode}")
    everything = ("--load_model=*",) if options.repository_mode == "explicit" else ()
    with programs.Server(None, folder, *mode, *everything, *FLAGS) as server:
        soak = Soak(server, models, options, folder)
        before = soak.rest()
        soak.load("warm-up", options.minutes * 60 / 4)
        first = soak.rest(before.descriptors)
        seconds_to_rest = soak.load("load", options.minutes * 60 * 3 / 4)
        found = [*invariants.of_metrics(server, seconds_to_rest), *invariants.of_clients(soak.reports)]
        handled = invariants.total(server.scrape(), "grpc_server_handled_total")
        found += invariants.of_levels(first, soak.rest(first.descriptors), handled)
        found.append(soak.bits_are_the_same())
        server.terminate()
        status = server.wait()
    found.append(Invariant("the server drains", status == 0, f"exit status {status}"))
    print(f"{soak.killed} clients killed, {soak.changes} changes of versions and labels, "
          f"{before.descriptors} descriptors before the load")
    return found


def main() -> int:
    options = parse_arguments()
    with contextlib.ExitStack() as stack:
        folder = options.output or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        found = run(options, folder.resolve())
        text = json.dumps([vars(invariant) for invariant in found], indent=1)
        (folder / "invariants.json").write_text(text + "\n")
    print(*found, sep="\n")
    return 0 if all(invariant.holds for invariant in found) else 1


if __name__ == "__main__":
    sys.exit(main())
