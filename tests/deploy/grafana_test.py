"""The dashboards: as their generator makes them, as Grafana's linter wants them, and about metrics that exist."""

import copy
import json
import re
import subprocess
import sys

import answers
import manifests
import prometheus_test
import promql_parser
import pytest
import queries
from prometheus_test import served  # noqa: F401  the fixture

DASHBOARDS = answers.dashboards()
COUNTER = re.compile(r"\w+_(total|bucket|count|sum)$")
# Counters that are read without a rate, in differences that a restart sets back as a whole: calls that run, or were
# refused.
DIFFERENCES = {"grpc_server_started_total", "grpc_server_handled_total", "ebm_grpc_calls_started_total"}
OF_PROMETHEUS = {"ALERTS": {"alertname", "alertstate", "severity", "job"}, "up": {"job", "instance"}}


def test_regenerating_gives_the_same_bytes():
    program = "import generate, json; print(json.dumps({file.name: text for file, text in generate.files().items()}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=answers.FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)
    assert len(files) == len(DASHBOARDS) == 4
    assert {file for file, text in files.items() if (answers.FOLDER / file).read_text() != text} == set()


def test_the_config_map_has_every_dashboard_and_can_be_applied():
    """`kubectl apply` keeps a copy of the object in an annotation, which has a limit of 262,144 bytes."""
    [config] = manifests.of_kind(manifests.objects("overlays/observability"), "ConfigMap")
    assert config["data"] == {file.name: file.read_text() for file in answers.FOLDER.glob("*.json")}
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert len(json.dumps(config)) < 262144


def of_dashboard(dashboard: dict) -> list[str]:
    """What is wrong with it as a whole."""
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    found = [f"no variable {name}" for name in ("datasource", "job", "instance") if name not in variables]
    for name, variable in variables.items():
        if not variable.get("label"):
            found.append(f"variable {name} has no label")
        if variable["type"] == "query":
            if variable["datasource"]["uid"] != "${datasource}":
                found.append(f"variable {name} asks another data source")
            if not (variable["includeAll"] and variable["multi"] and variable["allValue"] == ".+"):
                found.append(f"variable {name} does not offer several values and all")
            if not re.match(r"label_values\(ebm_(build|model)_info\b", variable["query"]):
                found.append(f"variable {name} asks a metric that may be absent")
    if dashboard["editable"] or dashboard["id"] is not None or not dashboard["uid"] or "__inputs" in dashboard:
        found.append("it is editable, or has no identity of its own")
    numbers = [panel["id"] for panel in dashboard["panels"]]
    return found + (["two panels have one number"] if len(set(numbers)) < len(numbers) else [])


def of_panel(panel: dict) -> list[str]:
    """What is wrong with a panel besides its queries."""
    defaults = panel["fieldConfig"]["defaults"]
    found = [f"no {key}" for key in ("title", "description") if not panel.get(key)]
    found += [f"no {key}" for key in ("unit", "noValue") if not defaults.get(key)]
    if not any(mapping["options"].get("match") == "nan" for mapping in defaults.get("mappings", [])):
        found.append("NaN is not mapped")
    sources = [panel["datasource"]["uid"], *(target["datasource"]["uid"] for target in panel["targets"])]
    found += ["another data source"] if set(sources) != {"${datasource}"} else []
    letters = [target["refId"] for target in panel["targets"]]
    found += ["two queries have one letter"] if len(set(letters)) < len(letters) or not letters else []
    return found + (["a query has no legend"] if not all(target["legendFormat"] for target in panel["targets"]) else [])


def counters_read_raw(node, rated: bool = False) -> list[str]:
    """Counters that are neither under rate or increase, nor part of the difference of running calls."""
    if isinstance(node, promql_parser.VectorSelector):
        return [] if rated or node.name in DIFFERENCES or not COUNTER.match(node.name) else [node.name]
    rated = rated or (isinstance(node, promql_parser.Call) and node.func.name in ("rate", "increase"))
    return [name for part in queries.parts(node) for name in counters_read_raw(part, rated)]


def aggregates_before_rates(node) -> bool:
    """Whether a rate is taken of something that was added up before: a restart of one server would be a rate."""
    return any(
        isinstance(inner, promql_parser.Call)
        and inner.func.name in ("rate", "increase", "irate")
        and any(isinstance(below, promql_parser.AggregateExpr) for below in queries.nodes(inner))
        for inner in queries.nodes(node)
    )


def of_query(expression: str, legend: str) -> list[str]:
    found = []
    try:
        node = promql_parser.parse(answers.filled_in(expression))
    except ValueError as error:
        return [f"syntax: {error}"]
    without_values = re.sub(r'"[^"]*"', '""', expression)
    if windows := re.findall(r"rate\([^\[]*\[(?!\$__rate_interval\])([^\]]*)\]", without_values):
        found.append(f"a rate over {windows} rather than $__rate_interval")
    found += [f"the counter {name} without a rate" for name in counters_read_raw(node)]
    found += ["a rate of a sum"] if aggregates_before_rates(node) else []
    for selector in queries.selectors(answers.filled_in(expression)):
        names = {matcher.name for matcher in selector.matchers.matchers}
        if "job" not in names and not selector.name.endswith("_budget:ratio"):
            found.append(f"{selector.name} of every job")
    dropped = dropped_labels(node, legend)
    return found + ([f"the legend names {dropped}, which the sum drops"] if dropped else [])


def dropped_labels(node, legend: str) -> set[str]:
    """The labels of the legend that an aggregation does not keep."""
    sums = [inner for inner in queries.nodes(node) if isinstance(inner, promql_parser.AggregateExpr)]
    kept = {label for inner in sums for label in (inner.modifier.labels if inner.modifier else [])}
    return set(re.findall(r"{{\s*(\w+)\s*}}", legend)) - kept if sums else set()


def lint(dashboard: dict) -> list[str]:
    found = of_dashboard(dashboard)
    for panel in answers.panels(dashboard):
        found += [f"{panel['title']}: {fault}" for fault in of_panel(panel)]
        for target in panel["targets"]:
            found += [f"{panel['title']}: {fault}" for fault in of_query(target["expr"], target["legendFormat"])]
    return found


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_pass_the_linter(name):
    assert lint(DASHBOARDS[name]) == []


def change(key: str, value, *path):
    """A function that sets a key of a dashboard, of the part that the path leads to."""

    def apply(dashboard: dict) -> None:
        part = dashboard
        for step in path:
            part = part[step]
        part[key] = value

    return apply


FIRST = ("panels", 1)
QUERY = (*FIRST, "targets", 0)


@pytest.mark.parametrize(
    ("apply", "fault"),
    [
        (change("editable", True), "editable"),
        (change("__inputs", []), "editable"),
        (change("list", [], "templating"), "no variable job"),
        (change("query", "label_values(ebm_rows_total, job)", "templating", "list", 1), "may be absent"),
        (change("uid", "${DS_PROMETHEUS}", "templating", "list", 1, "datasource"), "another data source"),
        (change("id", 1, "panels", 2), "one number"),
        (change("description", "", *FIRST), "no description"),
        (change("unit", "", *FIRST, "fieldConfig", "defaults"), "no unit"),
        (change("mappings", [], *FIRST, "fieldConfig", "defaults"), "NaN"),
        (change("uid", "prom", *FIRST, "datasource"), "another data source"),
        (change("legendFormat", "", *QUERY), "no legend"),
        (change("expr", 'sum(up{job="x"}', *QUERY), "syntax"),
        (change("expr", 'rate(ebm_workers{job="x"}[30s])', *QUERY), "$__rate_interval"),
        (change("expr", 'ebm_samples_total{job="x"}', *QUERY), "without a rate"),
        (change("expr", 'rate(sum(ebm_samples_total{job="x"})[5m:1m])', *QUERY), "a rate of a sum"),
        (change("expr", "ebm_workers", *QUERY), "of every job"),
    ],
)
def test_the_linter_sees(apply, fault):
    dashboard = copy.deepcopy(DASHBOARDS["ebm-server-overview.json"])
    assert lint(dashboard) == []
    apply(dashboard)
    assert any(fault in found for found in lint(dashboard))


def test_the_linter_sees_a_legend_without_its_label():
    assert "drops" in of_query('sum by (pod) (ebm_workers{job="x"})', "{{instance}}")[0]


def test_panels_use_what_the_server_serves(served):  # noqa: F811
    known = {name: labels | prometheus_test.TARGET_LABELS for name, labels in served.items()} | OF_PROMETHEUS
    used = [
        target["expr"]
        for dashboard in DASHBOARDS.values()
        for panel in answers.panels(dashboard)
        for target in panel["targets"]
    ]
    wrong = {query: found for query in used if (found := prometheus_test.unknown(answers.filled_in(query), known))}
    assert used and wrong == {}


def test_every_metric_of_ours_is_on_a_dashboard(served):  # noqa: F811
    """A metric that nobody sees is not observed. These say what others say, or are too rare for a series."""
    elsewhere = {"ebm_slots", "ebm_grpc_calls_failed_total", "ebm_model_load_duration_seconds"}
    text = json.dumps(DASHBOARDS)
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in served if name.startswith("ebm_")}
    assert {name for name in families if not re.search(rf"\b{name}", text)} == elsewhere
