"""count_results.py counts every failure, whether a test case or ctest reports it."""

import pathlib

import count_results


def write(folder: pathlib.Path, name: str, *cases: str) -> None:
    (folder / name).write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")


def program(name: str, status: str = "run") -> str:
    return f'<testcase name="{name}" status="{status}"/>'


PASSED = '<testcase classname="Rule" name="Holds" status="run"/>'
FAILED = '<testcase classname="Rule" name="Breaks" status="run"><failure message="no"/></testcase>'
SKIPPED = '<testcase classname="Rule" name="Waits" status="run"><skipped message="later"/></testcase>'


def test_counts_cases_of_all_programs(tmp_path):
    write(tmp_path, "ctest.xml", program("a"), program("b", "fail"))
    write(tmp_path, "a.xml", PASSED, PASSED, SKIPPED)
    write(tmp_path, "b.xml", PASSED, FAILED)
    counts = count_results.count_folder(tmp_path)
    assert (counts.passed, counts.failed, counts.skipped) == (3, ["Rule.Breaks"], ["Rule.Waits"])


def test_a_program_that_crashed_is_a_failure(tmp_path):
    write(tmp_path, "ctest.xml", program("crashed", "fail"), program("leaked", "fail"))
    write(tmp_path, "leaked.xml", PASSED)
    counts = count_results.count_folder(tmp_path)
    assert (counts.passed, counts.failed) == (1, ["crashed (fail)", "leaked (fail)"])


def test_a_program_without_cases_of_its_own_counts_once(tmp_path):
    write(tmp_path, "ctest.xml", program("script"))
    assert count_results.count_folder(tmp_path).passed == 1


def test_no_results_are_a_failure(tmp_path):
    assert count_results.count_folder(tmp_path).failed


def test_ends_with_the_sum(tmp_path, capsys):
    write(tmp_path, "ctest.xml", program("a"))
    write(tmp_path, "a.xml", PASSED)
    assert count_results.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"
