"""The report: tables of Markdown from the results."""

import dataclasses
import os
import pathlib

import numpy as np
import sklearn

import product
from baselines import DENSITY_OF
from classifiers import CLASSIFIERS
from detectors import DETECTORS, MOST_COMPONENTS, MOST_ROWS_FOR_BANDWIDTH
from intervals import RESAMPLES, expected_share, flagged_interval, mean_over_tables
from markdown import NOTHING, number, table, with_interval
from options import VARIANTS, Options
from paired import Paired, pair
from programs import run
from results import Key, Result, name_of_split

OURS = product.METHOD
SERVED_SCORES = {"ebm-train, served score": "outlier_score", "ebm-train, ln p~": "log_density"}
OUTLIERS = {"left_out": "left-out class", "noise": "noise", "permuted": "permuted", "out_of_range": "out of range"}


@dataclasses.dataclass(frozen=True)
class Facts:
    """What the results were measured with."""

    options: Options
    measured: product.Product
    not_begun: list[Key]  # for lack of time


def write(results: list[Result], facts: Facts) -> str:
    sections = [
        *_setup(results, facts), *_failures(results, facts), *_classification(results), *_detection(results),
        *_p_values(results), *_density(results), *_time(results),
    ]
    return "\n\n".join(sections) + "\n"


def _processor() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def _setup(results: list[Result], facts: Facts) -> list[str]:
    options, measured = facts.options, facts.measured
    version = run(measured.programs / "ebm-train", "--version").strip()
    unknown = _unknown_rows([result for result in results if result["method"] == OURS])
    return [
        "# ebm-train beside scikit-learn",
        "\n".join([
            f"- {version}, programs and flags {measured.version}, `ebm-train {' '.join(measured.flags)}`",
            f"- {len(options.tables)} tables: {', '.join(options.tables)}; seeds {', '.join(map(str, options.seeds))}",
            f"- {options.threads} threads; {_processor()}, {os.cpu_count()} cores",
            f"- scikit-learn {sklearn.__version__} with its defaults, amounts standardised and words as one of K, but: "
            "2000 iterations of logistic regression, 300 trees in the forest, support vector machine calibrated by "
            f"cross-validation on 5 folds, Gaussian mixture of 1 to {MOST_COMPONENTS} components and kind of "
            "covariances by BIC, bandwidth of the kernels by cross-validated likelihood (on at most "
            f"{MOST_ROWS_FOR_BANDWIDTH} rows)",
            "- 70 % of a table's rows for training, the same for all methods, stratified by class",
            "- rows that are left out for all methods, because they have a word or level that no training row has, "
            f"which the client refuses: {unknown or 'none'}",
            "- intervals: 95 %, percentile bootstrap over tables (a table's seeds stay together), "
            f"{RESAMPLES} resamples; differences are paired by split",
            f"- variants of other tables, which are not part of means: {', '.join(VARIANTS)}",
        ]),
    ]


def _unknown_rows(results: list[Result]) -> str:
    entries = []
    for result in results:
        test, outliers = result["about"]["unknown_rows"], result["about"]["unknown_outliers"]
        if test:
            entries.append(f"{test} test rows of {name_of_split(result)}")
        if outliers:
            entries.append(f"{outliers} outliers of {name_of_split(result)}")
    return "; ".join(entries)


def _failures(results: list[Result], facts: Facts) -> list[str]:
    rows = [
        [result["table"], str(result["seed"]), result["left_out"], result["method"], failure["step"],
         str(failure["status"]), f"`{' '.join(failure['message'].replace('|', '/').replace('`', '').split())[-200:]}`"]
        for result in results
        for failure in result["failures"]
    ]
    failed = [result for result in results if result["failures"]]
    ours = sum(result["method"] == OURS for result in results)
    failed_ours = sum(result["method"] == OURS for result in failed)
    sections = [
        "## Failures",
        f"{failed_ours} of {ours} runs of {OURS} have a step that failed, and {len(failed) - failed_ours} of "
        f"{len(results) - ours} runs of other methods.",
    ]
    if rows:
        sections.append(table(["table", "seed", "left out", "method", "step", "status", "message"], rows))
    if facts.not_begun:
        left = [f"{name_of_split(dataclasses.asdict(key))}: {key.method}" for key in facts.not_begun]
        sections.append(f"Not begun within the time, {len(left)}: {'; '.join(left)}.")
    return sections


def _lacking(paired: Paired) -> list[str]:
    if not paired.lacking:
        return []
    return [f"Not counted, because a method lacks the figure: {'; '.join(paired.lacking)}."]


def _per_table(paired: Paired, digits: int, factor: float = 1) -> str:
    rows = [[name, *(number(value, digits, factor) for value in row)] for name, row in paired.by_table.iterrows()]
    return table(["table", *paired.by_table.columns], rows)


def _classification(results: list[Result]) -> list[str]:
    titles = {"error": "error, %", "cross_entropy": "cross entropy, nats", "calibration_error": "ECE (15 bins), %"}
    forms = {"error": (2, 100), "cross_entropy": (3, 1), "calibration_error": (2, 100)}
    paired = {
        figure: pair(results, {method: (method, figure) for method in (OURS, *CLASSIFIERS)}) for figure in titles
    }
    count = len(paired["error"].for_means)
    sections = ["## Classification", f"Means over {count} tables."]
    means = {figure: paired[figure].means() for figure in titles}
    sections.append(table(
        ["method", *titles.values()],
        [[method, *(with_interval(means[figure][method], *forms[figure]) for figure in titles)]
         for method in (OURS, *CLASSIFIERS)],
    ))
    differences = {figure: paired[figure].differences(OURS) for figure in titles}
    sections.append(f"{OURS} less the other; below 0, {OURS} is better.")
    sections.append(table(
        ["less", *titles.values()],
        [[method, *(with_interval(differences[figure][method], *forms[figure]) for figure in titles)]
         for method in CLASSIFIERS],
    ))
    sections += _lacking(paired["error"])
    for figure, title in titles.items():
        sections += [f"### {title}", _per_table(paired[figure], *forms[figure])]
    return sections


def _with_served_score(result: Result) -> Result:
    """With ln p~ in place of the outlier score where the model serves none."""
    figures = dict(result["figures"])
    for kind in OUTLIERS:
        if (figure := f"auroc/{kind}/log_density") in figures:
            figures.setdefault(f"auroc/{kind}/outlier_score", figures[figure])
    return {**result, "figures": figures}


def _detection(results: list[Result]) -> list[str]:
    lack = sum(failure["step"] == "outlier score" for result in results for failure in result["failures"])
    results = [_with_served_score(result) for result in results]
    paired = {}
    for kind in OUTLIERS:
        ours = {column: (OURS, f"auroc/{kind}/{score}") for column, score in SERVED_SCORES.items()}
        paired[kind] = pair(results, ours | {method: (method, f"auroc/{kind}") for method in DETECTORS})
    best = next(iter(SERVED_SCORES))
    means = {kind: paired[kind].means() for kind in OUTLIERS}
    differences = {kind: paired[kind].differences(best) for kind in OUTLIERS}
    titles = [f"{title} (tables: {len(paired[kind].for_means)})" for kind, title in OUTLIERS.items()]
    sections = [
        "## AUROC of outliers",
        "Outliers among test rows: a class that training rows lack (at most "
        "three per table, first seed); uniform noise in the columns' ranges and words; test rows with each column in "
        "another order; test rows with one random column half to one range beyond its range.",
        f"The served score is the outlier score, or ln p~ from {lack} models that serve none.",
    ]
    sections.append(table(
        ["method", *titles],
        [[method, *(with_interval(means[kind][method], 3) for kind in OUTLIERS)]
         for method in (*SERVED_SCORES, *DETECTORS)],
    ))
    sections.append("The served score less the other; above 0, the served score is better.")
    sections.append(table(
        ["less", *titles],
        [[method, *(with_interval(differences[kind][method], 3) for kind in OUTLIERS)]
         for method in (*list(SERVED_SCORES)[1:], *DETECTORS)],
    ))
    for kind, title in OUTLIERS.items():
        sections += [f"### AUROC, {title}", *_lacking(paired[kind]), _per_table(paired[kind], 3)]
    return sections


def _p_values(results: list[Result]) -> list[str]:
    ours = [result for result in results if result["method"] == OURS and "calibration_rows" in result["figures"]]
    pooled = []
    for rate in product.RATES:
        expected = [(r["table"], expected_share(r["figures"]["calibration_rows"], rate)) for r in ours]
        flagged = [(r["table"], r["figures"][f"flagged/{rate}"] / r["figures"]["test_rows"]) for r in ours]
        pooled.append([str(rate), with_interval(mean_over_tables(_table_means(flagged)), 2, 100),
                       number(mean_over_tables(_table_means(expected)).value, 2, 100)])
    rows = [[result["table"], str(result["seed"]), *_flagged_cells(result)] for result in ours]
    outside = sum(cell.endswith(("above", "below")) for row in rows for cell in row)
    return [
        "## p-values of fresh rows like the training rows",
        "A row is flagged if its p-value is at most the rate. With few calibration rows none can be flagged at a small "
        "rate; the expected share counts that.",
        table(["rate", "flagged, %, mean over tables and seeds", "expected, %"], pooled),
        "Flagged of the test rows, and the 99.9 % interval of that number (beta-binomial: it counts that the "
        "calibration rows vary, too). Equal scores make it smaller, which the guarantee allows: below. "
        f"{outside} of {len(rows) * len(product.RATES)} are outside; {len(rows) * len(product.RATES) * 0.001:.2f} are "
        "expected to be.",
        table(["table", "seed", "calibration rows", "test rows", *(f"at {rate}" for rate in product.RATES)], rows),
    ]


def _table_means(values: list[tuple[str, float]]) -> list[float]:
    """values: of a table, once per seed."""
    names = [name for name in dict.fromkeys(name for name, _ in values) if name not in VARIANTS]
    return [float(np.mean([value for name, value in values if name == table_name])) for table_name in names]


def _flagged_cells(result: Result) -> list[str]:
    figures = result["figures"]
    calibration_rows, test_rows = figures["calibration_rows"], figures["test_rows"]
    cells = [str(calibration_rows), str(test_rows)]
    for rate in product.RATES:
        low, high = flagged_interval(test_rows, calibration_rows, rate)
        count = figures[f"flagged/{rate}"]
        verdict = "below" if count < low else "above" if count > high else "inside"
        cells.append(f"{count} in {low} to {high}: {verdict}")
    return cells


def _density(results: list[Result]) -> list[str]:
    columns = {OURS: (OURS, "log_density")} | {name: (method, "log_density") for method, name in DENSITY_OF.items()}
    paired = pair(results, columns)
    if paired.by_table.empty:
        return ["## Mean ln p of test rows", "No table of amounts alone.", *_lacking(paired)]
    counts = {result["table"]: result["figures"]["columns"] for result in results if "columns" in result["figures"]}
    errors = pair(results, {"ln Z": (OURS, "log_z_error")}).by_table["ln Z"]
    rows = [
        [name, str(counts[name]), *(number(value, 3) for value in row), number(errors[name], 3)]
        for name, row in paired.by_table.iterrows()
    ]
    means, differences = paired.means(), paired.differences(OURS)
    per_column = Paired(paired.by_table.div([counts[name] for name in paired.by_table.index], axis=0), [])
    per_column_differences = per_column.differences(OURS)
    return [
        "## Mean ln p of test rows",
        "In nats and the units of the columns, for tables whose columns are all amounts. Whole numbers have uniform "
        "noise of half a step to either side: the training rows of the other methods, and the test rows of all "
        "(ebm-train adds its own, unless the column ranges over more than 255).",
        table(["table", "columns", *columns, "standard error of ln Z"], rows),
        *_lacking(paired),
        f"Means over {len(paired.for_means)} tables; above 0, {OURS} is better.",
        table(
            ["method", "ln p", f"{OURS} less it", "the same per column"],
            [[name, with_interval(mean, 3),
              *(with_interval(found[name], 3) if name in found else NOTHING
                for found in (differences, per_column_differences))]
             for name, mean in means.items()],
        ),
    ]


def _time(results: list[Result]) -> list[str]:
    whole = [result for result in results if not result["left_out"]]
    names = list(dict.fromkeys(result["table"] for result in whole))
    methods = [OURS, *CLASSIFIERS, *DETECTORS]

    def seconds(name: str, method: str) -> float:
        found = [sum(result["seconds"].values()) for result in whole
                 if result["table"] == name and result["method"] == method and result["seconds"]]
        return float(np.mean(found)) if found else float("nan")

    rows = [[name, *(number(seconds(name, method), 2) for method in methods)] for name in names]
    return ["## Seconds of training", f"Means over seeds; of {OURS} with ln Z.", table(["table", *methods], rows)]
