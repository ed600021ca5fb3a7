"""clang-tidy finds nothing in our own files (.clang-tidy says what it looks for), and does find what is planted."""

import concurrent.futures
import os

import conftest
import pytest
import tidy

FLAGS = tidy.flags_by_unit()


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Each unit's future; as many units are checked at a time as there are cores."""
    objects = tmp_path_factory.mktemp("tidy")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {unit: pool.submit(tidy.check, unit, flags, objects) for unit, flags in FLAGS.items()}
        pool.shutdown(cancel_futures=True)


def test_every_source_is_checked():
    sources = {str(file.relative_to(conftest.ROOT)) for file in conftest.sources(".cc")}
    checked = {source for unit in FLAGS for source in tidy.sources_of(unit)}
    assert sources - checked == set(), f"not in {tidy.COMMANDS}: build the release preset first"


@pytest.mark.parametrize("unit", FLAGS)
def test_clang_tidy_finds_nothing(unit, findings):
    done = findings[unit].result()
    assert done.returncode == 0, done.stdout + done.stderr


# One finding per group of checks, as it would appear in a source and in a header.
PLANTED = [
    ("bugprone-sizeof-expression", "inline bool Planted() { return sizeof(int) == sizeof(sizeof(char)); }", ".cc .h"),
    ("google-explicit-constructor", "struct Planted { Planted(int value); };", ".cc .h"),
    ("misc-definitions-in-headers", "int Planted() { return 1; }", ".h"),
    ("modernize-use-nullptr", "inline int* Planted() { return 0; }", ".cc .h"),
    ("performance-for-range-copy", "#include <string>\n#include <vector>\ninline size_t Planted(const "
     "std::vector<std::string>& v) { size_t n = 0; for (const std::string s : v) n += s.size(); return n; }", ".cc .h"),
    ("readability-identifier-naming", "inline void snake_planted() {}", ".cc .h"),
]
PLACES = [(check, code, suffix) for check, code, suffixes in PLANTED for suffix in suffixes.split()]


@pytest.mark.parametrize(("check", "code", "suffix"), PLACES, ids=[f"{check}{suffix}" for check, _, suffix in PLACES])
def test_clang_tidy_finds_what_is_planted(check, code, suffix, tmp_path):
    """In a source or a header that a unit includes, as all of ours are."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / f"planted{suffix}").write_text(f"{code}\n")
    unit = tmp_path / "unit_0.cc"
    unit.write_text(f'#include "model/planted{suffix}"\n')
    done = tidy.check(str(unit), ["-std=c++20", f"-I{tmp_path}"], tmp_path)
    assert done.returncode != 0 and f"planted{suffix}:" in done.stdout and f"[{check}" in done.stdout, done.stdout


def test_a_second_run_finds_the_result_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CCACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("CCACHE_STATSLOG", str(tmp_path / "statistics"))
    source = tmp_path / "clean.cc"
    source.write_text("int main() { return 0; }\n")
    for _ in range(2):
        assert tidy.check(str(source), ["-std=c++20"], tmp_path).returncode == 0
    assert "cache_hit" in (tmp_path / "statistics").read_text()


def test_every_group_of_checks_is_planted():
    checks = [line.strip() for line in (conftest.ROOT / ".clang-tidy").read_text().splitlines()]
    groups = {check.partition("-")[0] for check in checks if check.endswith(",") and not check.startswith("-")}
    assert groups == {check.partition("-")[0] for check, _, _ in PLANTED}
