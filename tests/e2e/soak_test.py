"""A soak as an operator would run it, and that its invariants can be broken."""

import subprocess
import sys
import types

import programs
import pytest

sys.path.append(str(programs.ROOT / "tests/soak"))
import invariants  # noqa: E402


@pytest.mark.parametrize(
    "flags",
    [
        ("--minutes=0.25",),
        pytest.param(("--minutes=4", "--seed=2"), marks=pytest.mark.long),
        pytest.param(("--minutes=2", "--seed=3", "--repository_mode=explicit"), marks=pytest.mark.long),
    ],
    ids=["short", "long", "long-explicit"],
)
def test_the_invariants_hold_after_a_mixed_load(tmp_path, flags):
    command = [programs.ROOT / "tests/soak.sh", f"--output={tmp_path}", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("holds ") == len(done.stdout.splitlines()) - 1 >= 9


def fake_server(text: str):
    """One whose metrics are this text."""
    server = types.SimpleNamespace(scrape=lambda: text)
    server.metric = lambda name: programs.Server.metric(server, name)
    return server


QUIET = "".join(f"{name} 0\n" for name in invariants.GAUGES_AT_REST) + """
grpc_server_started_total{grpc_method="Sample"} 3
grpc_server_handled_total{grpc_code="OK",grpc_method="Sample"} 2
grpc_server_handled_total{grpc_code="Canceled",grpc_method="Sample"} 1
grpc_server_handled_total{grpc_code="Internal",grpc_method="Sample"} 0
ebm_model_loads_total{model="digits",outcome="failed"} 0
"""


def broken(found) -> list[str]:
    return [invariant.name for invariant in found if not invariant.holds]


@pytest.mark.parametrize(
    "quiet,noisy,name",
    [
        ("ebm_parked_chains 0", "ebm_parked_chains 1", "no request is stuck"),
        ('_started_total{grpc_method="Sample"} 3', '_started_total{grpc_method="Sample"} 4',
         "every call that started is handled once"),
        ('"Canceled"', '"Unavailable"', "the server answers with declared codes only"),
        ('outcome="failed"} 0', 'outcome="failed"} 1', "no load fails"),
    ],
    ids=["stuck", "lost", "code", "load"],
)
def test_each_invariant_of_the_metrics_can_be_broken(quiet, noisy, name):
    assert broken(invariants.of_metrics(fake_server(QUIET), 0)) == []
    assert broken(invariants.of_metrics(fake_server(QUIET.replace(quiet, noisy)), 0)) == [name]


def test_each_invariant_of_levels_and_clients_can_be_broken():
    first = invariants.Levels(resident_mib=100, descriptors=20)
    grown = invariants.Levels(resident_mib=100 + invariants.MEMORY_GROWTH_MIB, descriptors=20)
    leaking = invariants.Levels(resident_mib=grown.resident_mib + 1, descriptors=21)
    assert broken(invariants.of_levels(first, grown, 1)) == []
    assert len(broken(invariants.of_levels(first, leaking, 1))) == 2
    report = {"codes": {"classify": {"OK": 2}}, "surprises": []}
    assert broken(invariants.of_clients([report, report])) == []
    assert len(broken(invariants.of_clients([report, report | {"surprises": ["classify: INTERNAL: why"]}]))) == 1
