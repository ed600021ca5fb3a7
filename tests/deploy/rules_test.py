"""The PrometheusRule has the rules of deploy/prometheus/rules, and autoscalers ask what they should, by Prometheus."""

import json
import shutil
import subprocess
import sys

import manifests
import pytest
import yaml
from manifests import component, named

COMPONENT = manifests.KUBERNETES / "components/rules"
PROMTOOL = shutil.which("promtool") or manifests.ROOT / ".deps/prometheus/usr/bin/promtool"
BY_POD = 'namespace="ebm", pod="{pod}"'
# Two workers each. Pod a uses one and a half of them, pod b a half of one. Requests wait for two models in a.
SERIES = [
    ("ebm_workers", "a", "", "2+0x40"),
    ("ebm_workers", "b", "", "2+0x40"),
    ("ebm_worker_busy_seconds_total", "a", "", "0+22.5x40"),
    ("ebm_worker_busy_seconds_total", "b", "", "0+7.5x40"),
    ("ebm_queue_depth", "a", ', model="digits"', "6+0x40"),
    ("ebm_queue_depth", "a", ', model="letters"', "4+0x40"),
    ("ebm_queue_depth", "b", ', model="digits"', "0+0x40"),
]


def make_rules(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, COMPONENT / "make_rules.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_prometheus_rule_is_made_from_the_rules(tmp_path):
    made = tmp_path / "rule.yaml"
    assert make_rules(f"--output={made}").returncode == 0
    assert made.read_text() == (COMPONENT / "prometheus-rule.yaml").read_text(), f"run {COMPONENT}/make_rules.py"


def write_rules(folder, **groups) -> None:
    for file, name in groups.items():
        rule = {"alert": "Down", "expr": 'up{job="ebm-server"} == 0', "labels": {"severity": "warning"},
                "annotations": {"description": "Of $labels.\n\nTwo paragraphs, with {{ $value }}.\n"}}
        (folder / f"{file}.yaml").write_text(yaml.safe_dump({"groups": [{"name": name, "rules": [rule]}]}))


def test_rules_of_all_files_are_kept_as_they_are(tmp_path):
    write_rules(tmp_path, alerts="ebm-alerts", slo="ebm-slo")
    (tmp_path / "alerts_test.yaml").write_text("rule_files: [alerts.yaml]\ntests: []\n")
    made = tmp_path / "out"
    assert make_rules(f"--rules={tmp_path}", f"--output={made}").returncode == 0
    sources = [yaml.safe_load((tmp_path / name).read_text()) for name in ("alerts.yaml", "slo.yaml")]
    assert yaml.safe_load(made.read_text())["spec"]["groups"] == [group for file in sources for group in file["groups"]]


@pytest.mark.parametrize("text", ["groups: {}", "rules: []", "groups: []\nextra: 1", "groups: [", ""])
def test_a_file_that_is_none_of_rules_is_refused(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    assert make_rules(f"--rules={tmp_path}", f"--output={tmp_path}/out").returncode == 1


def test_groups_of_one_name_are_refused(tmp_path):
    write_rules(tmp_path, alerts="ebm", slo="ebm")
    done = make_rules(f"--rules={tmp_path}", f"--output={tmp_path}/out")
    assert done.returncode == 1 and "groups of the same name: ebm" in done.stderr


def evaluate(expression: str, wanted: list[tuple[str, float]], folder) -> subprocess.CompletedProcess:
    """Whether Prometheus gives these values (labels, value) after five minutes of scrapes at 15 seconds."""
    series = [{"series": f"{name}{{{BY_POD.format(pod=pod)}{more}}}", "values": values}
              for name, pod, more, values in SERIES]
    expected = [{"labels": labels, "value": value} for labels, value in wanted]
    asked = {"expr": expression, "eval_time": "5m", "exp_samples": expected}
    test = {"rule_files": [], "tests": [{"interval": "15s", "input_series": series, "promql_expr_test": [asked]}]}
    (folder / "test.yaml").write_text(json.dumps(test))
    return subprocess.run([PROMTOOL, "test", "rules", folder / "test.yaml"], capture_output=True, text=True, timeout=60)


def adapter_rules() -> dict[str, dict]:
    text = (manifests.KUBERNETES / "components/autoscaling-hpa/adapter-rules.yaml").read_text()
    return {rule["name"]["as"]: rule for rule in yaml.safe_load(text)["rules"]}


def adapter_query(name: str) -> str:
    """What prometheus-adapter asks for the pods of a Deployment."""
    rule = adapter_rules()[name]
    query = rule["metricsQuery"].replace("<<.Series>>", rule["seriesQuery"].partition("{")[0])
    return query.replace("<<.LabelMatchers>>", 'namespace="ebm",pod=~"a|b"').replace("<<.GroupBy>>", "pod")


@pytest.mark.parametrize(
    ("name", "values"),
    [("ebm_worker_busy_share", [('{pod="a"}', 0.75), ('{pod="b"}', 0.25)]),
     ("ebm_queued_requests", [('{pod="a"}', 10), ('{pod="b"}', 0)])],
)
def test_the_adapter_gives_each_pods_share_and_queue(name, values, tmp_path):
    done = evaluate(adapter_query(name), values, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = [(labels, value + 1) for labels, value in values]
    assert evaluate(adapter_query(name), wrong, tmp_path).returncode == 1


@pytest.mark.parametrize("name", ["ebm_worker_busy_share", "ebm_queued_requests"])
def test_the_adapter_finds_the_namespace_and_the_pod(name):
    rule = adapter_rules()[name]
    assert 'namespace!=""' in rule["seriesQuery"] and 'pod!=""' in rule["seriesQuery"]
    assert {"namespace", "pod"} == {value["resource"] for value in rule["resources"]["overrides"].values()}


def test_the_autoscaler_uses_every_rule_of_the_adapter():
    scaler = named(component("autoscaling-hpa"), "HorizontalPodAutoscaler", "ebm-server")
    asked = [metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"]]
    assert asked == list(adapter_rules())


@pytest.fixture
def triggers() -> dict:
    scaled = named(component("autoscaling-keda"), "ScaledObject", "ebm-server")
    return {trigger["name"]: trigger for trigger in scaled["spec"]["triggers"]}


@pytest.mark.parametrize(("name", "total"), [("busy-share", 1.0), ("queued-requests", 10)])
def test_keda_gets_the_sum_over_pods_which_it_divides(triggers, name, total, tmp_path):
    assert triggers[name]["metricType"] == "AverageValue"
    done = evaluate(triggers[name]["metadata"]["query"], [("{}", total)], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_autoscalers_have_the_same_targets(triggers):
    scaler = named(component("autoscaling-hpa"), "HorizontalPodAutoscaler", "ebm-server")
    targets = [metric["pods"]["target"]["averageValue"] for metric in scaler["spec"]["metrics"]]
    assert targets == ["700m", "8"]
    assert [trigger["metadata"]["threshold"] for trigger in triggers.values()] == ["0.7", "8"]


def test_keda_does_not_scale_in_while_prometheus_is_away(triggers):
    assert {trigger["metadata"]["ignoreNullValues"] for trigger in triggers.values()} == {"false"}


def test_the_metrics_that_autoscalers_ask_are_the_servers(root):
    page = (root / "server/observe/README.md").read_text()
    assert all(f"`{name}`" in page for name, *_ in SERIES)
