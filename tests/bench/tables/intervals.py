"""Intervals: of means over tables by bootstrap, and of the number of rows that a conformal p-value flags."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

RESAMPLES = 10_000
SEED = 0


@dataclasses.dataclass(frozen=True)
class Mean:
    """A mean with its 95 % interval, which is NaN for fewer than two values."""

    value: float
    low: float
    high: float
    count: int


def mean_over_tables(values: Sequence[float]) -> Mean:
    """The mean of one value per table, and its percentile bootstrap interval over tables."""
    if not values:
        return Mean(math.nan, math.nan, math.nan, 0)
    array = np.asarray(values, dtype=float)
    if len(array) < 2:
        return Mean(float(array.mean()), math.nan, math.nan, len(array))
    drawn = np.random.default_rng(SEED).integers(len(array), size=(RESAMPLES, len(array)))
    low, high = np.quantile(array[drawn].mean(axis=1), [0.025, 0.975])
    return Mean(float(array.mean()), float(low), float(high), len(array))


def flagged_rank(calibration_rows: int, rate: float) -> int:
    """k: a row is flagged if its score is below all but k - 1 calibration scores. 0: none can be flagged."""
    return math.floor(rate * (calibration_rows + 1) + 1e-9)


def expected_share(calibration_rows: int, rate: float) -> float:
    """The expected share of flagged rows among rows like the calibration rows; at most the rate."""
    return flagged_rank(calibration_rows, rate) / (calibration_rows + 1)


def beta_binomial_probabilities(rows: int, a: int, b: int) -> np.ndarray:
    """P(c of `rows` rows) for c = 0 to rows, if a row's probability is drawn from Beta(a, b)."""
    logs = [
        math.lgamma(rows + 1) - math.lgamma(c + 1) - math.lgamma(rows - c + 1)
        + math.lgamma(c + a) + math.lgamma(rows - c + b) - math.lgamma(rows + a + b)
        + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        for c in range(rows + 1)
    ]
    return np.exp(logs)


def flagged_interval(rows: int, calibration_rows: int, rate: float, coverage: float = 0.999) -> tuple[int, int]:
    """The central interval of the number of flagged rows among `rows` rows like the calibration rows.

    Given the calibration rows, the share that is flagged is Beta(k, n + 1 - k) with k = flagged_rank(n, rate), so the
    number is beta-binomial. Ties of scores make it smaller.
    """
    k = flagged_rank(calibration_rows, rate)
    if k == 0:
        return 0, 0
    below = np.cumsum(beta_binomial_probabilities(rows, k, calibration_rows + 1 - k))
    tail = (1 - coverage) / 2
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail, side="left"))
    return low, min(high, rows)
