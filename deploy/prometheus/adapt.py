#!/usr/bin/env python3
"""Copies prometheus.yaml and the rules for an installation: other targets, another job, shorter windows.

    adapt.py --output=DIR [--target=HOST:PORT ...] [--job=NAME] [--runbook=ADDRESS] [--shorten=FACTOR]

It works on the text, so that comments and layout stay, and needs nothing but Python.

--shorten divides every window, `for`, `keep_firing_for`, offset and interval by FACTOR, to see in a minute what takes
an hour; windows never become shorter than 5 s, which are five scrapes of one second. Everything else stays: names such
as rate5m, the words of annotations, and thresholds. A threshold on a count is written as a rate times the unshortened
window, so it still means what that rate would count in the whole window.
"""

import argparse
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent
JOB = "ebm-server"
RUNBOOK = "https://ebm-server.example/deploy/RUNBOOK.md"
TARGET = "127.0.0.1:9090"
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
# A duration, and what stands before it: the bracket of a window, an offset, or a field of a rule or a configuration.
DURATION = re.compile(
    r"(?P<before>\[|\boffset |^ *(?:for|keep_firing_for|\w*interval): )(?P<count>\d+)(?P<unit>ms|s|m|h|d)\b",
    re.MULTILINE,
)


def shortest_seconds(before: str) -> float:
    """The shortest duration that makes sense: a window needs several scrapes, and a scrape takes its time."""
    if before in ("[", "offset "):
        return 5
    return 1 if before.endswith("interval: ") else 0


def shortened(text: str, factor: float) -> str:
    """The text of a file with all durations divided by the factor."""

    def shorten(match: re.Match) -> str:
        seconds = int(match["count"]) * UNITS[match["unit"]] / factor
        seconds = max(seconds, shortest_seconds(match["before"]))
        return f"{match['before']}{round(1000 * seconds)}ms"

    return DURATION.sub(shorten, text) if factor != 1 else text


def adapted_rules(text: str, job: str = JOB, runbook: str = RUNBOOK, factor: float = 1) -> str:
    text = text.replace(f'job="{JOB}"', f'job="{job}"').replace(RUNBOOK, runbook)
    return shortened(text, factor)


def adapted_configuration(text: str, targets: list[str], job: str = JOB, factor: float = 1) -> str:
    names = ", ".join(f'"{target}"' for target in targets)
    text = text.replace(f'targets: ["{TARGET}"]', f"targets: [{names}]").replace(f"job_name: {JOB}", f"job_name: {job}")
    return shortened(text, factor)


def write(folder: pathlib.Path, targets: list[str], job: str = JOB, runbook: str = RUNBOOK, factor: float = 1) -> None:
    """Writes folder/prometheus.yaml and folder/rules/."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    for file in sorted((FOLDER / "rules").glob("*.yaml")):
        (folder / "rules" / file.name).write_text(adapted_rules(file.read_text(), job, runbook, factor))
    configuration = (FOLDER / "prometheus.yaml").read_text()
    (folder / "prometheus.yaml").write_text(adapted_configuration(configuration, targets, job, factor))


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", metavar="DIR", type=pathlib.Path, required=True, help="where the copies go")
    parser.add_argument("--target", metavar="HOST:PORT", action="append", help=f"a server's metrics ({TARGET})")
    parser.add_argument("--job", metavar="NAME", default=JOB, help=f"the label job of the servers ({JOB})")
    parser.add_argument("--runbook", metavar="ADDRESS", default=RUNBOOK, help="where deploy/RUNBOOK.md can be read")
    parser.add_argument("--shorten", metavar="FACTOR", type=positive, default=1, help="divides all durations")
    given = parser.parse_args()
    write(given.output, given.target or [TARGET], given.job, given.runbook, given.shorten)


if __name__ == "__main__":
    main()
