"""Every source compiles alone: it includes what it uses, though the presets compile several sources as one unit."""

import concurrent.futures
import os
import subprocess

import conftest
import pytest
import tidy

pytestmark = pytest.mark.long
SOURCES = {source: flags for unit, flags in tidy.flags_by_unit().items() for source in tidy.sources_of(unit)}


def compile_alone(source: str) -> subprocess.CompletedProcess:
    command = ["clang++-14", "-fsyntax-only", "-Wno-unknown-warning-option", *SOURCES[source], source]
    return subprocess.run(command, cwd=conftest.ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def results():
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {source: pool.submit(compile_alone, source) for source in SOURCES}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("source", SOURCES)
def test_compiles_alone(source, results):
    done = results[source].result()
    assert done.returncode == 0, done.stderr
