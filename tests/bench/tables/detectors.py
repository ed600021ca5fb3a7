"""Outlier detectors and densities of scikit-learn. score_samples is higher for rows that are more like the fitted."""

from collections.abc import Callable
from typing import Self

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity, LocalOutlierFactor, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM
from threadpoolctl import threadpool_limits

from figures import log_density_in_data_units

MOST_COMPONENTS = 10
BANDWIDTHS = np.geomspace(0.03, 3, 15)  # in standard deviations
MOST_ROWS_FOR_BANDWIDTH = 3000


class NeighbourDistance(BaseEstimator):
    """Minus the distance to the fifth nearest row of training."""

    def fit(self, rows: np.ndarray, _labels: None = None) -> Self:
        self.neighbours_ = NearestNeighbors(n_neighbors=5).fit(rows)
        return self

    def score_samples(self, rows: np.ndarray) -> np.ndarray:
        return -self.neighbours_.kneighbors(rows)[0][:, -1]


class BestGaussianMixture(BaseEstimator):
    """The mixture of 1 to 10 components, with the kind of covariances, that has the best BIC on the training rows."""

    def __init__(self, threads: int):
        self.threads = threads

    def fit(self, rows: np.ndarray, _labels: None = None) -> Self:
        candidates = [
            GaussianMixture(components, covariance_type=kind, random_state=0)
            for components in range(1, min(MOST_COMPONENTS, len(rows)) + 1)
            for kind in ("full", "tied", "diag", "spherical")
        ]
        with threadpool_limits(1):  # of each fit: its products are too small to share
            fits = [delayed(candidate.fit)(rows) for candidate in candidates]
            candidates = Parallel(self.threads, prefer="threads")(fits)
        self.best_ = min(candidates, key=lambda mixture: mixture.bic(rows))
        return self

    def score_samples(self, rows: np.ndarray) -> np.ndarray:
        return self.best_.score_samples(rows)


class BestKernelDensity(BaseEstimator):
    """Gaussian kernels, with the bandwidth of the best likelihood in five-fold cross-validation.

    Of larger tables, MOST_ROWS_FOR_BANDWIDTH rows choose the bandwidth, and all rows have a kernel.
    """

    def fit(self, rows: np.ndarray, _labels: None = None) -> Self:
        some = np.random.default_rng(0).permutation(rows)[:MOST_ROWS_FOR_BANDWIDTH]
        search = GridSearchCV(KernelDensity(), {"bandwidth": BANDWIDTHS}, cv=5, refit=False).fit(some)
        self.best_ = KernelDensity(**search.best_params_).fit(rows)
        return self

    def score_samples(self, rows: np.ndarray) -> np.ndarray:
        return self.best_.score_samples(rows)


# Takes the number of threads.
DETECTORS: dict[str, Callable[[int], BaseEstimator]] = {
    "isolation forest": lambda threads: IsolationForest(random_state=0, n_jobs=threads),
    "local outlier factor": lambda threads: LocalOutlierFactor(novelty=True, n_jobs=threads),
    "distance to neighbour 5": lambda _: NeighbourDistance(),
    "one-class SVM": lambda _: OneClassSVM(),
    "Gaussian mixture": lambda threads: BestGaussianMixture(threads),
    "kernel density": lambda _: BestKernelDensity(),
}

DENSITIES = ("Gaussian mixture", "kernel density")


def auroc(test_scores: np.ndarray, outlier_scores: np.ndarray) -> float:
    """The probability that an outlier has a lower score than a test row."""
    is_outlier = np.repeat([0, 1], [len(test_scores), len(outlier_scores)])
    return float(roc_auc_score(is_outlier, -np.concatenate([test_scores, outlier_scores])))


def log_densities(name: str, threads: int, train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """ln p of the test rows in data units, of a density that was fitted on standardised training rows."""
    density = make_pipeline(StandardScaler(), DETECTORS[name](threads)).fit(train)
    return log_density_in_data_units(density.score_samples(test), density[0].scale_)
