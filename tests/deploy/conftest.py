import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("tests/e2e", "deploy/prometheus", "deploy/grafana"):
    sys.path.insert(0, str(ROOT / folder))
import programs  # noqa: E402


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """A model after three epochs of training: not accurate, but trained by the real program."""
    output = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    done = programs.train(output, "--data=digits", "--epochs=3", "--seed=1")
    assert done.returncode == 0, done.stderr
    return output
