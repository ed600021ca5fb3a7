import math

import numpy as np
import pytest

from intervals import (
    beta_binomial_probabilities, expected_share, flagged_interval, flagged_rank, mean_over_tables,
)


def flagged_by_chance(rows: int, calibration_rows: int, rate: float, repeats: int) -> np.ndarray:
    """The numbers of flagged rows by the definition of the p-value, for fresh scores in each repeat."""
    random = np.random.default_rng(1)
    calibration = np.sort(random.random((repeats, calibration_rows)), axis=1)
    scores = random.random((repeats, rows))
    below = np.array([np.searchsorted(c, s, side="right") for c, s in zip(calibration, scores, strict=True)])
    return ((1 + below) / (calibration_rows + 1) <= rate + 1e-9).sum(axis=1)


def test_a_mean_of_tables_has_an_interval_around_it():
    mean = mean_over_tables([0.1, 0.2, 0.3, 0.4])
    assert mean.value == pytest.approx(0.25)
    assert 0.1 < mean.low < 0.25 < mean.high < 0.4
    assert mean.count == 4


def test_an_interval_is_the_same_each_time():
    assert mean_over_tables([1, 2, 4]) == mean_over_tables([1, 2, 4])


def test_the_bootstrap_interval_is_about_that_of_a_normal_mean():
    values = list(np.random.default_rng(0).normal(size=400))
    mean = mean_over_tables(values)
    error = np.std(values) / math.sqrt(len(values))
    assert (mean.high - mean.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("values", "count"), [([], 0), ([0.5], 1)])
def test_one_table_has_no_interval(values, count):
    mean = mean_over_tables(values)
    assert math.isnan(mean.low) and math.isnan(mean.high) and mean.count == count


@pytest.mark.parametrize(
    ("rows", "rate", "rank"), [(19, 0.05, 1), (18, 0.05, 0), (99, 0.01, 1), (10, 0.1, 1), (99, 0.1, 10)]
)
def test_the_rank_counts_the_row_itself(rows, rate, rank):
    assert flagged_rank(rows, rate) == rank


def test_the_expected_share_is_at_most_the_rate():
    assert expected_share(19, 0.05) == pytest.approx(0.05)
    assert expected_share(30, 0.05) == pytest.approx(1 / 31)


def test_beta_binomial_probabilities_sum_to_one():
    assert beta_binomial_probabilities(500, 3, 60).sum() == pytest.approx(1)


def test_beta_binomial_with_a_flat_share_is_uniform():
    np.testing.assert_allclose(beta_binomial_probabilities(9, 1, 1), np.full(10, 0.1))


def test_beta_binomial_is_what_conformal_p_values_flag():
    repeats = 20_000
    counts = np.bincount(flagged_by_chance(30, 40, 0.1, repeats), minlength=31) / repeats
    expected = beta_binomial_probabilities(30, flagged_rank(40, 0.1), 41 - flagged_rank(40, 0.1))
    np.testing.assert_allclose(counts, expected, atol=5 * math.sqrt(0.25 / repeats))


@pytest.mark.parametrize("coverage", [0.9, 0.999])
def test_the_interval_covers_what_it_promises_and_not_much_more(coverage):
    low, high = flagged_interval(30, 40, 0.1, coverage)
    probabilities = beta_binomial_probabilities(30, 4, 37)
    tail = (1 - coverage) / 2
    assert probabilities[:low].sum() <= tail < probabilities[: low + 1].sum()
    assert probabilities[high + 1 :].sum() <= tail < probabilities[high:].sum()


def test_nothing_can_be_flagged_with_few_calibration_rows():
    assert flagged_interval(45, 10, 0.05) == (0, 0)


def test_the_interval_narrows_to_the_binomial_with_many_calibration_rows():
    rows, rate = 1000, 0.1
    low, high = flagged_interval(rows, 10**6 - 1, rate)
    deviation = math.sqrt(rows * rate * (1 - rate))
    assert (high - low) / (2 * 3.29 * deviation) == pytest.approx(1, abs=0.03)
