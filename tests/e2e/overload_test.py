"""A server asked for ten times what it can compute: memory stays bounded, refusals are quick, goodput is kept."""

import dataclasses
import json
import os
import pathlib
import threading
import time

import grpc
import programs
import pytest

CHAINS, STEPS = 8, 100  # of every request
CALLERS = 16  # enough to keep both workers busy
ROOM = CALLERS * CHAINS  # chains: as many as at capacity, so that a request waits no longer
LIMITS = ("--workers=2", f"--max_chains={ROOM}", f"--max_queued_chains={ROOM}", "--max_request_memory_mb=1")
OVERLOAD = 10
PROBES_PER_SCRAPE = 25  # a scrape costs milliseconds of the server, a refusal far less
REFUSALS = {"RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"}
# Beyond the memory of requests: messages on their way, and what the allocator keeps of them.
GROWTH_MIB = 64
CORES_OF_THEIR_OWN = 4  # two workers, and as many for the callers
# The aim of 20 ms is for a machine of its own. Here the callers, and perhaps other tests, share the server's cores.
REFUSAL_SECONDS = 10


def run_load(server, *flags) -> dict:
    """The report of ebm-load."""
    work = (f"--min_chains={CHAINS}", f"--max_chains={CHAINS}", f"--min_steps={STEPS}", f"--max_steps={STEPS}",
            "--classify=0", "--sample=1", "--frame_interval=0", "--dimension=64", "--deadline=60")
    done = programs.run("ebm-load", f"--server={server.address}", *work, "--json", *flags)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@dataclasses.dataclass
class Phase:
    """A load, and what it cost the server."""

    report: dict
    processor_seconds: float

    @property
    def goodput(self) -> float:
        """Chain steps of completed requests per second."""
        return self.report["sample"]["chain_steps_per_second"]

    @property
    def steps_per_processor_second(self) -> float:
        """Goodput apart from what else runs on the machine."""
        return self.goodput * self.report["seconds"] / self.processor_seconds


def measure(server, *flags) -> Phase:
    before = server.metric("process_cpu_seconds_total")
    report = run_load(server, "--warm_up_seconds=0", *flags)
    return Phase(report, server.metric("process_cpu_seconds_total") - before)


def resident_mib(server) -> float:
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


class Watcher:
    """Samples the server's memory and the time that refusals take, while the `with` block runs."""

    def __init__(self, server, wire):
        self._server, self._wire = server, wire
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.request_bytes, self.resident_mib, self.refusal_seconds = [0.0], [resident_mib(server)], []

    def _run(self):
        with grpc.insecure_channel(self._server.address) as channel:
            stub = self._wire.InferenceServiceStub(channel)
            while not self._over.is_set():
                self.request_bytes.append(self._server.metric("ebm_request_memory_bytes"))
                self.resident_mib.append(resident_mib(self._server))
                for _ in range(PROBES_PER_SCRAPE):
                    self._ask_for_all_room(stub)
                    self._over.wait(0.02)

    def _ask_for_all_room(self, stub):
        """Is refused whenever another request is there, and else costs next to nothing."""
        begin = time.monotonic()
        request = self._wire.SampleRequest(chains=ROOM, sampler=self._wire.SamplerSettings(steps=1))
        try:
            list(stub.Sample(request, timeout=60))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            self.refusal_seconds.append(time.monotonic() - begin)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def describe(capacity: Phase, overload: Phase, watcher: Watcher) -> dict[str, float]:
    refusals = sorted(watcher.refusal_seconds)
    return {
        "goodput ratio": overload.goodput / capacity.goodput,
        "goodput ratio per processor second":
            overload.steps_per_processor_second / capacity.steps_per_processor_second,
        "refusals": sum(overload.report["codes"].get(code, 0) for code in REFUSALS),
        "seconds of a refusal, p99": refusals[len(refusals) * 99 // 100],
        "request memory, MiB": max(watcher.request_bytes) / 2**20,
        "resident growth, MiB": max(watcher.resident_mib) - watcher.resident_mib[0],
    }


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.long)])
def test_ten_times_its_capacity(start_server, wire, record_property, seconds):
    server = start_server(*LIMITS)
    measure(server, f"--callers={CALLERS}", "--seconds=1")  # warms the server up
    capacity = measure(server, f"--callers={CALLERS}", f"--seconds={min(seconds, 20)}")
    rate = OVERLOAD * capacity.report["requests_per_second"]
    with Watcher(server, wire) as watcher:
        overload = measure(server, f"--rate={rate}", f"--seconds={seconds}")
    figures = describe(capacity, overload, watcher)
    for name, figure in figures.items():
        print(f"{name}: {figure:.3g}")
        record_property(name, figure)

    assert set(capacity.report["codes"]) == {"OK"}
    assert set(overload.report["codes"]) <= {"OK", *REFUSALS}
    assert figures["refusals"] > sum(overload.report["codes"].values()) / 2
    assert max(watcher.request_bytes) <= server.metric("ebm_request_memory_limit_bytes")
    assert figures["resident growth, MiB"] <= GROWTH_MIB
    assert figures["seconds of a refusal, p99"] <= REFUSAL_SECONDS
    # What a step costs does not depend on the share of the cores that the server gets. That share is smaller under the
    # overload if the callers have no cores of their own, and changes between the few seconds of the short form.
    assert figures["goodput ratio per processor second"] >= 0.5
    if seconds >= 60 and len(os.sched_getaffinity(0)) >= CORES_OF_THEIR_OWN:
        assert figures["goodput ratio"] >= 0.9
    programs.wait_until(lambda: server.metric("ebm_request_memory_bytes") == 0, programs.END_SECONDS)
    server.terminate()
    assert server.wait() == 0, server.log()
