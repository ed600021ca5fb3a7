"""What Prometheus answers to the queries of the dashboards, without Grafana. Needs nothing but Python."""

import dataclasses
import json
import math
import pathlib
import re
import urllib.parse
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent
RATE_INTERVAL = "5s"  # what Grafana would insert with scrapes of one second: at least four of them
VARIABLE = re.compile(r"\$(?:datasource|job|instance|model|version)\b")


@dataclasses.dataclass
class Series:
    name: str  # the legend, with its labels filled in
    labels: dict[str, str]
    times: list[float]
    values: list[float]


@dataclasses.dataclass
class Span:
    """From start to end, in seconds since 1970, one value each step."""

    start: float
    end: float
    step: float = 1


def dashboards() -> dict[str, dict]:
    """The dashboards, by the name of their file."""
    return {file.name: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels(dashboard: dict) -> list[dict]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def filled_in(expression: str, rate_interval: str = RATE_INTERVAL) -> str:
    """The query as Grafana sends it while every variable stands at All."""
    return VARIABLE.sub(".+", expression.replace("$__rate_interval", rate_interval))


def named(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{\s*(\w+)\s*}}", lambda match: labels.get(match[1], ""), legend).strip()


def ask(address: str, path: str, **parameters):
    """The data that Prometheus' API answers. Raises urllib.error.HTTPError if it refuses the query."""
    url = f"http://{address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)["data"]


def evaluate(address: str, target: dict, span: Span, rate_interval: str = RATE_INTERVAL) -> list[Series]:
    """The series of one query of a panel. Labels of buckets are sorted by their bounds."""
    query = filled_in(target["expr"], rate_interval)
    found = []
    for series in ask(address, "query_range", query=query, start=span.start, end=span.end, step=span.step)["result"]:
        times, values = zip(*((time, float(value)) for time, value in series["values"]))
        name = named(target["legendFormat"], series["metric"])
        found.append(Series(name, series["metric"], list(times), list(values)))
    return sorted(found, key=lambda series: (float(series.labels.get("le", 0)), series.name))


def numbers(series: list[Series]) -> list[float]:
    """All values but NaN."""
    return [value for one in series for value in one.values if not math.isnan(value)]
