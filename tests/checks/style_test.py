"""Style of the source: clang-format, file lengths and line lengths."""

import re
import subprocess

import conftest
import pytest

LIMITS = {".h": 150, ".cc": 400}  # lines per file
COLUMNS = 120
USING = re.compile(r"^\s*using (?:[\w:]+::)?(\w+);", re.MULTILINE)


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


def unused_names(text: str) -> list[str]:
    """The names that a source takes from another namespace and does not use."""
    return [name for name in USING.findall(text) if len(re.findall(rf"\b{name}\b", text)) == 1]


def test_using_declarations_are_used(root):
    """clang-tidy sees them only in a source that is compiled alone (misc-unused-using-decls)."""
    unused = {str(file.relative_to(root)): unused_names(file.read_text()) for file in conftest.sources(".cc")}
    assert not {file: names for file, names in unused.items() if names}


def test_sees_an_unused_using_declaration():
    assert unused_names("using testing::Each;\nusing reference::Mlp;\nEach(1)\n") == ["Mlp"]
