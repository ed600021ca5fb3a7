"""Runs what tests/bench/tables.sh asks for, and writes the report."""

import sys
import time
from collections.abc import Iterator

import baselines
import product
import report
from cases import Case, classes_to_leave_out, make_case, make_case_without
from data import load
from options import Options, parse
from results import Key, Result, Results, make_result, name_of_split


def cases(options: Options) -> Iterator[Case]:
    """Whole tables first, so that little is missing if the time is over."""
    for seed in options.seeds:
        for table in options.tables:
            yield make_case(table, seed)
    for table in options.tables:
        for left_out in classes_to_leave_out(table, options.most_left_out):
            yield make_case_without(table, options.seeds[0], left_out)


def keys(case: Case, measured: product.Product) -> Iterator[Key]:
    about = {"table": case.table, "seed": case.seed, "left_out": case.left_out}
    yield Key(**about, method=product.METHOD, version=measured.version)
    for method in baselines.methods(case):
        yield Key(**about, method=method, version=baselines.VERSION)


def measure(key: Key, case: Case, measured: product.Product) -> Result:
    result = make_result(key)
    result["about"] = {
        "training_rows": len(case.train), "test_rows": len(case.test), "unknown_rows": case.unknown,
        "unknown_outliers": case.unknown_outliers,
    }
    if key.method == product.METHOD:
        product.measure(measured, case, result)
    else:
        baselines.measure(key.method, case, measured.threads, result)
    return result


def check_names(options: Options) -> None:
    """Ends the run at once if there is no such table."""
    for table in options.tables:
        try:
            load(table)
        except FileNotFoundError:
            print(f"tables.sh: --tables: {table} is no table of KEEL's and not penguins", file=sys.stderr)
            sys.exit(2)


def announce(result: Result, seconds: float) -> None:
    failures = "".join(f"; {failure['step']}: {failure['status']}" for failure in result["failures"])
    print(f"{name_of_split(result)}: {result['method']}, {seconds:.1f} s{failures}", file=sys.stderr, flush=True)


def main() -> None:
    options = parse()
    check_names(options)
    options.output.mkdir(parents=True, exist_ok=True)
    results = Results(options.output / "results.jsonl")
    measured = product.make_product(options)
    wanted: list[Key] = []
    began = time.monotonic()
    for case in cases(options):
        for key in keys(case, measured):
            wanted.append(key)
            start = time.monotonic()
            is_over = options.minutes is not None and start - began > 60 * options.minutes
            if key in results or is_over:
                continue
            result = measure(key, case, measured)
            results.add(result)
            announce(result, time.monotonic() - start)
    found = [result for key in wanted if (result := results.get(key))]
    facts = report.Facts(options, measured, not_begun=[key for key in wanted if key not in results])
    text = report.write(found, facts)
    (options.output / "report.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
