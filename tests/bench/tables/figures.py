"""Figures of class probabilities and densities, in numpy alone.

probabilities: [n, K], each row sums to 1; classes: [n], the true class's index.
"""

import numpy as np

SMALLEST_PROBABILITY = 1e-12
BINS = 15


def error_rate(probabilities: np.ndarray, classes: np.ndarray) -> float:
    """The share of rows whose most probable class is not the true one."""
    return float(np.mean(probabilities.argmax(axis=1) != classes))


def cross_entropy(probabilities: np.ndarray, classes: np.ndarray) -> float:
    """The mean of -ln p(true class), in nats. No probability counts as less than SMALLEST_PROBABILITY."""
    chosen = probabilities[np.arange(len(classes)), classes]
    return float(-np.mean(np.log(np.clip(chosen, SMALLEST_PROBABILITY, 1))))


def calibration_error(probabilities: np.ndarray, classes: np.ndarray) -> float:
    """The expected calibration error: the distance of confidence and accuracy, weighted over bins of equal width."""
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == classes
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - is_right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(classes))


def classification_figures(probabilities: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    return {
        "error": error_rate(probabilities, classes),
        "cross_entropy": cross_entropy(probabilities, classes),
        "calibration_error": calibration_error(probabilities, classes),
    }


def log_density_in_data_units(log_density: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The log density of x, given that of z = (x - mean) / scale. log_density: [n]; scales: [C], above 0."""
    return log_density - np.log(scales).sum()


def density_figures(log_density: np.ndarray) -> dict[str, float]:
    """log_density: [n], of test rows, in data units. The error is that of the mean over rows."""
    return {
        "log_density": float(log_density.mean()),
        "log_density_error": float(log_density.std(ddof=1) / np.sqrt(len(log_density))),
    }
