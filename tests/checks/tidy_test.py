"""clang-tidy finds nothing in our own files (.clang-tidy says what it looks for).

The commands are those of the release build, less what only g++ reads: its precompiled headers. As many files are
checked at a time as there are cores.
"""

import concurrent.futures
import json
import os
import re
import subprocess

import conftest
import pytest

COMMANDS = conftest.ROOT / "build/release/compile_commands.json"
PRECOMPILED_HEADER = re.compile(r" -Winvalid-pch| -include \S*cmake_pch\.hxx|-fpch-preprocess")


def our_commands() -> list[dict]:
    if not COMMANDS.exists():
        return []
    ours = set(map(str, conftest.sources(".cc")))
    commands = [entry for entry in json.loads(COMMANDS.read_text()) if entry["file"] in ours]
    return [{**entry, "command": PRECOMPILED_HEADER.sub("", entry["command"])} for entry in commands]


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Each file's future: clang-tidy's exit status and words."""
    database = tmp_path_factory.mktemp("tidy") / "compile_commands.json"
    database.write_text(json.dumps(our_commands()))

    def check(file: str) -> subprocess.CompletedProcess:
        command = ["clang-tidy-14", "--quiet", "-p", database.parent, "--extra-arg=-Wno-unknown-warning-option", file]
        return subprocess.run(command, cwd=conftest.ROOT, capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {entry["file"]: pool.submit(check, entry["file"]) for entry in our_commands()}
        pool.shutdown(cancel_futures=True)


def test_the_release_build_is_there():
    assert our_commands(), f"{COMMANDS} is missing: build the release preset first"


@pytest.mark.parametrize("file", [entry["file"].removeprefix(f"{conftest.ROOT}/") for entry in our_commands()])
def test_clang_tidy_finds_nothing(file, findings):
    done = findings[f"{conftest.ROOT}/{file}"].result()
    assert done.returncode == 0, done.stdout + done.stderr
