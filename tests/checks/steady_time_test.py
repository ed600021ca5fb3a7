"""Durations and deadlines do not run on the wall clock, which is set back and forward while a program runs.

The server and the client read steady clocks only: batching::Clock and std::chrono::steady_clock. Deadlines of gRPC are
read and set on gRPC's own clocks, as the time that is left. Only points in time that metrics state are the wall
clock's.
"""

import re

import conftest

WALL_CLOCK = re.compile(
    r"absl::(Now|Time|GetCurrentTimeNanos|ToChronoTime|InfiniteFuture|UnixEpoch)\b|absl/time/clock\.h|system_clock"
    r"|CLOCK_REALTIME|gettimeofday|\btime\(nullptr\)|\bcontext(\.|->)deadline\(\)"
)


POINTS_IN_TIME = {
    "server/observe/wall_clock.h",
    "server/rpc/tls.h", "server/rpc/tls.cc", "server/server_process.cc",  # the end of a certificate
}


def wall_clock_uses(texts: dict[str, str]) -> list[str]:
    return [f"{file}: {match.group()}" for file, text in texts.items() for match in WALL_CLOCK.finditer(text)]


def test_server_and_client_do_not_read_the_wall_clock(root):
    files = [file.relative_to(root) for file in conftest.sources(".h", ".cc")]
    texts = {str(file): (root / file).read_text() for file in files if file.parts[0] in ("server", "client")}
    assert len(texts) > 50 and POINTS_IN_TIME <= texts.keys()
    texts = {file: text for file, text in texts.items() if file not in POINTS_IN_TIME}
    assert wall_clock_uses(texts) == []


def test_finds_the_wall_clock():
    for line in (
        "const absl::Time start = clock.Now();",
        "absl::Now()",
        '#include "absl/time/clock.h"',
        "std::chrono::system_clock::now()",
        "absl::FromChrono(context.deadline())",
        "gpr_now(GPR_CLOCK_REALTIME)",
    ):
        assert wall_clock_uses({"a.cc": line}), line


def test_leaves_durations_and_steady_clocks_alone():
    for line in (
        "absl::Duration d = absl::Seconds(1);",
        '#include "absl/time/time.h"',
        "std::chrono::steady_clock::now()",
        "SteadyTime::InfiniteFuture()",
        "context.raw_deadline()",
    ):
        assert wall_clock_uses({"a.cc": line}) == [], line
