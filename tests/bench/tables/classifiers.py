"""Classifiers of scikit-learn, as a careful user would set them up."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from figures import classification_figures

# Takes the number of threads.
CLASSIFIERS: dict[str, Callable[[int], BaseEstimator]] = {
    "logistic regression": lambda _: LogisticRegression(max_iter=2000),
    "random forest": lambda threads: RandomForestClassifier(300, random_state=0, n_jobs=threads),
    "gradient boosting": lambda _: HistGradientBoostingClassifier(random_state=0),
    "5 nearest neighbours": lambda threads: KNeighborsClassifier(5, n_jobs=threads),
    "calibrated SVM": lambda _: CalibratedClassifierCV(SVC(random_state=0), ensemble=False, cv=5),
}


def standardised() -> BaseEstimator:
    """Amounts standardised, words as one of K; a missing value becomes the median or the most frequent word."""
    amounts = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    return make_column_transformer(
        (amounts, make_column_selector(dtype_include="number")), (words, make_column_selector(dtype_include=object))
    )


def for_sklearn(rows: pd.DataFrame) -> pd.DataFrame:
    """Amounts as float64: scikit-learn takes no missing values of pandas' integers."""
    return rows.astype({name: float for name in rows.select_dtypes("number").columns})


def classify(
    name: str, threads: int, train: pd.DataFrame, train_labels: pd.Series, test: pd.DataFrame, test_labels: pd.Series
) -> tuple[dict[str, float], float]:
    """Returns the figures on the test rows, and the seconds of fitting."""
    classifier = make_pipeline(standardised(), CLASSIFIERS[name](threads))
    start = time.monotonic()
    classifier.fit(for_sklearn(train), train_labels)
    seconds = time.monotonic() - start
    probabilities = classifier.predict_proba(for_sklearn(test))
    return classification_figures(probabilities, np.searchsorted(classifier.classes_, test_labels)), seconds
