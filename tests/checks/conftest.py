import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("proto", "model", "server", "client", "tests")


def sources(*suffixes: str) -> list[pathlib.Path]:
    """The project's own files with one of these suffixes, sorted."""
    files = (file for folder in CODE_FOLDERS for file in (ROOT / folder).rglob("*"))
    return sorted(file for file in files if file.suffix in suffixes and file.is_file())


@pytest.fixture
def root() -> pathlib.Path:
    return ROOT


@pytest.fixture
def tools() -> pathlib.Path:
    """The folder of the programs that pip installed for this Python."""
    return pathlib.Path(sys.executable).parent
