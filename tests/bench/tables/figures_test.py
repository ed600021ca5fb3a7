import math

import numpy as np
import pytest

from figures import calibration_error, cross_entropy, density_figures, error_rate, log_density_in_data_units


def test_error_is_the_share_of_wrong_best_classes():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    assert error_rate(probabilities, np.array([0, 1, 1, 1])) == 0.25


def test_cross_entropy_is_in_nats():
    probabilities = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert cross_entropy(probabilities, np.array([0, 0])) == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_a_probability_of_zero_counts_as_the_smallest():
    assert cross_entropy(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-math.log(1e-12))


def test_confidence_that_equals_accuracy_has_no_calibration_error():
    probabilities = np.tile([0.75, 0.25], (4, 1))
    assert calibration_error(probabilities, np.array([0, 0, 0, 1])) == pytest.approx(0)


def test_calibration_error_weighs_bins_by_their_rows():
    certain, unsure = np.tile([1.0, 0.0], (3, 1)), np.array([[0.55, 0.45]])
    probabilities = np.concatenate([certain, unsure])
    assert calibration_error(probabilities, np.array([0, 0, 1, 0])) == pytest.approx((3 * (1 / 3) + 0.45) / 4)


def test_over_and_underconfidence_in_one_bin_cancel():
    probabilities = np.array([[0.81, 0.19], [0.85, 0.15]])  # both in [0.8, 0.8667)
    assert calibration_error(probabilities, np.array([0, 1])) == pytest.approx(abs(0.83 - 0.5))


def test_the_density_of_a_gaussian_in_its_own_units():
    """A standard normal density of standardised values is the Gaussian's density of the values."""
    means, scales = np.array([3.0, -20.0]), np.array([0.5, 40.0])
    rows = np.random.default_rng(0).normal(means, scales, (50, 2))
    z = (rows - means) / scales
    standard = -0.5 * (z**2).sum(axis=1) - math.log(2 * math.pi)
    precision = np.diag(scales**-2.0)
    centred = rows - means
    exact = (
        -0.5 * np.einsum("ni,ij,nj->n", centred, precision, centred)
        - 0.5 * math.log((2 * math.pi) ** 2 * np.prod(scales**2))
    )
    np.testing.assert_allclose(log_density_in_data_units(standard, scales), exact)


def test_the_error_of_a_mean_log_density_is_that_over_rows():
    figures = density_figures(np.array([-1.0, -2.0, -3.0, -4.0]))
    assert figures["log_density"] == -2.5
    assert figures["log_density_error"] == pytest.approx(math.sqrt(5 / 3) / 2)
