"""The metrics port, as read by Prometheus."""

import re
import subprocess

import pytest


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


def test_the_metrics_of_the_engine(busy_server):
    names = set(re.findall(r"^# TYPE (ebm_\w+)", busy_server.scrape(), re.MULTILINE))
    for part in ("queue", "running", "step", "first_frame", "memory"):
        assert any(part in name for name in names), f"no metric of {part} among {sorted(names)}"
