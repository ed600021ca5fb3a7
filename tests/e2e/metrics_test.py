"""The metrics port, as read by Prometheus."""

import re
import subprocess

import grpc
import numpy as np
import programs
import pytest

PAGE = programs.ROOT / "server/observe/README.md"
# Metrics of what a server need not have: certificates, a repository of models, a quota of cores.
OPTIONAL = {
    "ebm_cgroup_throttled_periods_total",
    "ebm_cgroup_throttled_seconds_total",
    "ebm_model_load_duration_seconds",
    "ebm_model_loads_total",
    "ebm_tls_certificate_not_after_seconds",
}


def value(text: str, name: str, **labels) -> float:
    """The sum of the metric's samples that have these labels."""
    found = []
    for line in text.splitlines():
        if match := re.match(rf"{name}(?:{{(.*)}})? (\S+)$", line):
            given = dict(re.findall(r'(\w+)="([^"]*)"', match[1] or ""))
            if all(given.get(key) == wanted for key, wanted in labels.items()):
                found.append(float(match[2]))
    assert found, f"no {name} with {labels}"
    return sum(found)


@pytest.fixture
def busy_server(start_server):
    server = start_server()
    server.ask("classify", "--digits=0:10")
    server.ask("sample", "--chains=3", "--steps=7")
    assert server.client("sample", "--chains=1", "--class=99").returncode == 1
    return server


def test_promtool_accepts_them(busy_server):
    done = subprocess.run(["promtool", "check", "metrics"], input=busy_server.scrape(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_calls_are_counted_by_method_and_code(busy_server):
    text = busy_server.scrape()
    assert value(text, "grpc_server_handled_total", grpc_method="Classify", grpc_code="OK") == 1
    assert value(text, "grpc_server_handled_total", grpc_method="Sample", grpc_code="OK") == 1
    assert value(text, "grpc_server_handled_total", grpc_method="Sample", grpc_code="InvalidArgument") == 1
    assert value(text, "grpc_server_started_total", grpc_method="Sample") == 2


def test_the_page_lists_what_is_served(busy_server):
    served = set(re.findall(r"^# TYPE (\w+) (\w+)$", busy_server.scrape(), re.MULTILINE))
    documented = set(re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|", PAGE.read_text(), re.MULTILINE))
    assert served <= documented
    assert {name for name, _ in documented - served} <= OPTIONAL


def test_the_first_error_of_a_method_can_be_seen(server):
    """A series that begins with 1 has no increase."""
    for method in ("Classify", "Score", "Sample", "GetModel", "Check"):
        for code in ("OK", "Internal", "ResourceExhausted"):
            assert value(server.scrape(), "grpc_server_handled_total", grpc_method=method, grpc_code=code) >= 0


def test_no_call_is_lost(start_server, wire):
    """Every call that started ends in one count, whatever happens to it."""
    server = start_server("--max_chain_steps=1000000000")
    endless = wire.SampleRequest(chains=200, sampler=wire.SamplerSettings(steps=100_000), frame_interval=50)
    with grpc.insecure_channel(server.address) as channel:
        stub = wire.InferenceServiceStub(channel)
        cancelled = stub.Sample(endless)
        next(cancelled)
        cancelled.cancel()
        with pytest.raises(grpc.RpcError):
            list(stub.Sample(endless, timeout=0.2))
        with pytest.raises(grpc.RpcError):
            stub.Score(wire.ScoreRequest(), timeout=60)
        with pytest.raises(grpc.RpcError):
            channel.unary_unary("/ebm.v1.InferenceService/Classify", bytes, bytes)(b"no message", timeout=60)
        with pytest.raises(grpc.RpcError):
            channel.unary_unary("/no.such/Method", bytes, bytes)(b"", timeout=60)

    def all_ended() -> bool:
        text = server.scrape()
        return value(text, "grpc_server_started_total") == value(text, "grpc_server_handled_total")

    programs.wait_until(all_ended, programs.END_SECONDS)
    command = [programs.BIN / "ebm-client", "sample", f"--server={server.address}", "--chains=500", "--steps=4000"]
    client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.wait_until_chains_run()
    client.kill()
    client.wait()
    programs.wait_until(all_ended, programs.END_SECONDS)
    text = server.scrape()
    assert value(text, "grpc_server_started_total") >= 6
    assert value(text, "grpc_server_handled_total", grpc_method="Sample", grpc_code="OK") == 0
    assert value(text, "ebm_cancelled_requests_total", reason="caller") >= 2
    late = ("ebm_cancelled_requests_total", "ebm_refused_requests_total")  # the server may see that it cannot meet it
    assert sum(value(text, name, reason="deadline") for name in late) == 1


def test_the_figures_of_rows_show_drift(server):
    """Rows like the training data, and noise."""

    def low_share(*flags) -> float:
        before = server.scrape()
        server.ask("classify", *flags)
        after = server.scrape()

        def increase(name, **labels) -> float:
            return value(after, name, **labels) - value(before, name, **labels)

        rows = increase("ebm_row_percentile_count")
        assert rows == increase("ebm_row_max_softmax_count") == 200
        return increase("ebm_row_percentile_bucket", le="1") / rows

    assert low_share("--digits=0:200") < 0.2
    noise = np.random.default_rng(1).uniform(0, 16, size=(200, 64)).astype(np.float32)
    np.save(path := server._log.parent / "noise.npy", noise)
    assert low_share(f"--input={path}") > 0.8


def test_the_process_is_measured(busy_server):
    text = busy_server.scrape()
    assert value(text, "process_resident_memory_bytes") > 1e7
    assert value(text, "process_start_time_seconds") > 1.7e9
    assert value(text, "process_cpu_seconds_total") > 0
    assert value(text, "process_open_fds") < value(text, "process_max_fds")
    assert value(text, "ebm_slots") % value(text, "ebm_workers") == 0
    assert 0 < value(text, "ebm_worker_busy_seconds_total") < value(text, "process_cpu_seconds_total") + 1
    assert value(text, "ebm_samples_total") == 3
    assert value(text, "ebm_refused_requests_total", reason="invalid") == 1


def test_the_metrics_of_the_engine(busy_server):
    names = set(re.findall(r"^# TYPE (ebm_\w+)", busy_server.scrape(), re.MULTILINE))
    for part in ("queue", "running", "step", "first_frame", "memory"):
        assert any(part in name for name in names), f"no metric of {part} among {sorted(names)}"
