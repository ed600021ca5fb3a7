"""Runs clang-tidy on what the release build compiles, a unit of several sources at a time, through ccache: headers are
read once per unit, and a second run reads only what changed.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import conftest

COMMANDS = conftest.ROOT / "build/release/compile_commands.json"
COMPILER = conftest.ROOT / "tests/checks/tidy_compiler.sh"
RESULTS_DEPEND_ON = (".clang-tidy", "tests/requirements.txt", "tests/checks/tidy_compiler.sh")
UNIT_INCLUDE = re.compile(r'^#include "([^"]+)"$', re.MULTILINE)


def flags_of(command: str) -> list[str]:
    """The flags alone: no compiler, no launcher, no source and no object."""
    words = shlex.split(command)
    while words and not words[0].startswith("-"):
        words.pop(0)
    words = words[: words.index("-o")]
    return [word for word in words if word not in ("-Werror", "-Winvalid-pch")]


def sources_of(file: str) -> list[str]:
    """Our sources in one entry of the build, by their paths from the root: those of a unit, or the file itself."""
    return UNIT_INCLUDE.findall((conftest.ROOT / file).read_text()) if ".units/" in file else [file]


def flags_by_unit() -> dict[str, list[str]]:
    """The flags of all that the build compiles of ours, by the path of the unit or source from the root."""
    if not COMMANDS.exists():
        return {}
    entries = json.loads(COMMANDS.read_text())
    commands = {entry["file"].removeprefix(f"{conftest.ROOT}/"): entry["command"] for entry in entries}
    return {file: flags_of(command) for file, command in commands.items() if not file.endswith(".pb.cc")}


def check(source: str, flags: list[str], objects: pathlib.Path) -> subprocess.CompletedProcess:
    """Exit status 0: nothing was found. Findings are on standard output."""
    environment = {
        **os.environ,
        "CCACHE_BASEDIR": str(conftest.ROOT),
        "CCACHE_NOHASHDIR": "true",
        "CCACHE_COMPILERTYPE": "clang",
        "CCACHE_COMPILERCHECK": "none",
        "CCACHE_EXTRAFILES": ":".join(str(conftest.ROOT / file) for file in RESULTS_DEPEND_ON),
        "CLANG_TIDY": str(pathlib.Path(sys.executable).parent / "clang-tidy"),
    }
    target = objects / f"{source.replace('/', '_')}.o"
    command = ["ccache", COMPILER, *flags, "-c", source, "-o", target]
    return subprocess.run(command, cwd=conftest.ROOT, env=environment, capture_output=True, text=True)
