"""A case: a table's split by a seed, perhaps without one class, and every set of rows that methods are asked about."""

import dataclasses
import zlib

import numpy as np
import pandas as pd

import outliers
from data import LABEL, is_amount, known_rows, load, split, step_of


@dataclasses.dataclass(frozen=True)
class DensityRows:
    """Rows of a table of amounts alone, with uniform noise of half a step to either side of each value with a step."""

    train: pd.DataFrame
    test: pd.DataFrame
    steps: dict[str, float]  # by column


@dataclasses.dataclass(frozen=True)
class Case:
    table: str
    seed: int
    left_out: str  # the class that the training rows lack; "": none
    train: pd.DataFrame  # inputs
    train_labels: pd.Series
    test: pd.DataFrame
    test_labels: pd.Series
    unknown: int  # test rows that were left out (data.py)
    unknown_outliers: int  # rows of the class that were left out
    outlier_rows: dict[str, pd.DataFrame]  # by kind
    density: DensityRows | None


def _generator(table: str, seed: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(table.encode()), seed, zlib.crc32(purpose.encode())])


def make_case(table: str, seed: int) -> Case:
    parts = split(load(table), seed)
    train, test = parts.train.drop(columns=LABEL), parts.test.drop(columns=LABEL)
    made = {
        "noise": outliers.noise(train, len(test), _generator(table, seed, "noise")),
        "permuted": outliers.permuted(test, _generator(table, seed, "permuted")),
        "out_of_range": outliers.out_of_range(train, test, _generator(table, seed, "out_of_range")),
    }
    return Case(
        table, seed, "", train, parts.train[LABEL], test, parts.test[LABEL], parts.unknown, 0,
        {kind: rows for kind, rows in made.items() if rows is not None}, _density_rows(table, seed, train, test),
    )


def make_case_without(table: str, seed: int, left_out: str) -> Case:
    """The same split; all rows of the class are outliers, but those with a word that no training row has."""
    parts = split(load(table), seed)
    train, test = (rows[rows[LABEL] != left_out].reset_index(drop=True) for rows in (parts.train, parts.test))
    others = pd.concat([rows[rows[LABEL] == left_out] for rows in (parts.train, parts.test)])
    known, others = known_rows(train, test), known_rows(train, others)
    return Case(
        table, seed, left_out, train.drop(columns=LABEL), train[LABEL], known.test.drop(columns=LABEL),
        known.test[LABEL], parts.unknown + known.unknown, others.unknown,
        {"left_out": others.test.drop(columns=LABEL)}, None,
    )


def classes_to_leave_out(table: str, most: int) -> list[str]:
    """The first classes by name."""
    return sorted(load(table)[LABEL].unique())[:most]


def _density_rows(table: str, seed: int, train: pd.DataFrame, test: pd.DataFrame) -> DensityRows | None:
    if train.isna().any(axis=None) or not all(is_amount(column) for _, column in train.items()):
        return None
    steps = {name: step_of(column) for name, column in train.items()}
    random = _generator(table, seed, "dequantisation")

    def dequantised(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.astype(float) + random.uniform(-0.5, 0.5, rows.shape) * np.array(list(steps.values()))

    return DensityRows(dequantised(train), dequantised(test), steps)
