import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("tests/e2e", "deploy/prometheus", "deploy/grafana"):
    sys.path.insert(0, str(ROOT / folder))
import programs  # noqa: E402


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    return programs.train_tiny(tmp_path_factory.mktemp("model"))
