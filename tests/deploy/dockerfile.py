"""The instructions of a Dockerfile, and the rules that the image's keeps to."""

import json
import re

LABELS = {"title", "description", "licenses", "version", "revision", "created", "source"}
HEALTH = ["/opt/ebm/bin/ebm-client", "health"]
INSTRUCTION = re.compile(r"([A-Z]+)\s+(.*)", re.DOTALL)


def instructions(text: str) -> list[tuple[str, str]]:
    """(name, arguments) of each, with continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [INSTRUCTION.fullmatch(line).groups() for line in joined.splitlines()]


def last_stage(text: str) -> list[tuple[str, str]]:
    steps = instructions(text)
    begin = max(index for index, (name, _) in enumerate(steps) if name == "FROM")
    return steps[begin:]


def arguments_of(steps: list[tuple[str, str]], name: str) -> list[str]:
    return [arguments for instruction, arguments in steps if instruction == name]


def exec_form(arguments: str) -> list[str]:
    """The words of [...] behind the flags of a HEALTHCHECK, or none if a shell would be needed."""
    match = re.search(r"(\[.*\])\s*$", arguments)
    return json.loads(match.group(1)) if match else []


def labels(steps: list[tuple[str, str]]) -> set[str]:
    return set(re.findall(r"org\.opencontainers\.image\.(\w+)=", " ".join(arguments_of(steps, "LABEL"))))


def breaches(text: str, version: str) -> list[str]:
    """What the Dockerfile breaks of: a base by argument, and a last stage with only what serving needs."""
    steps, last = instructions(text), last_stage(text)
    health = arguments_of(last, "HEALTHCHECK")
    entry = arguments_of(last, "ENTRYPOINT")
    holds = {
        "the base is an argument": ("ARG", "BASE=debian:12-slim") in steps and ("FROM", "${BASE} AS build") in steps,
        "the build runs the project's scripts": all(
            script in " ".join(arguments_of(steps, "RUN"))
            for script in ("deploy/install_dependencies.sh", "deploy/collect_runtime.sh", "deploy/write_sbom.py")
        ),
        "the last stage has no distribution": last[0] == ("FROM", "scratch"),
        "the last stage runs nothing": not arguments_of(last, "RUN") and not arguments_of(last, "ADD"),
        "files come from the build only": arguments_of(last, "COPY") == ["--from=build /runtime/root /"],
        "the user is a number and not root": [
            re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) is not None for user in arguments_of(last, "USER")
        ] == [True],
        "the health check is a program": len(health) == 1 and exec_form(health[0])[:2] == HEALTH,
        "the entry point is a program": len(entry) == 1 and exec_form(entry[0]) == ["/opt/ebm/bin/ebm-server"],
        "labels of the Open Container Initiative": LABELS <= labels(last),
        "the version is the project's": ("ARG", f"VERSION={version}") in last,
    }
    return [rule for rule, kept in holds.items() if not kept]
