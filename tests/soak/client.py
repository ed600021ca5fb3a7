"""A client of a soak: a process whose threads call a server at random until a given time, and count what they get."""

import collections
import json
import pathlib
import random
import threading
import time

import calls
import grpc

KEPT_SURPRISES = 20


class Counts:
    """Of one client's calls, by kind and code. Threads: safe from any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._codes = collections.defaultdict(collections.Counter)
        self._surprises = []

    def add(self, name, code, surprise=None):
        with self._lock:
            self._codes[name][code] += 1
            if surprise and len(self._surprises) < KEPT_SURPRISES:
                self._surprises.append(f"{name}: {code}: {surprise}")

    def report(self) -> dict:
        with self._lock:
            return {"codes": {name: dict(codes) for name, codes in self._codes.items()}, "surprises": self._surprises}


def call_once(caller, name, kind, counts):
    try:
        kind.call(caller)
    except grpc.RpcError as error:
        code = error.code().name
        counts.add(name, code, None if code in kind.codes else error.details())
    except AssertionError as error:
        counts.add(name, "WRONG_ANSWER", str(error))
    else:
        counts.add(name, "OK", None if "OK" in kind.codes else "succeeded")


def call_until(end, server, seed, kinds, digests, counts):
    chance = random.Random(seed)
    caller = calls.Caller(server, chance, digests)
    while time.monotonic() < end:
        name = chance.choice(sorted(kinds))
        call_once(caller, name, kinds[name], counts)
    caller.close()


def run(server: str, seed: str, end: float, digests: dict, report: pathlib.Path) -> None:
    """Calls until time.monotonic() is `end`, which is the same clock in all processes, and writes the report."""
    counts = Counts()
    threads = [
        threading.Thread(target=call_until, args=(end, server, f"{seed} {index}", kinds, digests, counts))
        for index, kinds in enumerate(calls.THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.write_text(json.dumps(counts.report()))
