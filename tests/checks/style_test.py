"""Style of the source: clang-format, file lengths and line lengths."""

import subprocess

import conftest
import pytest

LIMITS = {".h": 150, ".cc": 400}  # lines per file
COLUMNS = 120


def test_clang_format_changes_nothing(root):
    files = conftest.sources(".h", ".cc")
    command = ["clang-format-14", "--dry-run", "--Werror", *files]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("suffix", LIMITS)
def test_files_are_short(root, suffix):
    lengths = {str(file.relative_to(root)): len(file.read_text().splitlines()) for file in conftest.sources(suffix)}
    long = {file: lines for file, lines in lengths.items() if lines > LIMITS[suffix]}
    assert lengths and not long


def test_lines_are_short(root):
    files = conftest.sources(".h", ".cc", ".py", ".sh", ".txt", ".proto")
    long = [
        f"{file.relative_to(root)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if len(line) > COLUMNS
    ]
    assert not long


def test_functions_are_short(root, tools):
    command = [tools / "lizard", "--languages=cpp", "--length=40", "--arguments=6", "--CCN=1000", "--warnings_only"]
    done = subprocess.run([*command, *conftest.sources(".h", ".cc")], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
