"""What must hold after a soak, each with the figure that it is judged by."""

import collections
import dataclasses
import os
import pathlib
import re

GAUGES_AT_REST = ("ebm_queue_depth", "ebm_ready_chains", "ebm_running_chains", "ebm_parked_chains", "ebm_queued_rows",
                  "ebm_request_memory_bytes")
DECLARED_CODES = {"OK", "Canceled", "DeadlineExceeded", "InvalidArgument", "NotFound"}
# The heap of one request of each thread that the clients have at a time, and what the allocator keeps of it in the
# arenas of the server's threads. It does not depend on how long the load lasts: a leak of 1 kB per call exceeds it
# within an hour.
MEMORY_GROWTH_MIB = 48


@dataclasses.dataclass(frozen=True)
class Invariant:
    name: str
    holds: bool
    figure: str

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'BROKEN':6}  {self.name}: {self.figure}"


@dataclasses.dataclass(frozen=True)
class Levels:
    """Of a server without calls."""

    resident_mib: float
    descriptors: int

    @classmethod
    def of(cls, server) -> "Levels":
        pages = int(pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, count_descriptors(server))


def count_descriptors(server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def is_at_rest(server) -> bool:
    return all(server.metric(name) == 0 for name in GAUGES_AT_REST) and open_calls(server) == 0


def open_calls(server) -> float:
    text = server.scrape()
    return total(text, "grpc_server_started_total") - total(text, "grpc_server_handled_total")


def total(text: str, name: str, label: str = "") -> float:
    """The sum of the metric's series, or of those with the label."""
    return sum(float(value) for value in re.findall(rf"^{name}{{.*{label}.*}} (\S+)$", text, re.MULTILINE))


def handled_by_code(text: str) -> dict[str, float]:
    counts = collections.Counter()
    for code, value in re.findall(r'^grpc_server_handled_total{.*grpc_code="(\w+)".*} (\S+)$', text, re.MULTILINE):
        counts[code] += float(value)
    return {code: count for code, count in counts.items() if count}


def of_metrics(server, seconds_to_rest: float) -> list[Invariant]:
    text = server.scrape()
    gauges = {name: server.metric(name) for name in GAUGES_AT_REST}
    started, codes = total(text, "grpc_server_started_total"), handled_by_code(text)
    failed_loads = total(text, "ebm_model_loads_total", 'outcome="failed"')
    return [
        Invariant("no request is stuck", not any(gauges.values()),
                  f"{gauges}, {seconds_to_rest:.1f} s after the last client"),
        Invariant("every call that started is handled once", started == sum(codes.values()),
                  f"{started:.0f} started, {sum(codes.values()):.0f} handled"),
        Invariant("the server answers with declared codes only", set(codes) <= DECLARED_CODES, str(codes)),
        Invariant("no load fails", failed_loads == 0, f"{failed_loads:.0f} failed"),
    ]


def of_levels(first: Levels, last: Levels, handled: float) -> list[Invariant]:
    growth = last.resident_mib - first.resident_mib
    return [
        Invariant(f"resident memory grows by at most {MEMORY_GROWTH_MIB} MiB", growth <= MEMORY_GROWTH_MIB,
                  f"{first.resident_mib:.1f} MiB after the warm-up, {last.resident_mib:.1f} at the end, "
                  f"{growth * 2**20 / max(handled, 1):.0f} bytes per call"),
        Invariant("file descriptors are back", last.descriptors <= first.descriptors,
                  f"{first.descriptors} after the warm-up, {last.descriptors} at the end"),
    ]


def of_clients(reports: list[dict]) -> list[Invariant]:
    codes = collections.defaultdict(collections.Counter)
    for report in reports:
        for name, counts in report["codes"].items():
            codes[name].update(counts)
    surprises = [surprise for report in reports for surprise in report["surprises"]]
    shown = ", ".join(f"{name} {dict(sorted(counts.items()))}" for name, counts in sorted(codes.items()))
    calls = sum(sum(counts.values()) for counts in codes.values())
    return [
        Invariant("every kind of client sees its declared codes and answers", not surprises,
                  f"{calls} calls; " + (f"surprises: {surprises}" if surprises else shown)),
    ]
