"""Results of the baselines on a case."""

import time
import traceback
import warnings
from collections.abc import Callable

from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from cases import Case
from classifiers import CLASSIFIERS, classify, for_sklearn, standardised
from detectors import DENSITIES, DETECTORS, auroc, log_densities
from figures import density_figures
from results import Result

VERSION = "1"  # of what is fitted and asked in this folder: another one makes results in the file be computed again
DENSITY_OF = {f"{name}, dequantised": name for name in DENSITIES}


def methods(case: Case) -> list[str]:
    if case.left_out:
        return list(DETECTORS)
    return [*CLASSIFIERS, *DETECTORS, *(DENSITY_OF if case.density else ())]


def measure(method: str, case: Case, threads: int, result: Result) -> None:
    """Fills the result in. An exception is one of its failures."""
    step = _classify if method in CLASSIFIERS else _detect if method in DETECTORS else _estimate_density
    with warnings.catch_warnings(), threadpool_limits(threads):
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            step(method, case, threads, result)
        except Exception as error:
            message = "".join(traceback.format_exception_only(error)).strip()
            result["failures"].append({"step": method, "status": type(error).__name__, "message": message})


def _classify(method: str, case: Case, threads: int, result: Result) -> None:
    figures, seconds = classify(method, threads, case.train, case.train_labels, case.test, case.test_labels)
    result["figures"] |= figures
    result["seconds"]["train"] = seconds


def _detect(method: str, case: Case, threads: int, result: Result) -> None:
    detector = make_pipeline(standardised(), DETECTORS[method](threads))
    result["seconds"]["train"] = _seconds(lambda: detector.fit(for_sklearn(case.train)))
    test_scores = detector.score_samples(for_sklearn(case.test))
    for kind, rows in case.outlier_rows.items():
        result["figures"][f"auroc/{kind}"] = auroc(test_scores, detector.score_samples(for_sklearn(rows)))


def _estimate_density(method: str, case: Case, threads: int, result: Result) -> None:
    rows = case.density
    result["figures"] |= density_figures(log_densities(DENSITY_OF[method], threads, rows.train, rows.test))


def _seconds(action: Callable[[], object]) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start
