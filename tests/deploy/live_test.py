"""The rules and the dashboards beside a real server and a real Prometheus, with shortened windows."""

import math
import subprocess
import sys

import answers
import programs
import pytest
import story

# Busy time is counted when a round of work ends, so a rate over few scrapes can pass 1.
HIGHEST = {"percentunit": 1.5, "s": 3600}


@pytest.fixture(scope="module")
def told(checkpoint, tmp_path_factory):
    """Half a minute: windows are divided by 240."""
    yield from run(checkpoint, tmp_path_factory.mktemp("story"), factor=240, quiet_seconds=8, drift_seconds=6)


def run(checkpoint, folder, factor, quiet_seconds, drift_seconds):
    story.skip_without_prometheus()
    story.publish(checkpoint, folder / "models")
    with programs.Server(None, folder, f"--repository={folder}/models", "--workers=1") as server:
        with story.Prometheus(folder, server.metrics_address, factor) as prometheus:
            yield story.tell(server, prometheus, quiet_seconds, drift_seconds)


def faults(panel: dict, series: list[answers.Series]) -> list[str]:
    """What is wrong with a panel's answer: nothing to see, or values that its unit cannot have."""
    values = answers.numbers(series)
    if not values:
        return ["no data"]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    found = []
    if min(values) < 0:
        found.append(f"a negative value: {min(values)}")
    if max(values) > HIGHEST.get(unit, math.inf) or math.isinf(max(values)):
        found.append(f"{max(values)} is too much for the unit {unit}")
    return found


def all_faults(told: story.Story) -> dict[str, list[str]]:
    """By dashboard, panel and query."""
    found = {}
    for name, dashboard in answers.dashboards().items():
        for panel in answers.panels(dashboard):
            for target in panel["targets"]:
                series = answers.evaluate(told.prometheus.address, target, told.span)
                if wrong := faults(panel, series):
                    found[f"{name}: {panel['title']}: {target['expr']}"] = wrong
    return found


def assert_the_story(told: story.Story) -> None:
    assert told.quiet_alerts == set()
    assert story.DRIFT_ALERT in told.drift_alerts
    assert all_faults(told) == {}


def test_every_panel_shows_data_and_noise_sets_off_its_alert(told):
    assert_the_story(told)


def test_the_figures_end_with_the_alert_and_where_to_read_on(told):
    """What deploy/quickstart.sh --observe prints."""
    command = [sys.executable, answers.FOLDER / "figures.py", f"--prometheus={told.prometheus.address}"]
    done = subprocess.run([*command, f"--wait={story.DRIFT_ALERT}"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    figures, _, alerts = done.stdout.partition("Alerts that fire:\n")
    assert f"{story.DRIFT_ALERT} (warning)" in alerts and f"#{story.DRIFT_ALERT.lower()}" in alerts
    for title in ("Servers up", "Calls that arrive", "Rows in the lowest percents"):
        assert title in figures
    assert "nan" not in done.stdout


def test_the_quickstart_tells_its_flags():
    script = programs.ROOT / "deploy/quickstart.sh"
    done = subprocess.run([script, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--keep " in done.stdout and "--observe " in done.stdout
    done = subprocess.run([script, "--observes"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("usage:")


@pytest.mark.long
def test_the_same_over_minutes(checkpoint, tmp_path):
    for told in run(checkpoint, tmp_path, factor=60, quiet_seconds=60, drift_seconds=60):
        assert_the_story(told)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("no_such_metric", "no data"),
        ("deriv(ebm_request_memory_limit_bytes[5s]) - 1", "negative"),
        ("ebm_worker_busy_seconds_total * 1e9", "too much"),
        ("0 * ebm_workers / 0", "no data"),
    ],
)
def test_nonsense_is_seen(told, query, fault):
    panel = {"fieldConfig": {"defaults": {"unit": "percentunit"}}}
    series = answers.evaluate(told.prometheus.address, {"expr": query, "legendFormat": ""}, told.span)
    assert any(fault in found for found in faults(panel, series))
