import pathlib

import manifests
import pytest


@pytest.fixture
def root() -> pathlib.Path:
    return manifests.ROOT


@pytest.fixture(scope="session")
def loader() -> str:
    """The pod that is applied by its file, apart from the kustomizations."""
    return (manifests.KUBERNETES / "model-loader.yaml").read_text()
