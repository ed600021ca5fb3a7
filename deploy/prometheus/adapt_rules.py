#!/usr/bin/env python3
"""Copies the rules for an installation: another job, another address of the runbook, shorter windows.

    adapt_rules.py --output=DIR [--job=NAME] [--runbook=ADDRESS] [--shorten=FACTOR]

Writes a copy of each file of rules/ into DIR. It works on the text, so that comments and layout stay, and needs nothing
but Python.

--shorten divides every window, `for`, `keep_firing_for`, offset and interval by FACTOR, to see in a minute what takes an
hour; windows never become shorter than 5 s, which are five scrapes of one second. Everything else stays: names such as
rate5m, the words of annotations, and thresholds. A threshold on a count is written as a rate times the unshortened
window, so it still means what that rate would count in the whole window.
"""

import argparse
import pathlib
import re

RULES = pathlib.Path(__file__).resolve().parent / "rules"
JOB = 'job="ebm-server"'
RUNBOOK = "https://ebm-server.example/deploy/RUNBOOK.md"
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
# A duration, and what stands before it: the bracket of a window, an offset, or a field of a rule or group.
DURATION = re.compile(
    r"(?P<before>\[|\boffset |^ *(?:for|keep_firing_for|interval): )(?P<count>\d+)(?P<unit>ms|s|m|h|d)\b", re.MULTILINE
)
SHORTEST_SECONDS = {"[": 5, "offset": 5, "interval:": 1, "for:": 0, "keep_firing_for:": 0}


def shortened(rules: str, factor: float) -> str:
    """The text of a file of rules with all durations divided by the factor."""

    def shorten(match: re.Match) -> str:
        seconds = int(match["count"]) * UNITS[match["unit"]] / factor
        seconds = max(seconds, SHORTEST_SECONDS[match["before"].strip()])
        return f"{match['before']}{round(1000 * seconds)}ms"

    return DURATION.sub(shorten, rules)


def adapted(rules: str, job: str, runbook: str, factor: float) -> str:
    rules = rules.replace(JOB, f'job="{job}"').replace(RUNBOOK, runbook)
    return shortened(rules, factor) if factor != 1 else rules


def write_rules(folder: pathlib.Path, job: str = "ebm-server", runbook: str = RUNBOOK, factor: float = 1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(RULES.glob("*.yaml")):
        (folder / file.name).write_text(adapted(file.read_text(), job, runbook, factor))


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", metavar="DIR", type=pathlib.Path, required=True, help="where the copies go")
    parser.add_argument("--job", metavar="NAME", default="ebm-server", help="the label job of the servers")
    parser.add_argument("--runbook", metavar="ADDRESS", default=RUNBOOK, help="where deploy/RUNBOOK.md can be read")
    parser.add_argument("--shorten", metavar="FACTOR", type=positive, default=1, help="divides all durations")
    given = parser.parse_args()
    write_rules(given.output, given.job, given.runbook, given.shorten)


if __name__ == "__main__":
    main()
