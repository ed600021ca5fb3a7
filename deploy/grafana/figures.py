#!/usr/bin/env python3
"""Prints the figures of the dashboards that an operator looks at first, and the alerts that fire.

    figures.py --prometheus=HOST:PORT [--wait=ALERT]

--wait waits until this alert fires, for at most five minutes. Needs nothing but Python.
"""

import argparse
import sys
import time

import answers

FIGURES = {
    "ebm-server-overview.json": [
        "Servers up",
        "Error budget left, 30 days",
        "Versions served",
        "Calls that arrive",
        "Share of calls that fail",
        "Latency of unary calls",
        "Busy share of the compute threads",
        "Wait for a worker, p99",
    ],
    "ebm-server-engine.json": ["Steps of chains", "Rows", "Memory"],
    "ebm-server-quality.json": ["Rows in the lowest percents", "Mean of the largest class probability"],
}
RATE_INTERVAL = "10s"
MOST_SECONDS = 300
SUFFIXES = {"reqps": " calls/s", "ops": " steps/s", "rowsps": " rows/s"}


def with_unit(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{100 * value:.1f} %"
    if unit == "s":
        return f"{1000 * value:.1f} ms" if value < 1 else f"{value:.1f} s"
    if unit == "bytes":
        return f"{value / 1e6:.0f} MB"
    return f"{value:.4g}{SUFFIXES.get(unit, '')}"


def print_panel(address: str, panel: dict, now: float) -> None:
    """The panel's latest values on a line. Of several series, those that are 0 are left out."""
    unit = panel["fieldConfig"]["defaults"]["unit"]
    moment = answers.Span(now, now)
    found = [one for target in panel["targets"] for one in answers.evaluate(address, target, moment, RATE_INTERVAL)]
    found = [one for one in found if answers.numbers([one])]
    shown = [one for one in found if any(one.values)] or found[:1]
    texts = [f"{with_unit(one.values[-1], unit)} ({one.name})" for one in shown]
    print(f"  {panel['title']:<40}{', '.join(texts) or 'no traffic'}")


def firing(address: str) -> list[dict]:
    return [alert for alert in answers.ask(address, "alerts")["alerts"] if alert["state"] == "firing"]


def wait_for(address: str, name: str) -> None:
    """Returns once the alert fires. Ends the program if it does not in time."""
    end = time.monotonic() + MOST_SECONDS
    while not any(alert["labels"]["alertname"] == name for alert in firing(address)):
        if time.monotonic() > end:
            sys.exit(f"{name} has not fired within {MOST_SECONDS} s")
        time.sleep(1)


def print_alerts(address: str) -> None:
    alerts = firing(address)
    for alert in alerts:
        print(f"  {alert['labels']['alertname']} ({alert['labels']['severity']}): {alert['annotations']['summary']}")
        print(f"    {alert['annotations']['description']}")
        print(f"    What to do: {alert['annotations']['runbook_url']}")
    if not alerts:
        print("  none")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--prometheus", metavar="HOST:PORT", required=True)
    parser.add_argument("--wait", metavar="ALERT", help="wait until this alert fires")
    given = parser.parse_args()
    if given.wait:
        wait_for(given.prometheus, given.wait)
    now = time.time()
    for name, titles in FIGURES.items():
        panels = {panel["title"]: panel for panel in answers.panels(answers.dashboards()[name])}
        for title in titles:
            print_panel(given.prometheus, panels[title], now)
    print("Alerts that fire:")
    print_alerts(given.prometheus)


if __name__ == "__main__":
    main()
