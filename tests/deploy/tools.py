"""Tools that only long tests need."""

import pathlib
import shutil
import subprocess

import manifests
import pytest


def find(name: str) -> pathlib.Path:
    """The tool on PATH, or in a folder of its own under .deps; skips the test where it cannot be installed."""
    on_path = shutil.which(name)
    if on_path:
        return pathlib.Path(on_path)
    script = manifests.ROOT / "tests/deploy/setup.sh"
    done = subprocess.run([script, name], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines() or ["no reason given"]
        pytest.skip(f"{name} cannot be installed: {last[-1]}")
    return manifests.ROOT / ".deps" / name / "bin" / name
