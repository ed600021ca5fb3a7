"""The rules for Prometheus: valid, tested, documented, and about metrics that the server has."""

import concurrent.futures
import functools
import os
import pathlib
import re
import shutil
import subprocess

import adapt
import programs
import pytest
import queries
import story
import yaml

FOLDER = programs.ROOT / "deploy/prometheus"
TESTS = sorted((FOLDER / "tests").glob("*_test.yaml"))
RUNBOOK = programs.ROOT / "deploy/RUNBOOK.md"
METRICS = programs.ROOT / "server/observe/README.md"
TARGET_LABELS = {"job", "instance", "namespace"}
# Of the metrics that a server need not have, those that this one cannot: it has no certificate and no quota of cores.
OPTIONAL = {
    "ebm_cgroup_throttled_periods_total",
    "ebm_cgroup_throttled_seconds_total",
    "ebm_tls_certificate_not_after_seconds",
}
# Methods that are no calls of a model, so that no objective counts them.
OTHER_METHODS = re.compile(r"unknown|Check|Watch|Server\w+|Repository\w+|(Get|Load|Unload)Model|ListModels|Model\w+")


def groups(text: str) -> list[dict]:
    return yaml.safe_load(text)["groups"]


@functools.cache
def rules() -> list[dict]:
    files = sorted((FOLDER / "rules").glob("*.yaml"))
    return [rule for file in files for group in groups(file.read_text()) for rule in group["rules"]]


def alerts() -> list[dict]:
    return [rule for rule in rules() if "alert" in rule]


@functools.cache
def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def promtool(*arguments) -> subprocess.CompletedProcess:
    if shutil.which("promtool") is None:
        pytest.skip("there is no promtool: deploy/install_dependencies.sh --with-tests could not unpack its package")
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def served(checkpoint, tmp_path_factory) -> queries.Served:
    """The metrics of a running server of a repository, each with its labels."""
    folder = tmp_path_factory.mktemp("served")
    story.publish(checkpoint, folder / "models")
    with programs.Server(None, folder, f"--repository={folder}/models") as server:
        return queries.Served(server.scrape())


def test_promtool_accepts_the_configuration_and_the_rules(tmp_path):
    done = promtool("check", "config", FOLDER / "prometheus.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout + done.stderr
    (tmp_path / "bad.yaml").write_text("groups: [{name: bad, rules: [{alert: Bad, expr: 'rate(up)'}]}]")
    assert promtool("check", "rules", tmp_path / "bad.yaml").returncode != 0


@pytest.fixture(scope="module")
def unit_tests() -> dict[pathlib.Path, subprocess.CompletedProcess]:
    """What promtool says to each file. Each takes a core for seconds, so they run at the same time."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(TESTS, pool.map(lambda file: promtool("test", "rules", file), TESTS)))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_alerts_fire_when_they_should(unit_tests, file):
    done = unit_tests[file]
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_threshold_fails_the_tests(tmp_path):
    """The tests of the targets beside rules in which a server may restart as often as it likes."""
    (tmp_path / "rules").mkdir()
    for file in (FOLDER / "rules").glob("*.yaml"):
        changed = file.read_text().replace("[1h]) > 2", "[1h]) > 200")
        (tmp_path / "rules" / file.name).write_text(changed)
    (tmp_path / "tests").mkdir()
    test = tmp_path / "tests/targets_test.yaml"
    test.write_text((FOLDER / "tests/targets_test.yaml").read_text())
    done = promtool("test", "rules", test)
    assert done.returncode != 0 and "EbmServerRestarting" in done.stdout + done.stderr


def identity(labels: dict[str, str]) -> tuple:
    return labels["severity"], labels.get("long")


def untested(alerts: list[dict], tests: list[dict]) -> list[str]:
    """What no unit test expects: an alert that fires, for each rule, and one that does not, for each name."""
    checks = [check for test in tests for check in test.get("alert_rule_test", [])]
    silent = {check["alertname"] for check in checks if not check.get("exp_alerts")}
    fired = {
        (check["alertname"], *identity(alert["exp_labels"]))
        for check in checks
        for alert in check.get("exp_alerts") or []
    }
    missing = [f"{rule['alert']} not firing" for rule in alerts if rule["alert"] not in silent]
    for rule in alerts:
        name = (rule["alert"], *identity(rule["labels"]))
        missing += [f"{name} firing"] if name not in fired else []
    return missing


def test_every_alert_is_tested_firing_and_not_firing():
    tests = [test for file in TESTS for test in yaml.safe_load(file.read_text())["tests"]]
    assert untested(alerts(), tests) == []
    assert len(untested(alerts(), [])) == 2 * len(alerts())
    firing = [check for test in tests for check in test["alert_rule_test"] if check["exp_alerts"]]
    assert any("not firing" in text for text in untested(alerts(), [{"alert_rule_test": firing}]))


def anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def without_section(alerts: list[dict], page: str) -> list[str]:
    """The alerts whose runbook_url names no section of the page."""
    sections = {anchor(heading) for heading in re.findall(r"^## (.+)$", page, re.MULTILINE)}
    return [
        rule["alert"]
        for rule in alerts
        if rule["annotations"]["runbook_url"].partition("#")[0] != adapt.RUNBOOK
        or rule["annotations"]["runbook_url"].partition("#")[2] not in sections
        or rule["annotations"]["runbook_url"].partition("#")[2] != anchor(rule["alert"])
    ]


def test_every_alert_has_a_runbook_section():
    page = RUNBOOK.read_text()
    assert without_section(alerts(), page) == []
    assert without_section(alerts(), page.replace("## EbmServerDrift\n", "")) == ["EbmServerDrift"]


def test_every_section_of_the_runbook_is_of_an_alert():
    sections = re.findall(r"^## (EbmServer\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sorted(sections) == sorted({rule["alert"] for rule in alerts()})


def test_every_alert_says_what_it_means():
    for rule in alerts():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert all(text.strip() for text in rule["annotations"].values())
        assert "for" in rule


def unknown(expression: str, served: dict[str, set[str]]) -> list[str]:
    """The metrics and labels of the expression that neither the server nor a rule has."""
    found = []
    for metric, labels in queries.references(expression):
        if metric in recorded() | OPTIONAL | {"up"}:
            continue
        found += [metric] if metric not in served else [f"{metric}: {name}" for name in labels - served[metric]]
    return found


def test_rules_use_what_the_server_serves(served):
    known = {name: labels | TARGET_LABELS for name, labels in served.items()}
    assert {rule["expr"]: wrong for rule in rules() if (wrong := unknown(rule["expr"], known))} == {}
    assert unknown("rate(ebm_no_such_total[5m])", known) == ["ebm_no_such_total"]
    assert unknown('ebm_workers{model="digits"}', known) == ["ebm_workers: model"]
    assert unknown("sum by (le) (ebm_queue_depth)", known) == ["ebm_queue_depth: le"]


def test_optional_metrics_are_documented():
    page = METRICS.read_text()
    assert all(f"`{metric}`" in page for metric in OPTIONAL)


def bounds_asked() -> dict[str, set[str]]:
    """The bounds of buckets that rules ask for by their value, by metric."""
    found = {}
    for rule in rules():
        for metric, bound in re.findall(r'(\w+_bucket){[^}]*\ble=~?"([\d.]+)(?:\|\1\[.\]0)?', rule["expr"]):
            found.setdefault(metric, set()).add(bound)
    return found


def test_thresholds_lie_on_bounds_of_the_histograms(served):
    asked = bounds_asked()
    assert "ebm_queue_wait_seconds_bucket" in asked and "ebm_row_percentile_bucket" in asked
    for metric, bounds in asked.items():
        assert bounds <= served.bounds[metric], metric
    assert {f"{10 * tenth}" for tenth in range(1, 10)} <= served.bounds["ebm_row_percentile_bucket"]


def test_every_method_counts_or_is_known_not_to(served):
    """A new method must be put on one of the two lists."""
    expression = next(rule["expr"] for rule in rules() if rule.get("record") == "job:ebm_calls:rate5m")
    counted = set(re.search(r'grpc_method=~"([\w|]+)"', expression)[1].split("|"))
    assert counted <= served.methods
    assert not [name for name in served.methods - counted if not OTHER_METHODS.fullmatch(name)]


def test_every_selector_names_the_job():
    """So that another job's metrics are never counted, and adapt.py can change it."""
    for rule in rules():
        selectors = [name for name in queries.selectors(rule["expr"]) if name.name not in recorded()]
        for selector in selectors:
            jobs = [matcher.value for matcher in selector.matchers.matchers if matcher.name == "job"]
            assert jobs == ["ebm-server"], rule["expr"]


def test_sums_over_the_recorded_rates_know_their_interval():
    """An increase is the sum of the rates, times the seconds between them."""
    for group in groups((FOLDER / "rules/recording.yaml").read_text()):
        for rule in group["rules"]:
            if ":increase" in rule["record"]:
                assert rule["expr"].endswith(f"* {group['interval'].removesuffix('s')}")


def test_the_job_and_the_runbook_are_changed_in_one_place(tmp_path):
    adapt.write(tmp_path, ["a:1", "b:2"], job="energy", runbook="https://wiki/ebm")
    text = "".join(file.read_text() for file in (tmp_path / "rules").glob("*.yaml"))
    copies = [group for file in (tmp_path / "rules").glob("*.yaml") for group in groups(file.read_text())]
    expressions = "".join(rule["expr"] for group in copies for rule in group["rules"])
    assert 'job="energy"' in expressions and "ebm-server" not in expressions
    assert "https://wiki/ebm#ebmserverdown" in text and adapt.RUNBOOK not in text
    scrape = yaml.safe_load((tmp_path / "prometheus.yaml").read_text())["scrape_configs"][0]
    assert scrape["job_name"] == "energy" and scrape["static_configs"][0]["targets"] == ["a:1", "b:2"]


def test_without_changes_the_copies_are_the_files(tmp_path):
    adapt.write(tmp_path, [adapt.TARGET])
    for file in ("prometheus.yaml", "rules/alerts.yaml", "rules/recording.yaml"):
        assert (tmp_path / file).read_text() == (FOLDER / file).read_text()


def test_shortening_divides_every_duration(tmp_path):
    adapt.write(tmp_path, [adapt.TARGET], factor=60)
    done = promtool("check", "config", tmp_path / "prometheus.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "rules/alerts.yaml").read_text()
    assert not re.search(r"\[\d+[smhd]\]|(for|interval): [1-9]\d*[smhd]$|offset \d+[smhd]$", text, re.MULTILINE)
    assert adapt.shortened("rate(x[10m] offset 1h)", 60) == "rate(x[10000ms] offset 60000ms)"
    assert adapt.shortened("        for: 30m\n", 60) == "        for: 30000ms\n"
    assert adapt.shortened("rate(x[5m])", 1000) == "rate(x[5000ms])"
