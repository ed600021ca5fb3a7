"""Faults that a machine injects: a compute thread that stands still, a port that is taken, a disk that is full.

Failed loads are in repository_test.py, lack of memory and of descriptors in limits_test.py, tokens in security_test.py.
"""

import contextlib
import ctypes
import os
import pathlib
import subprocess

import grpc
import programs
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WAIT_FOR_THREADS = 0x40000000  # __WALL of waitpid
ENDLESS = 1_000_000_000  # steps


@contextlib.contextmanager
def stopped_thread(thread: int):
    """Stops one thread of a server that this process has started, and lets it continue at the end."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    if ptrace(PTRACE_SEIZE, thread, None, None) != 0:
        pytest.skip(f"threads cannot be stopped here: {os.strerror(ctypes.get_errno())}")
    assert ptrace(PTRACE_INTERRUPT, thread, None, None) == 0
    os.waitpid(thread, WAIT_FOR_THREADS)
    try:
        yield
    finally:
        assert ptrace(PTRACE_DETACH, thread, None, None) == 0


def busiest_thread(server) -> int:
    """The thread that has used the most processor time: that of the only worker, once chains run."""

    def ticks(task: pathlib.Path) -> int:
        return int((task / "stat").read_text().rsplit(")", 1)[1].split()[11])

    return int(max(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir(), key=ticks).name)


def test_a_compute_thread_that_stands_still_ends_liveness_until_it_goes_on(start_server, wire):
    server = start_server("--workers=1", "--stall_seconds=1", f"--max_steps={ENDLESS}", f"--max_chain_steps={ENDLESS}")
    request = wire.SampleRequest(chains=1, sampler=wire.SamplerSettings(steps=ENDLESS))
    status = health_pb2.HealthCheckResponse
    with grpc.insecure_channel(server.address) as channel:
        stream = wire.InferenceServiceStub(channel).Sample(request)
        programs.wait_until(lambda: server.metric("ebm_worker_busy_seconds_total") > 1, programs.END_SECONDS)
        health = health_pb2_grpc.HealthStub(channel)
        liveness = health.Watch(health_pb2.HealthCheckRequest(service="liveness"), timeout=100)
        assert next(liveness).status == status.SERVING
        with stopped_thread(busiest_thread(server)):
            assert next(liveness).status == status.NOT_SERVING
            assert health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == status.SERVING
        assert next(liveness).status == status.SERVING
        stream.cancel()
    assert "compute_stalled" in server.log() and "compute_resumed" in server.log()
    server.terminate()
    assert server.wait() == 0, server.log()


@pytest.mark.parametrize("flag", ["listen", "metrics_listen", "health_listen"])
def test_a_port_that_is_taken_ends_the_start(server, checkpoint, flag):
    ports = {"listen": "127.0.0.1:0", flag: server.metrics_address}
    flags = [f"--{name}={address}" for name, address in ports.items()]
    done = programs.run("ebm-server", f"--checkpoint={checkpoint}", *flags, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith(f"ebm-server: cannot listen on {server.metrics_address}: ")


def test_a_full_disk_under_the_log_loses_lines_and_no_calls(checkpoint):
    command = [programs.BIN / "ebm-server", f"--checkpoint={checkpoint}", "--listen=127.0.0.1:0",
               "--log_requests=all", "--lame_duck_seconds=0"]
    with open("/dev/full", "w") as full, subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=full, text=True) as server:
        address = programs.ADDRESS.search(server.stdout.readline()).group()
        for _ in range(3):
            done = programs.run("ebm-client", "classify", f"--server={address}", "--digits=0:3")
            assert done.returncode == 0, done.stderr
        server.terminate()
        assert server.wait(programs.END_SECONDS) == 0
