import pathlib
import sys

import manifests
import pytest

for folder in ("tests/e2e", "deploy/prometheus", "deploy/grafana"):
    sys.path.insert(0, str(manifests.ROOT / folder))
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
    return programs.train_tiny(tmp_path_factory.mktemp("model"))


def make_certificate(folder: pathlib.Path) -> dict[str, bytes]:
    """A certificate of its own authority for a name in the cluster, as in the Secret that cert-manager makes."""
    programs.make_certificate(folder, "DNS:ebm-server.ebm.svc")
    return {name: (folder / name).read_bytes() for name in ("tls.crt", "tls.key")}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> dict[str, bytes]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def other_certificate(tmp_path_factory) -> dict[str, bytes]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))
