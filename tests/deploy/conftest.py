import pathlib
import sys

import manifests
import pytest

sys.path.insert(0, str(manifests.ROOT / "tests/e2e"))
import programs  # noqa: E402


@pytest.fixture
def root() -> pathlib.Path:
    return manifests.ROOT


@pytest.fixture(scope="session")
def loader() -> str:
    """The pod that is applied by its file, apart from the kustomizations."""
    return (manifests.KUBERNETES / "model-loader.yaml").read_text()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> pathlib.Path:
    """A model after one epoch of training."""
    output = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    done = programs.train(output, "--data=digits", "--epochs=1", "--seed=1")
    assert done.returncode == 0, done.stderr
    return output
