#!/usr/bin/env python3
"""Counts test results and prints `N passed, N failed` as the last line.

    count_results.py FOLDER...

A folder holds JUnit XML: ctest.xml with the result of each test program, one file of test cases per C++ test program,
and one per pytest run. A program that failed without a failed case (it crashed, timed out, or leaked) is one failure,
and so is a folder without ctest.xml. Skipped cases are listed by name and not counted. The exit status is 1 if
anything failed.
"""

import dataclasses
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: list[str] = dataclasses.field(default_factory=list)
    skipped: list[str] = dataclasses.field(default_factory=list)

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count_cases(file: pathlib.Path) -> Counts:
    counts = Counts()
    for case in ElementTree.parse(file).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            counts.failed.append(name)
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            counts.skipped.append(name)
        else:
            counts.passed += 1
    return counts


def count_programs(file: pathlib.Path, cases: dict[str, Counts]) -> Counts:
    """Counts the results that only ctest knows: crashes, timeouts, leaks, and programs without test cases."""
    counts = Counts()
    for program in ElementTree.parse(file).iter("testcase"):
        name = program.get("name")
        own = cases.get(name)
        if program.get("status") != "run":
            if own is None or not own.failed:
                counts.failed.append(f"{name} ({program.get('status')})")
        elif own is None:
            counts.passed += 1
    return counts


def count_folder(folder: pathlib.Path) -> Counts:
    cases = {file.stem: count_cases(file) for file in sorted(folder.glob("*.xml")) if file.name != "ctest.xml"}
    counts = Counts()
    for part in cases.values():
        counts.add(part)
    programs = folder / "ctest.xml"
    if programs.exists():
        counts.add(count_programs(programs, cases))
    else:
        counts.failed.append(f"{folder}: no C++ test was run")
    return counts


def main(folders: list[str]) -> int:
    total = Counts()
    for folder in folders:
        total.add(count_folder(pathlib.Path(folder)))
    for name in total.skipped:
        print(f"skipped: {name}")
    for name in total.failed:
        print(f"FAILED: {name}")
    print(f"{total.passed} passed, {len(total.failed)} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
