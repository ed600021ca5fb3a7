"""Rows that are not like a table's, made from its test rows. All are rows that a user could have: a column of words has
its own words, and a column of whole numbers whole numbers."""

import numpy as np
import pandas as pd

from data import is_amount

KINDS = ("noise", "permuted", "out_of_range")


def _like(column: pd.Series, values: np.ndarray) -> np.ndarray:
    return np.rint(values).astype(np.int64) if pd.api.types.is_integer_dtype(column) else values


def noise(train: pd.DataFrame, rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Every value uniform on the range of its column in the training rows, or on its words."""
    columns = {}
    for name, column in train.items():
        if is_amount(column):
            columns[name] = _like(column, random.uniform(column.min(), column.max(), rows))
        else:
            columns[name] = random.choice(column.dropna().unique(), rows)
    return pd.DataFrame(columns)


def permuted(test: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Each column in an order of its own: its distribution is right, its relation to the others is not."""
    return pd.DataFrame({name: column.iloc[random.permutation(len(test))].array for name, column in test.items()})


def out_of_range(train: pd.DataFrame, test: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame | None:
    """One random column of amounts of each row is half to one range beyond the range of the training rows.

    None for a table without a column of amounts that varies.
    """
    amounts = [name for name, column in train.items() if is_amount(column) and column.nunique() > 1]
    if not amounts:
        return None
    chosen = random.integers(len(amounts), size=len(test))
    shift, is_above = random.uniform(0.5, 1, len(test)), random.random(len(test)) < 0.5
    moved = test.copy()
    for i, name in enumerate(amounts):
        low, high = float(train[name].min()), float(train[name].max())
        beyond = np.where(is_above, high + shift * (high - low), low - shift * (high - low))
        rows = np.flatnonzero(chosen == i)
        moved.iloc[rows, moved.columns.get_loc(name)] = _like(train[name], beyond[rows])
    return moved
